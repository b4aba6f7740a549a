"""The process of the switch: it boots, it dies between any two steps, and its successor boots."""

from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

import apsw

from cross.bootstrap import Surroundings, front_door, open_switch
from cross.settings import Settings
from cross.storage.sqlite import SqliteStore
from cross.storage.store import StoreUnavailable
from tests.simulation.blank import without_threads
from tests.simulation.books import Books
from tests.simulation.disk import Disk, drop
from tests.simulation.loop import PROCESS, SimulatedLoop
from tests.simulation.network import Host, Network
from tests.simulation.swarm import stream
from tests.simulation.tape import Tape

MOMENTS: Final = {
    "step": 1500,
    "commit": 40,
    "sent": 25,
    "effect": 12,
    "callback": 8,
    "boot": 60,
    "webhook": 20,
    "told": 12,
}
"""What deaths are counted from, and how many of it a process may live through before one."""

WRITES_MAX: Final = 400
"""Of pages to the disk, where power goes in the middle of a commit."""

RESTART_SECONDS: Final = 5.0
PAUSES_SECONDS: Final = (0.0, 0.05, 1.0, 10.0, 60.0)
LOSES_POWER: Final = 0.6


@dataclass(slots=True)
class Ground:
    """What a process stands on, and what stays when it dies; `ahead` is how wrong its clock is."""

    loop: SimulatedLoop
    tape: Tape
    network: Network
    path: Path
    books: Books
    settings: Settings
    seed: int
    disk: Disk
    ahead: timedelta = field(default=timedelta(0))

    def clock(self) -> datetime:
        """The machine's wall clock."""
        return self.loop.clock() + self.ahead


class SwitchProcess:
    """One process of the switch at a time; `number` tells which."""

    def __init__(self, ground: Ground, host: Host) -> None:
        self._ground = ground
        self._host = host
        self._ids = stream(ground.seed, "ids")
        self._store: SqliteStore | None = None
        self.reaper: Reaper | None = None
        self.number = 0
        self.failures: list[str] = []

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

    def kill(self, why: str, *, torn: Random | None = None, power: bool = False) -> None:
        """End this process as SIGKILL does, or with `power` the machine that it runs on."""
        ground, disk = self._ground, self._ground.disk.power
        power = power or (disk is not None and disk.is_off)
        ground.tape.note("death", f"{self.number} {why}{' and power' if power else ''}")
        ground.loop.kill(self.number)
        ground.network.bury(self._host)
        if disk is not None:
            disk.lose_power_at(0, _nothing)
            disk.is_off = power
        if self._store is not None:
            drop(self._store)
            self._store = None
        if disk is not None and power:
            ground.books.close()
            disk.lose_power(torn=torn)

    def close(self) -> None:
        """Let the file go, at the end of the world."""
        if self._store is not None:
            drop(self._store)
            self._store = None

    async def _boot(self) -> None:
        ground = self._ground
        self._store = ground.disk.open_store(ground.path, ground.loop, ground.clock)
        around = Surroundings(
            clock=ground.clock,
            random_bits=self._ids.getrandbits,
            outbound=ground.network.line_of(self._host.name),
            store=self._store,
        )
        try:
            switch, _ = await open_switch(ground.settings, around)
        except (StoreUnavailable, apsw.IOError):  # its disk is full, or does not sync
            ground.network.later(
                RESTART_SECONDS, partial(self._start_again, self.number, "cannot start")
            )
            return
        except Exception as error:
            self.failures.append(f"boot {self.number}: {error!r}")
            raise
        without_threads(switch)
        self._host.app = front_door(switch, ground.settings)
        ground.tape.note("up", f"{self.number}")

    def disk_failed(self, _: str) -> None:
        """The store ends the process; a supervisor starts the next one after a while."""
        number = self.number
        self._ground.loop.interrupt(lambda: self._start_again(number, "disk failed"))

    def _start_again(self, number: int, why: str) -> None:
        """What a supervisor does with a process that ended by itself."""
        if number == self.number and self._store is not None:
            self.kill(why)
            self.boot()


class Reaper:
    """Decides at which moments the process dies, and when its successor boots.

    `in_a_row`: it dies again as soon as it can, so many times (F-P03).
    """

    def __init__(
        self, process: SwitchProcess, ground: Ground, *, deaths: int, in_a_row: bool
    ) -> None:
        self._process = process
        self._ground = ground
        self._random = stream(ground.seed, "death")
        self._left = deaths
        self._in_a_row = in_a_row
        self._waits_for = ""
        self._count = 0
        self.deaths: dict[str, int] = {}

    def rest(self) -> None:
        """Nobody dies any more."""
        self._left = 0
        self._waits_for = ""
        if self._ground.disk.power is not None:
            self._ground.disk.power.lose_power_at(0, _nothing)

    def look_for_prey(self) -> None:
        """Choose the moment at which the process that now boots will die, if it will."""
        if self._left <= 0:
            return
        power = self._ground.disk.power
        moment = self._random.choice(list(MOMENTS))
        if power is not None and self._random.random() < 0.3:
            moment = "write"
        most = 12 if self._in_a_row else MOMENTS.get(moment, WRITES_MAX)
        self._waits_for = moment
        self._count = _few_or_many(self._random, most)
        if moment == "write" and power is not None:
            loop = self._ground.loop
            power.lose_power_at(self._count, lambda: loop.interrupt(self._strike))
        elif moment in ("step", "boot"):
            self._ground.loop.doom(self._process.number, steps=self._count, then=self._strike)

    def happened(self, moment: str) -> None:
        """Something happened that a death may be counted from."""
        if moment != self._waits_for:
            return
        self._count -= 1
        if self._count == 0:
            self._ground.loop.interrupt(self._strike)

    def _strike(self) -> None:
        power = self._ground.disk.power
        is_off = power is not None and power.is_off
        if self._left <= 0 and not is_off:
            return
        moment, self._waits_for = self._waits_for or "write", ""
        self._left -= 1
        loses = is_off or (power is not None and self._random.random() < LOSES_POWER)
        name = f"{moment} without power" if loses else moment
        self.deaths[name] = self.deaths.get(name, 0) + 1
        torn = self._random if loses and self._random.random() < 0.5 else None
        self._process.kill(moment, torn=torn, power=loses)
        pause = 0.05 if self._in_a_row else self._random.choice(PAUSES_SECONDS)
        self._ground.network.later(pause, self._process.boot)


def _nothing() -> None:
    """For a disk that loses no power."""


def _few_or_many(random: Random, most: int) -> int:
    """Small numbers as often as large ones: deaths close together find other mistakes."""
    return max(1, int(most ** random.random()))
