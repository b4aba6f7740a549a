"""The network in memory: carries requests to ASGI applications, late, twice, in part or not at all.

What is on the wire survives the death of whoever sent it. All of it happens in virtual time.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from random import Random
from typing import Final
from urllib.parse import unquote, urlsplit

from cross.outbound import HttpRequest, HttpResponse, NoAnswer
from cross.simulation.asgi import AsgiApp, Message, Scope
from tests.simulation.asked import OPERATORS, about
from tests.simulation.families import Clog
from tests.simulation.loop import SimulatedLoop
from tests.simulation.swarm import HELD, HELD_SECONDS, HELD_SHORT_SECONDS_MAX, SLOW_SECONDS_MAX, Cut
from tests.simulation.tape import Tape

QUICK_SECONDS: Final = 0.04
HELD_SHORT: Final = 0.5
RESET_ON_THE_WAY: Final = 0.3
RESET_SECONDS: Final = 0.2
AGAIN_SECONDS_MAX: Final = 10.0


@dataclass
class Host:
    """Where an application runs; without one nothing listens there."""

    name: str
    app: AsgiApp | None = None
    process: Context = field(default_factory=copy_context)
    talks: "dict[int, _Talk]" = field(default_factory=dict)


@dataclass
class Seen:
    """Who watches the wire: what arrives at a host, and what was answered there."""

    arrived: Callable[[str, HttpRequest], None] = lambda _, __: None
    answered: Callable[[str, HttpRequest, HttpResponse], None] = lambda _, __, ___: None
    sent: Callable[[str, HttpRequest], None] = lambda _, __: None
    not_sent: Callable[[HttpRequest], None] = lambda _: None
    held: Callable[[HttpRequest], None] = lambda _: None


class Network:
    """Carries requests between hosts, with the faults of `rates` until `calm_down`."""

    def __init__(
        self, loop: SimulatedLoop, random: Random, tape: Tape, rates: dict[str, float]
    ) -> None:
        self.loop = loop
        self.random = random
        self.tape = tape
        self.seen = Seen()
        self.faults: Counter[str] = Counter()
        self.world = copy_context()
        self._rates = rates
        self._hosts: dict[str, Host] = {}
        self._serial = 0
        self._under_way: dict[int, _Journey] = {}
        self._cut: Cut | None = None
        self._clogs: dict[str, Clog] = {}
        self._is_calm = False
        self.held_until = 0.0

    def attach(self, host: Host, *, origin: str) -> None:
        """Make a host reachable at an address such as `http://switch`."""
        self._hosts[origin] = host

    def line_of(self, sender: str) -> "Line":
        """The door out of one process."""
        return Line(self, sender)

    def calm_down(self) -> None:
        """From now on nothing goes wrong any more."""
        self._rates = {}
        self._cut = None
        self._clogs.clear()
        self._is_calm = True

    def cut(self, cut: Cut | None) -> None:
        """Nothing passes between switch and operators, until it does again."""
        if self._is_calm:
            return
        self.tape.note("cut", "mended" if cut is None else f"refused: {cut.is_refused}")
        self._cut = cut

    def clog(self, clog: Clog | None, operator: str) -> None:
        """Nothing passes between the switch and one operator, until it does again."""
        if clog is None or self._is_calm:
            self._clogs.pop(operator, None)
        else:
            self._clogs[operator] = clog
        self.tape.note("clog", f"{operator} {operator in self._clogs}")

    def stopped(self, sender: str, request: HttpRequest) -> bool | None:
        """Whether what leaves there now is stopped: True where it is refused, None where it goes.

        Only between switch and operators.
        """
        to_operators = request.url.startswith(OPERATORS)
        if not (to_operators if sender == "switch" else sender == "operators"):
            return None
        clog = self._clogs.get(request.url[len(OPERATORS) + 1 :].partition("/")[0])
        if to_operators and clog is not None:
            self.faults["clog"] += 1
            return clog.is_refused
        cut = self._cut
        if cut is None or (cut.is_one_way and sender != "switch"):
            return None
        self.faults["cut"] += 1
        return cut.is_refused

    def strikes(self, fault: str) -> bool:
        """Whether that fault happens now."""
        rate = self._rates.get(fault)
        if rate is None or self.random.random() >= rate:
            return False
        self.faults[fault] += 1
        return True

    def delay(self) -> float:
        """How long one message takes."""
        if self.strikes("slow"):
            return self.random.uniform(QUICK_SECONDS, SLOW_SECONDS_MAX)
        return self.random.uniform(0.001, QUICK_SECONDS)

    def delay_to(self, request: HttpRequest) -> float:
        """How long a request takes; some are held until nobody believes in them any more."""
        asked = about(request)
        if asked is None or not asked.is_effect or not self.strikes(HELD):
            return self.delay()
        if self.random.random() < HELD_SHORT:
            return self.random.uniform(QUICK_SECONDS, HELD_SHORT_SECONDS_MAX)
        seconds = self.random.uniform(*HELD_SECONDS)
        self.held_until = max(self.held_until, self.loop.time() + seconds)
        self.seen.held(request)
        return seconds

    def later(self, seconds: float, work: Callable[[], object]) -> asyncio.TimerHandle:
        """Do this in so many seconds, whoever has died by then."""
        return self.loop.call_later(seconds, work, context=self.world)

    def host_at(self, origin: str) -> Host | None:
        """Who listens at an address."""
        return self._hosts.get(origin)

    def set_out(self, sender: str, request: HttpRequest) -> "_Journey":
        """A request leaves."""
        self._serial += 1
        journey = _Journey(self, self._serial, sender, request)
        self._under_way[journey.number] = journey
        journey.start()
        return journey

    def arrived(self, journey: "_Journey") -> None:
        """Nobody waits for that one any more."""
        self._under_way.pop(journey.number, None)

    def bury(self, host: Host) -> None:
        """A process died: its conversations are reset, and it waits for no answer."""
        for journey in list(self._under_way.values()):
            if journey.sender == host.name:
                journey.abandon()
        for talk in list(host.talks.values()):
            talk.broken_off()
        host.talks.clear()
        host.app = None


class Line:
    """An `Outbound`: one process's way into the network."""

    def __init__(self, network: Network, sender: str) -> None:
        self._network = network
        self._sender = sender

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The answer; `NoAnswer` when the network gave none in time."""
        journey = self._network.set_out(self._sender, request)
        try:
            return await journey.answer
        finally:
            journey.give_up()


class _Journey:
    """One request on its way, and its answer on the way back."""

    def __init__(self, network: Network, number: int, sender: str, request: HttpRequest) -> None:
        self.number = number
        self.sender = sender
        self.request = request
        self.answer: asyncio.Future[HttpResponse] = network.loop.create_future()
        self._network = network
        self._talks: list[_Talk] = []
        self._left = False
        self._deadline: asyncio.TimerHandle | None = None

    def start(self) -> None:
        network, request = self._network, self.request
        network.tape.note("send", f"{self} {request.method} {request.url} {len(request.body)}")
        self._deadline = network.later(
            request.deadline_seconds, lambda: self._fail("deadline passed", sent=True)
        )
        is_refused = network.stopped(self.sender, request)
        if network.strikes("refuse") or is_refused:
            network.later(network.delay(), lambda: self._fail("refused", sent=False))
        elif network.strikes("lose") or is_refused is not None:
            if network.random.random() < 0.5:
                network.later(network.delay(), lambda: self._fail("reset", sent=True))
        else:
            self._on_its_way()
            if network.strikes("duplicate"):
                again = network.random.uniform(0.0, AGAIN_SECONDS_MAX)
                network.later(again, lambda: self._deliver(is_first=False))
        network.seen.sent(self.sender, request)

    def _on_its_way(self) -> None:
        network = self._network
        seconds = network.delay_to(self.request)
        network.later(seconds, lambda: self._deliver(is_first=True))
        if seconds > QUICK_SECONDS and network.random.random() < RESET_ON_THE_WAY:
            network.later(network.delay(), lambda: self._fail("reset on the way", sent=True))

    def give_up(self) -> None:
        """The caller waits no longer; whoever works on the request learns it in a while."""
        if self._left:
            return
        self._left = True
        if self._deadline is not None:
            self._deadline.cancel()
        self._network.arrived(self)
        for talk in self._talks:
            self._network.later(RESET_SECONDS, talk.client_left.set)

    def abandon(self) -> None:
        """The caller is dead: no answer is told to anybody."""
        self.give_up()
        self.answer = self._network.loop.create_future()

    def _deliver(self, *, is_first: bool) -> None:
        url = urlsplit(self.request.url)
        host = self._network.host_at(f"{url.scheme}://{url.netloc}")
        if host is None or host.app is None:
            self._network.tape.note("nobody", f"{self}")
            if is_first:
                self._fail("connection refused", sent=False)
            return
        self._network.tape.note("arrive", f"{self}{'' if is_first else ' again'}")
        self._network.seen.arrived(self.sender, self.request)
        talk = _Talk(self, host, is_heard=is_first)
        if self._left:
            self._network.later(RESET_SECONDS, talk.client_left.set)
        self._talks.append(talk)
        host.talks[id(talk)] = talk
        self._network.loop.create_task(talk.run(host.app), context=host.process.copy())

    def come_back(self, host: Host, response: HttpResponse) -> None:
        """The application has answered."""
        network = self._network
        network.tape.note("answer", f"{self} {response.status} {_length(response.body)}")
        network.seen.answered(host.name, self.request, response)
        if network.strikes("lose_answer"):
            return
        if self.sender == "switch" and network.strikes("truncate"):
            response = response._replace(body=response.body[: len(response.body) // 2])
        if network.strikes("reset"):
            network.later(network.delay(), lambda: self._fail("reset", sent=True))
        else:
            network.later(network.delay(), lambda: self._heard(response))

    def reset(self) -> None:
        """The other end is gone."""
        self._network.later(RESET_SECONDS, lambda: self._fail("reset by peer", sent=True))

    def _heard(self, response: HttpResponse) -> None:
        if not self.answer.done() and not self._left:
            self._network.tape.note("heard", f"{self} {response.status}")
            self.answer.set_result(response)

    def _fail(self, detail: str, *, sent: bool) -> None:
        if not self.answer.done() and not self._left:
            self._network.tape.note("no-answer", f"{self} {detail}")
            if not sent:
                self._network.seen.not_sent(self.request)
            self.answer.set_exception(NoAnswer(detail, sent=sent))

    def __str__(self) -> str:
        return f"#{self.number} {self.sender}"


class _Talk:
    """One delivery of a request to an application."""

    def __init__(self, journey: _Journey, host: Host, *, is_heard: bool) -> None:
        self.client_left = asyncio.Event()
        self._journey = journey
        self._host = host
        self._is_heard = is_heard
        self._is_read = False
        self._status = 0
        self._headers: tuple[tuple[str, str], ...] = ()
        self._body = b""
        self._is_done = False

    async def run(self, app: AsgiApp) -> None:
        try:
            await app(_scope(self._journey.request), self._receive, self._send)
        finally:
            self._host.talks.pop(id(self), None)
        if not self._is_done and self._is_heard:
            self._journey.reset()

    def broken_off(self) -> None:
        if not self._is_done and self._is_heard:
            self._journey.reset()

    async def _receive(self) -> Message:
        if not self._is_read:
            self._is_read = True
            return {"type": "http.request", "body": self._journey.request.body, "more_body": False}
        await self.client_left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = tuple(
                (key.decode("latin-1"), value.decode("latin-1"))
                for key, value in message.get("headers", ())
            )
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body", False) and not self._is_done:
                self._is_done = True
                if self._is_heard:
                    response = HttpResponse(self._status, self._body, self._headers)
                    self._journey.come_back(self._host, response)


def _length(body: bytes) -> int:
    """Without what escapes add: D-Money's signature in an address has a random salt."""
    return len(body) - 2 * body.count(b"%")


def _scope(request: HttpRequest) -> Scope:
    url = urlsplit(request.url)
    headers = [
        (key.lower().encode("latin-1"), value.encode("latin-1")) for key, value in request.headers
    ]
    headers.append((b"host", url.netloc.encode("ascii")))
    headers.append((b"content-length", b"%d" % len(request.body)))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme,
        "path": unquote(url.path),
        "raw_path": url.path.encode("ascii"),
        "query_string": url.query.encode("ascii"),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 0),
        "server": (url.hostname, url.port or 80),
    }
