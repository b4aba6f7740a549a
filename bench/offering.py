"""Calls on a schedule, whatever became of those before: the stage of `bench.overload`."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import apsw

from bench.connection import Connections
from bench.process import Process
from bench.traffic import AUTHORIZATION

RATE: Final = 50
"""Movements a second at the operator that is well."""

START_SECONDS: Final = 0.05

Until: TypeAlias = "asyncio.Task[Any]"
"""A schedule ends with it."""


@dataclass
class Seen:
    """What one kind of phase gave."""

    seconds: list[float] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    def count(self, status: int) -> None:
        """One more answer."""
        self.statuses[status] = self.statuses.get(status, 0) + 1


async def on_schedule(
    rate: float, until: Until, act: Callable[[int, float], Coroutine[Any, Any, None]]
) -> None:
    """Acts so many times a second; each act is told its number, and when it was due."""
    start, place = time.perf_counter() + START_SECONDS, 0
    async with asyncio.TaskGroup() as calls:  # keeps those under way, not thousands that ended
        while not until.done():
            due = start + place / rate
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            calls.create_task(act(place, due))
            place += 1
    await until


def lasting(seconds: float) -> Until:
    """A phase of that length."""
    return asyncio.create_task(asyncio.sleep(seconds))


class Bench:
    """A switch on SQLite, its simulated operators, and merchants who ask both."""

    def __init__(self, folder: Path, switch: Process, simulators: Process) -> None:
        self.folder, self.switch, self.simulators = folder, switch, simulators
        self._connections = Connections(switch.url)
        self._asked = 0

    async def offered(
        self, operator: str, prefix: str, rate: float, until: Until, seen: Seen
    ) -> None:
        """Collections, each of another wallet."""

        async def collect(_: int, due: float) -> None:
            self._asked += 1
            request = collection(operator, number(prefix, self._asked), f"o-{self._asked}")
            await self.ask(request, due, seen)

        await on_schedule(rate, until, collect)

    async def ask(self, request: bytes, due: float, seen: Seen) -> None:
        """One request on a connection that is kept open; its time counts if it is granted."""
        answer = await self._connections.ask(request)
        seen.count(answer.status)
        if answer.status < 300:  # noqa: PLR2004  RFC 9110: the 2xx class
            seen.seconds.append(time.perf_counter() - due)
        if answer.status == 202:  # noqa: PLR2004  RFC 9110: accepted
            seen.ids.append(json.loads(answer.body)["id"])

    def rows(self, sql: str) -> list[Any]:
        """What the books say, read beside the switch."""
        books = apsw.Connection(str(self.folder / "books.db"), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            return list(books.execute(sql))
        finally:
            books.close()

    def completed(self, seen: Seen) -> list[float]:
        """From acceptance to the end, of those that ended."""
        told = {
            row[0]: (row[2] - row[1]) / 1e6
            for row in self.rows(
                "SELECT id, created_at, completed_at FROM movements WHERE completed_at IS NOT NULL"
            )
        }
        return [told[one] for one in seen.ids if one in told]

    async def drained(self) -> None:
        """Returns once nothing is open any more."""
        while self.rows("SELECT 1 FROM movements WHERE is_final = 0 LIMIT 1"):  # noqa: ASYNC110
            await asyncio.sleep(0.2)


def collection(
    operator: str, msisdn: str, key: str, *, authorization: str = AUTHORIZATION
) -> bytes:
    """The whole HTTP request for a collection."""
    body = {"amount": 500, "currency": "XOF", "operator": operator, "msisdn": f"+{msisdn}"}
    text = json.dumps(body)
    return (
        "POST /v1/collections HTTP/1.1\r\nHost: switch\r\nContent-Type: application/json\r\n"
        f"Authorization: {authorization}\r\nIdempotency-Key: {key}\r\n"
        f"Content-Length: {len(text)}\r\n\r\n{text}"
    ).encode()


def number(prefix: str, count: int) -> str:
    """A phone that approves at once; each comes once."""
    block, suffix = divmod(count, 79)
    return f"{prefix}{block % 10_000:04}{21 + suffix}"


def say(line: str) -> None:
    """One line of the figures."""
    print(line, flush=True)
