"""A stage for the simulated operators: a client that calls them and listens for their callbacks."""

import asyncio
import json
import selectors
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from cross.outbound import HttpRequest, HttpResponse
from cross.simulation.app import Simulators, create_simulators
from cross.simulation.asgi import Receive, Scope, Send, read_request, send_reply
from cross.simulation.exchange import Reply, Request
from cross.simulation.loopback import AsgiOutbound
from cross.simulation.settings import SimulationSettings

Answer: TypeAlias = dict[str, Any]

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SIMULATORS = "http://simulators"
CLIENT = "http://client"
AT_ONCE = SimulationSettings(prompt_delay_seconds=0)
IN_A_SECOND = SimulationSettings()


def seeded_bits(seed: int = 1) -> Callable[[int], int]:
    """Bits that are the same in every run, and different at every call."""
    state = seed

    def bits(count: int) -> int:
        nonlocal state
        value = 0
        for _ in range(0, count, 32):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            value = (value << 32) | (state >> 32)
        return value % (1 << count)

    return bits


@dataclass
class Listener:
    """The client's side of callbacks: keeps them, and answers as it is told."""

    heard: list[tuple[str, bytes]] = field(default_factory=list)
    calls: list[Request] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    answer: bytes = b'{"code":"2001","message":"Callback successfully executed"}'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await read_request(scope, receive, path=scope["path"])
        assert request is not None
        self.calls.append(request)
        self.heard.append((request.header(b"content-type") or "", request.body))
        status = self.statuses.pop(0) if self.statuses else 200
        await send_reply(send, Reply(status, self.answer))

    @property
    def bodies(self) -> list[Answer]:
        return [json.loads(body) for _, body in self.heard]


class Stage:
    """The simulators, reached over a network in process, and one client of theirs."""

    def __init__(self, settings: SimulationSettings) -> None:
        self.listener = Listener()
        routes: dict[str, Any] = {CLIENT: self.listener}
        self.network = AsgiOutbound(routes)
        self.simulators: Simulators = create_simulators(
            outbound=self.network,
            clock=_clock,
            random_bits=seeded_bits(),
            settings=settings,
        )
        routes[SIMULATORS] = self.simulators
        self.routes = routes

    async def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: tuple[tuple[str, str], ...] = (),
        deadline: float = 30.0,
    ) -> HttpResponse:
        """One request; waiting for an answer that never comes takes no time here."""
        return await self.network.send(
            HttpRequest(method, f"{SIMULATORS}{path}", headers, body, deadline)
        )

    async def control(self, method: str, path: str, content: object = None) -> Answer:
        """A control call that must succeed."""
        status, answer = await self.try_control(method, path, content)
        assert status == 200, answer
        return answer

    async def try_control(
        self, method: str, path: str, content: object = None
    ) -> tuple[int, Answer]:
        """A control call, with the status of its answer."""
        body = b"" if content is None else json.dumps(content).encode()
        response = await self.send(method, f"/control/{path}", body)
        return response.status, json.loads(response.body)

    async def advance(self, seconds: float) -> None:
        """Move the simulators' clock, and let the callbacks of that time arrive."""
        await self.control("POST", "clock", {"advance_seconds": seconds})
        await self.settle()

    async def settle(self) -> None:
        """Let the network come to rest."""
        await asyncio.sleep(0)
        await self.simulators.settle()

    async def listen(self, operator: str) -> None:
        """Have the operator call back to this stage."""
        url = f"{CLIENT}/callbacks/{operator}"
        await self.control("PUT", f"credentials/{operator}/cross", {"callback_url": url})

    async def journal(self, **query: str) -> list[dict[str, Any]]:
        """What the operators really moved."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        answer = await self.control("GET", f"journal?{asked}")
        data: list[dict[str, Any]] = answer["data"]
        return data

    async def plant(self, operator: str, fault: str, **more: object) -> None:
        """Plant a fault."""
        await self.control("POST", "faults", {"operator": operator, "fault": fault, **more})


def play(act: Callable[[Stage], Awaitable[None]], settings: SimulationSettings = AT_ONCE) -> None:
    """Run one act on a fresh stage; whatever happens in it, no money appears or vanishes."""

    async def whole() -> None:
        stage = Stage(settings)
        before = stage.simulators.totals()
        await act(stage)
        await stage.settle()
        assert stage.simulators.totals() == before

    with asyncio.Runner(loop_factory=PatientLoop) as runner:
        runner.run(whole())


class PatientLoop(asyncio.SelectorEventLoop):
    """An event loop that waits in no time: its clock jumps to what comes next."""

    def __init__(self) -> None:
        super().__init__(_Skipping(self))
        self.waited_seconds = 0.0

    def time(self) -> float:
        return self.waited_seconds


class _Skipping(selectors.SelectSelector):
    def __init__(self, loop: PatientLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("everybody waits, and nothing will ever happen")
        self._loop.waited_seconds += timeout
        return super().select(0)


def _clock() -> datetime:
    return NOON + timedelta(seconds=asyncio.get_running_loop().time())
