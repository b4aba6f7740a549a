"""Slow sockets: what whoever calls as ever notices of 5 000 of each kind (F-R01 to F-R03).

Each round has a phase without them, one with the same crowd before a server that does nothing (the
control: what is the machine's), one without, and one with the crowd before the switch. A phase
begins with the crowd's arrival, which is its hardest moment.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import getloadavg
from statistics import median
from typing import Final

from bench.connection import Connections
from bench.figures import percentile
from bench.offering import RATE, Bench, Seen, on_schedule, say
from bench.process import Process
from bench.slow_sockets import HOW
from bench.traffic import question

SOCKETS: Final = 5_000
SECONDS: Final = dict(zip(HOW, (22.0, 38.0, 38.0), strict=True))
"""Longer than each of them may live."""

QUIET_SECONDS: Final = 10.0
READ_RATE: Final = 100
COME_RATE: Final = 20
READ: Final = question("/v1/operators")
BOUND: Final = 2.0
"""Of the p99 of whoever calls as ever (issue 5)."""


@dataclass
class Phases:
    """What one kind of phase gave in all rounds: for each call its times, round by round."""

    rounds: list[Mapping[str, list[float]]] = field(default_factory=list)

    def p(self, percent: float, call: str) -> float:
        """A percentile of all rounds together, in milliseconds."""
        return percentile([one for times in self.rounds for one in times[call]], percent) * 1e3

    def each_p99(self, call: str) -> list[float]:
        """That of each round."""
        return [percentile(times[call], 99) * 1e3 for times in self.rounds]


async def slow_sockets(bench: Bench, how: str, rounds: int) -> None:
    """Sockets of one kind, in so many rounds."""
    say(f"{SOCKETS:,} sockets with slow {how}, {rounds} rounds (F-R01 to F-R03)")
    quiet, elsewhere, here = Phases(), Phases(), Phases()
    for _ in range(rounds):
        before = await _quiet(bench)
        with Process("bench.idle_server", how, folder=bench.folder) as idle:
            elsewhere.rounds.append(await _besieged(bench, idle, how))
            idle.end()
        after = await _quiet(bench)
        here.rounds.append(await _besieged(bench, bench.switch, how))
        quiet.rounds.append({call: before[call] + after[call] for call in before})
    for call in quiet.rounds[0]:
        _told(call, quiet, elsewhere, here)


def _told(call: str, quiet: Phases, elsewhere: Phases, here: Phases) -> None:
    for percent in (50, 99):
        one, control, other = (phases.p(percent, call) for phases in (quiet, elsewhere, here))
        bound = "" if percent == 50 else f" (at most {BOUND})"  # noqa: PLR2004
        say(
            f"  {call} p{percent}: {one:.1f} ms without, {control:.1f} ms control, {other:.1f} ms"
            f" besieged: {other / one:.2f}{bound}, control {control / one:.2f}"
        )
    for name, phases in (("besieged", here), ("control", elsewhere)):
        pairs = zip(phases.each_p99(call), quiet.each_p99(call), strict=True)
        ratios = [during / without for during, without in pairs]
        said = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        say(f"    p99 by round, {name}: {said}; median {median(ratios):.2f}")


async def _quiet(bench: Bench) -> dict[str, list[float]]:
    seen = await _calls_as_ever(bench, asyncio.create_task(asyncio.sleep(QUIET_SECONDS)))
    await bench.drained()
    return seen


async def _besieged(bench: Bench, besieged: Process, how: str) -> dict[str, list[float]]:
    """What is seen meanwhile; says who was closed when, and what it cost."""
    before, began_at = bench.switch.use(), time.perf_counter()
    crowd = asyncio.create_task(_crowd(bench, besieged.url, how))
    seen = await _calls_as_ever(bench, crowd)
    used = bench.switch.use().since(before) / (time.perf_counter() - began_at)
    say(f"  {besieged.name} besieged: {crowd.result()}; the switch used {used:.0%} of a core, ")
    say(f"  load average {getloadavg()[0]:.1f}")
    await bench.drained()
    return seen


async def _crowd(bench: Bench, url: str, how: str) -> str:
    """Comes, stays and goes; says what it saw."""
    coming = time.perf_counter()
    start = asyncio.to_thread(
        Process, "bench.slow_sockets", url, how, str(SOCKETS), folder=bench.folder
    )
    with await start as crowd:
        came = time.perf_counter() - coming
        await asyncio.sleep(SECONDS[how])
        cost = crowd.use().cpu_seconds
        ended = await asyncio.to_thread(crowd.end)
    lasted = ended["lasted_seconds"]
    told = f"{ended['most']:,} open after {came:.1f} s, {len(lasted):,} closed"
    if lasted:
        told += f" after {percentile(lasted, 50):.1f} s, {max(lasted):.1f} s at most"
    return f"{told}; the crowd used {cost:.1f} s of a core"


async def _calls_as_ever(bench: Bench, until: "asyncio.Task[object]") -> dict[str, list[float]]:
    """Collections and reads on connections kept open, and reads that each open one."""
    accepted, read, came = Seen(), Seen(), Seen()
    await asyncio.gather(
        bench.offered("tmoney", "22890", RATE, until, accepted),
        on_schedule(READ_RATE, until, lambda _, due: bench.ask(READ, due, read)),
        on_schedule(COME_RATE, until, lambda _, due: _come(bench, due, came)),
    )
    for seen in (accepted, read, came):
        if any(status >= 300 for status in seen.statuses):  # noqa: PLR2004  RFC 9110: beyond 2xx
            say(f"  refused: {seen.statuses}")
    return {"accept": accepted.seconds, "read": read.seconds, "come and read": came.seconds}


async def _come(bench: Bench, due: float, seen: Seen) -> None:
    answer = await Connections(bench.switch.url).ask_once(READ)
    seen.count(answer.status)
    seen.seconds.append(time.perf_counter() - due)
