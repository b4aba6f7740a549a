"""The process of the switch: it boots, it dies between any two steps, and its successor boots."""

from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Final

from fastapi import FastAPI

from cross.api.app import create_api
from cross.api.fast_lane import FastLane
from cross.bootstrap import Surroundings, open_switch
from cross.settings import Settings
from cross.storage.sqlite import SqliteStore
from cross.storage.store import StoreUnavailable
from tests.simulation.disk import Disk, drop, open_store
from tests.simulation.loop import PROCESS, SimulatedLoop
from tests.simulation.network import Host, Network
from tests.simulation.swarm import stream
from tests.simulation.tape import Tape

MOMENTS: Final = {"step": 1500, "commit": 40, "sent": 25, "effect": 12, "callback": 8, "boot": 60}
"""What deaths are counted from, and how many of it a process may live through before one."""

RESTART_SECONDS: Final = 5.0
PAUSES_SECONDS: Final = (0.0, 0.05, 1.0, 10.0, 60.0)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a process stands on, and what stays when it dies."""

    loop: SimulatedLoop
    tape: Tape
    network: Network
    path: Path
    settings: Settings
    seed: int
    disk_seconds: float


class SwitchProcess:
    """One process of the switch at a time; `number` tells which."""

    def __init__(self, ground: Ground, host: Host) -> None:
        self._ground = ground
        self._host = host
        self._ids = stream(ground.seed, "ids")
        self._disk = stream(ground.seed, "disk")
        self._store: SqliteStore | None = None
        self.reaper: Reaper | None = None
        self.number = 0
        self.disk_is_full = False
        self.failures: list[str] = []
        self.committed: Callable[[], None] = lambda: None

    def boot(self) -> None:
        """Start the next process on the books that the last one left."""
        self.number += 1
        context = copy_context()
        context.run(PROCESS.set, self.number)
        self._host.process = context
        self._ground.tape.note("boot", f"{self.number}")
        self._ground.loop.create_task(self._boot(), context=context)
        if self.reaper is not None:
            self.reaper.look_for_prey()

    def kill(self, why: str) -> None:
        """End this process as SIGKILL does."""
        ground = self._ground
        ground.tape.note("death", f"{self.number} {why}")
        ground.loop.kill(self.number)
        ground.network.bury(self._host)
        if self._store is not None:
            drop(self._store)
            self._store = None

    async def _boot(self) -> None:
        ground = self._ground
        disk = Disk(self._disk, ground.disk_seconds, self._after_commit, lambda: self.disk_is_full)
        self._store = open_store(ground.path, ground.loop, disk)
        around = Surroundings(
            clock=ground.loop.clock,
            random_bits=self._ids.getrandbits,
            outbound=ground.network.line_of(self._host.name),
            store=self._store,
        )
        try:
            switch, _ = await open_switch(ground.settings, around)
        except StoreUnavailable:
            ground.network.later(RESTART_SECONDS, partial(self._start_again, self.number))
            return
        except Exception as error:
            self.failures.append(f"boot {self.number}: {error!r}")
            raise
        self._host.app = FastLane(_api(), switch)
        ground.tape.note("up", f"{self.number}")

    def _start_again(self, number: int) -> None:
        """What a supervisor does with a process that ended because it could not start."""
        if number == self.number and self._store is not None:
            self.kill("cannot start")
            self.boot()

    def _after_commit(self) -> None:
        self.committed()
        if self.reaper is not None:
            self.reaper.happened("commit")


class Reaper:
    """Decides at which moments the process dies, and when its successor boots."""

    def __init__(
        self, process: SwitchProcess, ground: Ground, random: Random, *, deaths: int
    ) -> None:
        self._process = process
        self._ground = ground
        self._random = random
        self._left = deaths
        self._waits_for = ""
        self._count = 0
        self.deaths: dict[str, int] = {}

    def rest(self) -> None:
        """Nobody dies any more."""
        self._left = 0
        self._waits_for = ""

    def look_for_prey(self) -> None:
        """Choose the moment at which the process that now boots will die, if it will."""
        if self._left <= 0:
            return
        moment = self._random.choice(list(MOMENTS))
        self._waits_for = moment
        self._count = _few_or_many(self._random, MOMENTS[moment])
        if moment in ("step", "boot"):
            self._ground.loop.doom(self._process.number, steps=self._count, then=self._strike)

    def happened(self, moment: str) -> None:
        """Something happened that a death may be counted from."""
        if moment != self._waits_for:
            return
        self._count -= 1
        if self._count == 0:
            self._ground.loop.interrupt(self._strike)

    def _strike(self) -> None:
        if self._left <= 0:
            return
        moment, self._waits_for = self._waits_for, ""
        self._left -= 1
        self.deaths[moment] = self.deaths.get(moment, 0) + 1
        self._process.kill(moment)
        pause = self._random.choice(PAUSES_SECONDS)
        self._ground.network.later(pause, self._process.boot)


def _few_or_many(random: Random, most: int) -> int:
    """Small numbers as often as large ones: deaths close together find other mistakes."""
    return max(1, int(most ** random.random()))


@cache
def _api() -> FastAPI:
    """The routes; a request brings its own switch, so that they are made once for all seeds."""
    return create_api()
