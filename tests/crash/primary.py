"""`make crash-primary`: PostgreSQL itself killed under load, all of its processes at once (F-D01).

    python -m tests.crash.primary [--kills 20] [--seed N]

The switch lives on, answers 503 meanwhile, and goes on by itself once the server is back.
"""

import argparse
import asyncio
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.crash.ending import final_states, violations_at_rest
from tests.crash.invariants import Watch
from tests.crash.load import Merchant, Orders
from tests.crash.process import Nursery
from tests.crash.stage import Stage, drained, staged, url_of
from tests.crash.sweep import SHOWN_MAX, own_server

ORDERS_A_SECOND: Final = 20.0
BACK_WITHIN_SECONDS: Final = 60.0
DRAIN_SECONDS: Final = 90.0


@dataclass(frozen=True, slots=True)
class Outages:
    """What was seen of a server that died so often."""

    kills: int
    accepted: int
    states: Mapping[str, int]
    slowest_seconds: float
    violations: tuple[str, ...]

    def __str__(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in self.states.items())
        return (
            f"{self.kills} kills of PostgreSQL, {self.accepted} accepted ({states}), accepting"
            f" again {self.slowest_seconds:.1f} s after it was back at the latest,"
            f" {len(self.violations)} violations"
        )


async def kill_the_server(stage: Stage, server: Any, *, kills: int, random: Random) -> Outages:
    """Under load, at random moments; then waits for all to end and looks at everything."""
    watch = Watch(stage)
    merchant = Merchant(stage.outbound, stage.urls, random)
    process, over, slowest = stage.start(), asyncio.Event(), 0.0
    await process.told_ready()
    async with asyncio.TaskGroup() as under_load:
        under_load.create_task(
            merchant.place_many(Orders(random), a_second=ORDERS_A_SECOND, until=over)
        )
        for _ in range(kills):
            await asyncio.sleep(random.uniform(0.3, 2.0))
            kill_all_of(server)
            await asyncio.sleep(random.uniform(0.0, 1.5))
            await _start_again(server)
            slowest = max(slowest, await _accepting_again(merchant))
        over.set()
    violations = [] if process.is_alive else [f"the switch ended: {process.last_words()}"]
    if not await drained(stage, seconds=DRAIN_SECONDS):
        violations += [f"I-21 {leg} does not end" for leg in stage.books.open_legs()]
    violations += await violations_at_rest(stage, watch, merchant)
    return Outages(kills, len(merchant.accepted), final_states(stage), slowest, tuple(violations))


def kill_all_of(server: Any) -> None:
    """`kill -9` of the postmaster and of every process that it has started."""
    postmaster = server.get_postmaster_info().process
    family = [postmaster, *postmaster.children(recursive=True)]
    for process in family:
        process.kill()
    for process in family:
        process.wait(10)


async def _start_again(server: Any) -> None:
    """A recovery may take longer than the library that starts it is willing to wait."""
    async with asyncio.timeout(BACK_WITHIN_SECONDS):
        while True:
            with suppress(subprocess.SubprocessError, AssertionError):
                return await asyncio.to_thread(server.ensure_postgres_running)
            await asyncio.sleep(0.5)


async def _accepting_again(merchant: Merchant) -> float:
    """How long until a movement is accepted that was not before."""
    loop, before = asyncio.get_running_loop(), len(merchant.accepted)
    began = loop.time()
    async with asyncio.timeout(BACK_WITHIN_SECONDS):
        while len(merchant.accepted) == before:
            await asyncio.sleep(0.02)
    return loop.time() - began


async def on_own_server(nursery: Nursery, folder: Path, *, kills: int, random: Random) -> Outages:
    """The whole of it, on a server that is nobody else's.

    Its folder is not of pytest's, which closes its own to the user that the server runs as.
    """
    with (
        tempfile.TemporaryDirectory(prefix="cross-primary-") as name,
        own_server(Path(name)) as server,
    ):
        url = url_of(server.get_uri(), "crash")
        async with staged(nursery, folder, url) as stage:
            return await kill_the_server(stage, server, kills=kills, random=random)


def main(arguments: list[str]) -> int:
    """Kills as often as asked; 1 where anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.primary")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args(arguments)
    seed = secrets.randbits(32) if asked.seed is None else asked.seed
    random = Random(seed)  # noqa: S311  it decides nothing that is secret
    with tempfile.TemporaryDirectory(prefix="cross-primary-") as name:
        nursery = Nursery(Path(name))
        try:
            seen = asyncio.run(on_own_server(nursery, Path(name), kills=asked.kills, random=random))
        finally:
            nursery.close()
    told = [f"seed {seed}: {seen}", *seen.violations[:SHOWN_MAX]]
    print("\n".join(told), flush=True)  # noqa: T201  a command prints
    return int(bool(seen.violations))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
