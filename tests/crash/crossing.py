"""`make sweep`: a death at every numbered point, and at every point of the recovery from it.

    python -m tests.crash.crossing [--engine sqlite|postgres] [--power kill|lost|torn]
        [--points N] [--pairs N|all] [--seed N]

One stage for all deaths: the books go on from one to the next, the operators' journals judge them.
Each line tells points, crashes, pairs, points that were not met, violations and seconds.
"""

import argparse
import asyncio
import json
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

from cross.outbound import HttpRequest, NoAnswer
from cross.storage.sqlite_disk import DISK_FAILED
from tests.crash.books import Books
from tests.crash.ending import violations_at_rest
from tests.crash.invariants import Watch
from tests.crash.points import POWER
from tests.crash.process import Nursery, Process
from tests.crash.stage import Stage, staged
from tests.crash.sweep import database
from tests.crash.tour import Tour

T = TypeVar("T")

HASTE: Final[Mapping[str, Any]] = {
    "query_schedule_seconds": (0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 1.6, 2.0, 2.5, 3.0),
    "settling_seconds": 0.25,
    "apart_seconds": 0.1,
    "look_every_seconds": 0.1,
    "lease_seconds": 0.6,
}
MET_WITHIN_SECONDS: Final = 60.0
DRAIN_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.03
SHOWN_MAX: Final = 20
TRIES_AGAIN: Final = 3
"""For a point that was not met: how often a thing happens is a little different each time."""

JUDGED_EVERY: Final = 20
"""Deaths from one look at everything to the next: each looks at all there has ever been."""

_UNTOLD: Final = "SELECT count(*) FROM deliveries WHERE state = 'waiting'"


@dataclass(slots=True)
class Tally:
    """What a sweep saw."""

    points: int = 0
    crashes: int = 0
    pairs: int = 0
    unmet: int = 0
    seconds: float = 0.0
    accepted: int = 0
    violations: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.points} points, {self.crashes} crashes, {self.pairs} pairs, {self.unmet} not"
            f" met, {self.accepted} accepted, {len(self.violations)} violations,"
            f" {self.seconds:.0f} s"
        )


@dataclass(frozen=True, slots=True)
class Manner:
    """How it dies, and what chance does."""

    power: str = "kill"
    seed: int = 0

    def random(self, use: str) -> Random:
        """What the seed gives for one use of it."""
        return Random(f"{self.seed} {use}")  # noqa: S311  it decides nothing that is secret


@dataclass(frozen=True, slots=True)
class Extent:
    """How many points and pairs of deaths; None for all there are."""

    points: int | None = None
    pairs: int | None = 0


class Sweep:
    """One process of the switch at a time on one stage; it dies where it is told to."""

    def __init__(self, stage: Stage, manner: Manner) -> None:
        self._stage = stage
        self._manner = manner
        self._tour = Tour(stage.outbound, stage.urls, manner.random("orders"))
        self._watch = Watch(stage)
        self._process: Process
        self._starts = 0
        self._of_a_start: Sequence[str] = ()
        self._since: list[str] = []
        self.tally = Tally()

    async def begin(self) -> Sequence[str]:
        """Starts, and counts the points of a start on books at rest, and of a tour."""
        await self._start_again()
        await self._tour.walk()  # the first one refunds nothing
        await self._rest("the first tour")
        await self._stage.kill(self._process)
        await self._start_again()
        self._of_a_start = await self._passed()
        await self._arm(None)
        await self._tour.walk()
        await self._rest("the tour that is counted")
        points = list(dict.fromkeys([*self._of_a_start, *await self._passed()]))
        self.tally.points = len(points)
        return points

    async def die_at(self, point: str) -> Sequence[str]:
        """Dies there once; gives the points that the recovery passed, none if it was not met."""
        touring = await self._until_death(point)
        if touring is None:
            return ()
        await self._start_again()
        await touring
        await self._rest(point)
        return await self._passed()

    async def die_twice(self, point: str, again: str) -> None:
        """Dies there, and once more at a point of the recovery."""
        touring = await self._until_death(point)
        if touring is None:
            return
        self._since.append(f"then {again}")
        self._start(again)
        if await self._dies(touring, again) or not await self._arm(None):
            self.tally.pairs += 1
            await self._start_again()
        await touring
        await self._rest(f"{point} then {again}")

    async def judge(self) -> None:
        """Looks at everything that has ever been: books, operators, merchant."""
        found = await violations_at_rest(self._stage, self._watch, self._tour.merchant)
        self._watch.violations.clear()
        self._stage.books.let_go()
        self._note(*found)
        self._since.clear()

    async def end(self) -> Tally:
        """The last look, and what was seen in all."""
        await self.judge()
        await self._stage.kill(self._process)
        self.tally.accepted = len(self._tour.merchant.accepted)
        return self.tally

    async def _until_death(self, point: str) -> "asyncio.Task[None] | None":
        """Tours until the process is dead at that point; None where the point was not met."""
        if len(self._since) >= JUDGED_EVERY:
            await self.judge()
        self._since.append(point)
        if point in self._of_a_start:
            await self._stage.kill(self._process)
            self._start(point)
        else:
            await self._arm(point)
        touring = asyncio.get_running_loop().create_task(self._tour.walk())
        if await self._dies(touring, point) or not await self._arm(None):
            await self._look_at_what_is_left()
            return touring
        return None

    async def _dies(self, touring: "asyncio.Task[None]", point: str) -> bool:
        """Whether the process ends before all is at rest."""
        ended = self._process.ended
        async with asyncio.timeout(MET_WITHIN_SECONDS):
            while not ended.done():
                if touring.done() and self._is_at_rest():
                    return False
                await asyncio.wait([ended], timeout=LOOK_SECONDS)
        self._stage.books.let_go()
        self.tally.crashes += 1
        if ended.result() != (DISK_FAILED if self._manner.power == "broken" else -signal.SIGKILL):
            self._note(f"{point}: ended by itself: {self._process.last_words()[-500:]}")
        return True

    async def _look_at_what_is_left(self) -> None:
        """The books as the dead left them; a copy of a file, for only the switch may repair it."""
        live = self._stage.books
        with tempfile.TemporaryDirectory() as name:
            if not live.is_served:
                self._stage.books = Books(f"sqlite:{_copied(self._stage.folder, Path(name))}")
            try:
                await self._watch.look_at_legs()
            finally:
                self._stage.books.let_go()
                self._stage.books = live

    async def _rest(self, what: str) -> None:
        """Waits until no movement is open and every webhook is told."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self._is_at_rest():
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            self._note(*(f"I-21 {leg} after {what}" for leg in self._stage.books.open_legs()))

    def _is_at_rest(self) -> bool:
        """Looks and lets go, so that nobody but the switch holds the books when it dies."""
        books = self._stage.books
        try:
            return not books.open_count() and not books.read(_UNTOLD)[0][0]
        finally:
            books.let_go()

    def _start(self, armed: str | None) -> None:
        self._starts += 1
        manner = self._manner
        points = {
            "armed": armed,
            "power": manner.power,
            "seed": f"{manner.seed} {self._starts}",
        }
        self._process = self._stage.start(points=points, **HASTE)

    async def _start_again(self) -> None:
        self._start(None)
        await self._process.told_ready()

    async def _arm(self, point: str | None) -> bool:
        """False where the process died before it could be told."""
        body = json.dumps({"armed": point}).encode()
        request = HttpRequest("PUT", f"{self._stage.urls[0]}/points", (), body)
        return await self._ask(request) is not None

    async def _passed(self) -> Sequence[str]:
        return await self._ask(HttpRequest("GET", f"{self._stage.urls[0]}/points")) or ()

    async def _ask(self, request: HttpRequest) -> list[str] | None:
        """An idle connection may be one to a process that is dead: the next one is not."""
        while self._process.is_alive:
            with suppress(NoAnswer):
                told: list[str] = json.loads((await self._stage.outbound.send(request)).body)
                return told
            await asyncio.sleep(LOOK_SECONDS)
        return None

    def _note(self, *found: str) -> None:
        """Once each, with the deaths since the last look, the last of which are suspected."""
        known = {told.partition(" | ")[0] for told in self.tally.violations}
        where = "; ".join(self._since)
        self.tally.violations += [f"{told} | {where}" for told in found if told not in known]


async def sweep(stage: Stage, manner: Manner, extent: Extent) -> Tally:
    """A death at each point that is asked for, then pairs of deaths."""
    began = asyncio.get_running_loop().time()
    sweep, random = Sweep(stage, manner), manner.random("points")
    met = await sweep.begin()
    if manner.power == "broken":  # a disk fails where it is asked to sync
        met = [point for point in met if point.startswith("sync")]
    points = chosen(met, extent.points, random)
    recoveries = {point: await sweep.die_at(point) for point in points}
    for point in [point for point, passed in recoveries.items() if not passed] * TRIES_AGAIN:
        recoveries[point] = recoveries[point] or await sweep.die_at(point)
    sweep.tally.unmet = sum(not passed for passed in recoveries.values())
    pairs = [(first, then) for first, passed in recoveries.items() for then in passed]
    for first, then in chosen(pairs, extent.pairs, random):
        await sweep.die_twice(first, then)
    tally = await sweep.end()
    tally.seconds = asyncio.get_running_loop().time() - began
    return tally


def chosen(of: Sequence[T], count: int | None, random: Random) -> Sequence[T]:
    """So many of them in their order; all of them without a number."""
    if count is None or count >= len(of):
        return of
    return [of[place] for place in sorted(random.sample(range(len(of)), count))]


def _copied(folder: Path, to: Path) -> Path:
    for name in ("books.db", "books.db-wal"):
        if (folder / name).exists():
            shutil.copy(folder / name, to / name)
    return to / "books.db"


def main(arguments: list[str]) -> int:
    """Sweeps as asked; 1 where anything is wrong, with the command that does it again."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.crossing")
    parser.add_argument("--engine", choices=("sqlite", "postgres"), action="append")
    parser.add_argument("--power", choices=POWER, action="append")
    parser.add_argument("--points", type=_count, default=None)
    parser.add_argument("--pairs", type=_count, default=100)
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args(arguments)
    seed = secrets.randbits(32) if asked.seed is None else asked.seed
    failed = False
    for engine in asked.engine or ("sqlite", "postgres"):
        for power in asked.power or POWER:
            if engine == "postgres" and power != "kill":
                continue  # its own disk, and its own server's to lose: test_primary_killed
            tally = _swept(engine, Manner(power, seed=seed), Extent(asked.points, asked.pairs))
            told = [f"{engine} {power}: {tally}", *tally.violations[:SHOWN_MAX]]
            if tally.violations:
                failed = True
                extent = f"--pairs {_told(asked.pairs)} --points {_told(asked.points)}"
                again = f"--engine {engine} --power {power} {extent} --seed {seed}"
                told.append(f"again: python -m tests.crash.crossing {again}")
            print("\n".join(told), flush=True)  # noqa: T201  a command prints
    return int(failed)


def _count(text: str) -> int | None:
    return None if text == "all" else int(text)


def _told(count: int | None) -> str:
    return "all" if count is None else str(count)


def _swept(engine: str, manner: Manner, extent: Extent) -> Tally:
    with (
        tempfile.TemporaryDirectory(prefix="cross-sweep-") as name,
        database(engine, Path(name)) as url,
    ):
        nursery = Nursery(Path(name))
        try:
            return asyncio.run(_staged(nursery, Path(name), url, manner, extent))
        finally:
            nursery.close()


async def _staged(
    nursery: Nursery, folder: Path, url: str, manner: Manner, extent: Extent
) -> Tally:
    async with staged(nursery, folder, url, prompt_delay_seconds=0.01, refuses_one_of=0) as stage:
        return await sweep(stage, manner, extent)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
