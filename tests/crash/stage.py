"""A stage for crashes: simulated operators that live on, and a switch that dies and is back."""

import asyncio
import json
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cross.bootstrap import callback_token
from cross.domain.limits import UNHINDERED
from cross.outbound import HttpRequest
from cross.outbound_http import HttpOutbound
from cross.sealing import new_master_key_line
from tests.crash.books import Books
from tests.crash.points import PLAN
from tests.crash.process import Nursery, Process

OPERATORS: Final = ("tmoney", "flooz")
CALLBACK_SECRET: Final = "crash"
ANSWER_TIMEOUT_SECONDS: Final = "1"
QUICK: Final[Mapping[str, Any]] = {
    "query_schedule_seconds": (0.1, 0.2, 0.4, 0.8, 1.2, 1.6, 1.9, 2.2, 2.6, 3.0),
    "query_every_seconds": 0.5,
    "settling_seconds": 0.5,
    "apart_seconds": 0.2,
    "look_every_seconds": 0.2,
    "lease_seconds": 1.5,
    "webhook_private_networks": True,
    "webhook_timeout_seconds": 1.0,
    "webhook_schedule_seconds": (0.1, *(0.3,) * 60),
}


class Control:
    """The simulators' own calls: what they moved, and how they behave."""

    def __init__(self, outbound: HttpOutbound, url: str) -> None:
        self._outbound = outbound
        self.url = url

    async def get(self, path: str) -> Any:
        """What the simulators say."""
        answer = await self._outbound.send(HttpRequest("GET", self.url + path))
        return json.loads(answer.body)

    async def put(self, path: str, body: Mapping[str, Any]) -> None:
        """Tells the simulators something; `ValueError` where they refuse it."""
        content = json.dumps(body).encode()
        answer = await self._outbound.send(HttpRequest("PUT", self.url + path, (), content))
        if answer.status >= 300:
            raise ValueError(f"{answer.status} {answer.body!r}")


class Stage:
    """Where everything of one run is: operators, books, and the places of the switch's processes.

    A process that starts again has the same port, which nobody else is given meanwhile.
    """

    def __init__(
        self, nursery: Nursery, folder: Path, database_url: str, outbound: HttpOutbound
    ) -> None:
        self.nursery = nursery
        self.folder = folder
        self.books = Books(database_url)
        self.outbound = outbound
        self.control: Control
        self.shop: Control
        self.totals_at_start: Mapping[str, Any] = {}
        self._database_url = database_url
        self._connections: Mapping[str, Mapping[str, str]] = {}
        self._held: list[socket.socket] = []

    @property
    def urls(self) -> list[str]:
        """Where the switch's processes answer while they live."""
        return [f"http://127.0.0.1:{held.getsockname()[1]}" for held in self._held]

    @property
    def logs(self) -> list[Path]:
        """What the switch's processes said, a file for each place."""
        return [self.folder / f"switch-{place}.log" for place in range(len(self._held))]

    async def furnish(
        self, *, places: int, prompt_delay_seconds: float, refuses_one_of: int
    ) -> None:
        """Starts the operators, and tells them where the switch will be: so many places."""
        for _ in range(places):
            held = socket.socket()
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            held.bind(("127.0.0.1", 0))
            self._held.append(held)
        plan = {"prompt_delay_seconds": prompt_delay_seconds, "callback_delay_seconds": 0.01}
        log = self.folder / "simulators.log"
        simulators = self.nursery.bear("simulators", plan, log=log)
        self.control = Control(self.outbound, await simulators.told_ready())
        refuses = {"refuses_one_of": refuses_one_of}
        shop = self.nursery.bear("shop", refuses, log=self.folder / "shop.log")
        self.shop = Control(self.outbound, await shop.told_ready())
        key = new_master_key_line("crash", random_bits=secrets.randbits)
        (self.folder / "master.key").write_text(key)
        (self.folder / "master.key").chmod(0o600)
        totals = await self.control.get("/control/totals")
        self.totals_at_start = {name: _without_parts(total) for name, total in totals.items()}
        self._connections = await self.control.get("/control/settings")
        for place, operator in enumerate(OPERATORS):
            token = callback_token(CALLBACK_SECRET, operator)
            url = f"{self.urls[place % places]}/callbacks/{operator}/{token}"
            await self.control.put(f"/control/credentials/{operator}/cross", {"callback_url": url})

    def start(
        self, place: int = 0, *, points: Mapping[str, Any] | None = None, **changed: Any
    ) -> Process:
        """Starts the switch at a place, on the database that was there before.

        With `points` it is one whose points are numbered.
        """
        settings = {
            **QUICK,
            "database_url": self._database_url,
            "callback_secret": CALLBACK_SECRET,
            "master_key_file": str(self.folder / "master.key"),
            "public_url": self.urls[place],
            "limits": dict(UNHINDERED),
            "operators": {
                name: {**self._connections[name], "answer_timeout_seconds": ANSWER_TIMEOUT_SECONDS}
                for name in OPERATORS
            },
            **changed,
        }
        plan = {
            "port": self._held[place].getsockname()[1],
            "settings": settings,
            "shop": self.shop.url,
            **({} if points is None else {**PLAN, **points}),
        }
        program = "switch" if points is None else "numbered"
        return self.nursery.bear(program, plan, log=self.logs[place])

    async def kill(self, process: Process) -> None:
        """`kill -9`, with nobody else at the database to clean up after the dead."""
        self.books.let_go()
        await process.kill()

    def close(self) -> None:
        """Lets go of the database and of the ports."""
        self.books.let_go()
        for held in self._held:
            held.close()


def _without_parts(total: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**total, "wallets": 0, "float": 0}


@asynccontextmanager
async def staged(  # noqa: PLR0913  each with a name
    nursery: Nursery,
    folder: Path,
    database_url: str,
    *,
    places: int = 1,
    prompt_delay_seconds: float = 0.05,
    refuses_one_of: int = 8,
) -> AsyncIterator[Stage]:
    """A stage; at its end every process of it is gone."""
    outbound = HttpOutbound()
    stage = Stage(nursery, folder, database_url, outbound)
    try:
        async with nursery.attended():
            await stage.furnish(
                places=places,
                prompt_delay_seconds=prompt_delay_seconds,
                refuses_one_of=refuses_one_of,
            )
            yield stage
    finally:
        stage.close()
        await outbound.close()


def url_of(server: str, database: str) -> str:
    """The URL of another database of a server."""
    return urlsplit(server)._replace(path=f"/{database}").geturl()


async def drained(stage: Stage, *, seconds: float) -> bool:
    """Waits until no movement is open; False where some still are when the time is over."""
    try:
        async with asyncio.timeout(seconds):
            while stage.books.open_count():
                await asyncio.sleep(0.05)
    except TimeoutError:
        return False
    return True
