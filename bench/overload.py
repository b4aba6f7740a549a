"""What overload of one part does to the others: `python -m bench.overload`, three comparisons.

Each phase with the trouble stands between phases without it, in one run: the machine's own noise
falls on both. Prints figures, and the ratios that money-safety.md, section 4, bounds.
"""

import asyncio
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import getloadavg
from pathlib import Path
from typing import Any, Final

import apsw
import uvloop

from bench.connection import Connections
from bench.figures import percentile
from bench.process import Process
from bench.slow_sockets import HOW
from bench.stage import OPERATORS, control, cross_callback_path, cross_switch
from bench.traffic import AUTHORIZATION, FLOAT

RATE: Final = 50
"""Movements a second at the operator that is well."""

READ_RATE: Final = 100
READ: Final = (
    f"GET /v1/operators HTTP/1.1\r\nHost: switch\r\nAuthorization: {AUTHORIZATION}\r\n\r\n".encode()
)
SLOW_RATE: Final = 30
QUIET_SECONDS: Final = 8.0
SLOW_SECONDS: Final = 12.0
ROUNDS: Final = 3
LATENCY_MS: Final = 30_000  # money-safety.md, F-O01
SOCKETS: Final = 5_000
SOCKET_SECONDS: Final = dict(zip(HOW, (22.0, 38.0, 38.0), strict=True))
"""Longer than each of them may live."""

BURST_RATE: Final = 1_000  # F-C10
BURST_SECONDS: Final = 8.0
DESCRIPTORS: Final = 20_000


def collection(operator: str, msisdn: str, key: str) -> bytes:
    """The whole HTTP request for a collection."""
    body = {"amount": 500, "currency": "XOF", "operator": operator, "msisdn": f"+{msisdn}"}
    return post("/v1/collections", json.dumps(body), key)


def post(path: str, body: str, key: str) -> bytes:
    """A POST as the merchant makes it."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: switch\r\nContent-Type: application/json\r\n"
        f"Authorization: {AUTHORIZATION}\r\nIdempotency-Key: {key}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def number(prefix: str, count: int) -> str:
    """A phone that approves at once; each comes once."""
    block, suffix = divmod(count, 79)
    return f"{prefix}{block % 10_000:04}{21 + suffix}"


@dataclass
class Seen:
    """What one kind of phase gave."""

    seconds: list[float] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    read_seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    def count(self, status: int) -> None:
        """One more answer."""
        self.statuses[status] = self.statuses.get(status, 0) + 1


class Bench:
    """A switch on SQLite, its simulated operators, and merchants who ask both."""

    def __init__(self, folder: Path, switch: Process, simulators: Process) -> None:
        self.folder, self.switch, self.simulators = folder, switch, simulators
        self._connections = Connections(switch.url)
        self._asked = 0

    async def offered(
        self, operator: str, prefix: str, rate: float, seconds: float, seen: Seen
    ) -> None:
        """Collections on a schedule, whatever becomes of the others; times count from it."""
        start, tasks = time.perf_counter() + 0.05, []
        for place in range(int(rate * seconds)):
            due = start + place / rate
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            self._asked += 1
            request = collection(operator, number(prefix, self._asked), f"o-{self._asked}")
            tasks.append(asyncio.create_task(self._ask(request, due, seen)))
        await asyncio.gather(*tasks)

    async def _ask(self, request: bytes, due: float, seen: Seen) -> None:
        answer = await self._connections.ask(request)
        seen.count(answer.status)
        if answer.status == 202:  # noqa: PLR2004  RFC 9110: accepted
            seen.seconds.append(time.perf_counter() - due)
            seen.ids.append(json.loads(answer.body)["id"])

    async def read(self, rate: float, seconds: float, seen: Seen) -> None:
        """Reads that wait for no disk, on a schedule: what the door and the loop alone cost."""
        start = time.perf_counter() + 0.05
        for place in range(int(rate * seconds)):
            due = start + place / rate
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            await self._connections.ask(READ)
            seen.read_seconds.append(time.perf_counter() - due)

    async def called_back(self, rate: float, seconds: float, seen: Seen) -> None:
        """Callbacks about orders that nobody knows, on a schedule."""
        path, start, tasks = cross_callback_path("tmoney"), time.perf_counter() + 0.05, []
        for place in range(int(rate * seconds)):
            due = start + place / rate
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            body = json.dumps({"idRequete": f"CRXBURST{place:012}", "statutRequete": "SUCCES"})
            request = (
                f"POST {path} HTTP/1.1\r\nHost: switch\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode()
            tasks.append(asyncio.create_task(self._call_back(request, due, seen)))
        await asyncio.gather(*tasks)

    async def _call_back(self, request: bytes, due: float, seen: Seen) -> None:
        answer = await self._connections.ask(request)
        seen.count(answer.status)
        seen.seconds.append(time.perf_counter() - due)

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


async def one_slow_operator(bench: Bench) -> None:
    """F-O01: Flooz takes 30 s for an answer; what TMoney's collections notice of it."""
    quiet, during, well, slow = Seen(), Seen(), Seen(), Seen()
    for _ in range(ROUNDS):
        await asyncio.gather(
            bench.offered("tmoney", "22890", RATE, SLOW_SECONDS, quiet),
            bench.offered("flooz", "22896", SLOW_RATE, SLOW_SECONDS, well),
        )
        fault = {"operator": "flooz", "fault": "latency", "value": LATENCY_MS}
        planted = control(bench.simulators.url, "POST", "/faults", fault)
        await asyncio.gather(
            bench.offered("tmoney", "22890", RATE, SLOW_SECONDS, during),
            bench.offered("flooz", "22896", SLOW_RATE, SLOW_SECONDS, slow),
        )
        control(bench.simulators.url, "DELETE", f"/faults/{planted['id']}")
        await bench.drained()
    say("one operator at 30 s latency (F-O01)")
    say(f"  asked of it meanwhile: {slow.statuses}")
    told("accept", quiet.seconds, during.seconds, bound=1.10)
    told("complete", bench.completed(quiet), bench.completed(during), bound=1.10)


async def slow_sockets(bench: Bench) -> None:
    """F-R01 to F-R03: what a legitimate caller notices of 5 000 sockets of each kind."""
    for how, seconds in SOCKET_SECONDS.items():
        say(f"{SOCKETS:,} sockets with slow {how} (F-R01 to F-R03)")
        quiet, elsewhere, during = Seen(), Seen(), Seen()
        await _besieged(bench, QUIET_SECONDS, quiet)
        with Process("bench.idle_server", how, folder=bench.folder) as idle:
            await _besieged(bench, seconds, elsewhere, crowd=(idle.url, how))
            idle.end()
        await _besieged(bench, QUIET_SECONDS, quiet)
        await _besieged(bench, seconds, during, crowd=(bench.switch.url, how))
        await _besieged(bench, QUIET_SECONDS, quiet)
        for who, seen in (("another server of this machine", elsewhere), ("the switch", during)):
            say(f"  while {who} is besieged:")
            told("accept", quiet.seconds, seen.seconds, bound=2.0)
            told("read", quiet.read_seconds, seen.read_seconds, bound=2.0)


async def _besieged(
    bench: Bench, seconds: float, seen: Seen, crowd: tuple[str, str] | None = None
) -> None:
    """What a legitimate caller sees meanwhile; says who was closed when, and what it cost."""

    async def legitimate() -> None:
        accepting = bench.offered("tmoney", "22890", RATE, seconds, seen)
        await asyncio.gather(accepting, bench.read(READ_RATE, seconds, seen))

    before, began_at = bench.switch.use(), time.perf_counter()
    if crowd is None:
        await legitimate()
    else:
        with Process("bench.slow_sockets", *crowd, str(SOCKETS), folder=bench.folder) as slow:
            before, began_at = bench.switch.use(), time.perf_counter()
            await legitimate()
            cost = slow.use().cpu_seconds
            ended = slow.end()
        lasted = ended["lasted_seconds"]
        say(f"  open at once {ended['most']:,}; closed {len(lasted):,}, ")
        if lasted:
            say(f"  after {percentile(lasted, 50):.1f} s, the longest lived {max(lasted):.1f} s")
        say(f"  the crowd itself used {cost:.1f} s of a core")
    used = bench.switch.use().since(before) / (time.perf_counter() - began_at)
    say(f"  the switch used {used:.0%} of a core, load average {getloadavg()[0]:.1f}")


async def burst(bench: Bench) -> None:
    """F-C10: as many callbacks as an operator sends that was away for hours."""
    seen, before = Seen(), bench.rows("SELECT count(*) FROM callbacks")[0][0]
    began_at = time.perf_counter()
    await bench.called_back(BURST_RATE, BURST_SECONDS, seen)
    lasted = time.perf_counter() - began_at
    stored = bench.rows("SELECT count(*) FROM callbacks")[0][0] - before
    say(f"a burst of {BURST_RATE:,} callbacks a second for {BURST_SECONDS:.0f} s (F-C10)")
    say(f"  answered {seen.statuses}, stored {stored:,}: {stored / lasted:,.0f}/s")
    say(f"  p50 {percentile(seen.seconds, 50) * 1e3:.1f} ms, ")
    say(f"  p99 {percentile(seen.seconds, 99) * 1e3:.1f} ms")


def told(what: str, quiet: Sequence[float], during: Sequence[float], *, bound: float) -> None:
    """Two percentiles of both, and their ratio."""
    for percent in (50, 99):
        one, other = (percentile(values, percent) * 1e3 for values in (quiet, during))
        word = "" if percent == 50 else f"  (at most {bound:.2f})"  # noqa: PLR2004
        before = f"{one:.1f} ms before, {other:.1f} ms during"
        say(f"  {what} p{percent}: {before}: {other / one:.2f}{word}")
    say(f"  of {len(quiet):,} and {len(during):,}")


def say(line: str) -> None:
    """One line of the figures."""
    print(line, flush=True)


@contextmanager
def stage(folder: Path) -> Iterator[Bench]:
    """The processes, until the end."""
    with Process("bench.simulators", folder=folder) as simulators:
        start = cross_switch(f"sqlite:{folder / 'books.db'}", folder=folder)
        settings: Mapping[str, Any] = control(simulators.url, "GET", "/settings")
        with start(settings) as switch:
            for operator in OPERATORS:
                control(simulators.url, "PUT", f"/partner/{operator}", {"balance": FLOAT})
                url = switch.url + cross_callback_path(operator)
                path = f"/credentials/{operator}/cross"
                control(simulators.url, "PUT", path, {"callback_url": url})
            yield Bench(folder, switch, simulators)
            switch.end()
            simulators.end()


PARTS: Final = {"operator": one_slow_operator, "sockets": slow_sockets, "burst": burst}


def main(parts: Sequence[str]) -> None:
    """Those parts, or all."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, DESCRIPTORS), hard))
    folder = Path(tempfile.mkdtemp(prefix="cross-overload-"))
    try:
        with stage(folder) as bench:
            uvloop.run(_measure(bench, parts))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _measure(bench: Bench, parts: Sequence[str]) -> None:
    for part in parts or PARTS:
        await PARTS[part](bench)


if __name__ == "__main__":
    main(sys.argv[1:])
