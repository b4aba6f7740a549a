"""The disk: the real SQLite store, on threads that are simulated so that death can fall between."""

import asyncio
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from cross.clock import Clock
from cross.storage.sqlite import SqliteStore
from cross.storage.store import StoreUnavailable
from tests.power_loss import PowerLossDisk
from tests.simulation.families import SLOW_SYNC_SECONDS
from tests.simulation.loop import SimulatedLoop

T = TypeVar("T")


class SimulatedThread:
    """Runs blocking work one after the other; each takes a while, and so does its answer.

    `after` is called once work is done, a while before anybody is told: where a death hurts most;
    without it, for readers, the answer is told at once. While
    the disk `is_full` nothing is done, and whoever asked is told so (F-D13).
    """

    def __init__(
        self,
        loop: SimulatedLoop,
        random: Random,
        *,
        seconds: Callable[[], float],
        after: Callable[[], None] | None = None,
        is_full: Callable[[], bool] = lambda: False,
    ) -> None:
        self._loop = loop
        self._random = random
        self._seconds = seconds
        self._after = after
        self._is_full = is_full
        self._waiting: deque[tuple[Callable[[], Any], asyncio.Future[Any]]] = deque()
        self._busy = False

    async def __call__(self, work: Callable[[], T], /) -> T:
        """The result; once begun, work is not abandoned by who waits for it."""
        done: asyncio.Future[T] = self._loop.create_future()
        self._waiting.append((work, done))
        if not self._busy:
            self._busy = True
            self._loop.call_later(self._pause(), self._work)
        return await done

    def _work(self) -> None:
        work, done = self._waiting.popleft()
        try:
            answer = _told(done, _refuse() if self._is_full() else work())
        except Exception as error:  # noqa: BLE001  whatever it is, the caller gets it
            answer = _failed(done, error)
        if self._after is None:
            answer()
        else:
            self._after()
            self._loop.call_later(self._pause(), answer)
        if self._waiting:
            self._loop.call_later(self._pause(), self._work)
        else:
            self._busy = False

    def _pause(self) -> float:
        return self._random.random() * self._seconds()


def _refuse() -> Any:
    raise StoreUnavailable("database or disk is full")


def _told(done: "asyncio.Future[T]", result: T) -> Callable[[], None]:
    return lambda: None if done.done() else done.set_result(result)


def _failed(done: "asyncio.Future[Any]", error: Exception) -> Callable[[], None]:
    return lambda: None if done.done() else done.set_exception(error)


@dataclass(slots=True)
class Disk:
    """One machine's disk: how slow it is, whether it is full, and whether power may be lost.

    `committed` is called after each commit, before anybody is told of it, and `lost` where a sync
    failed: the process ends there (F-D14).
    """

    random: Random
    seconds: float
    synchronous: str
    power: PowerLossDisk | None
    is_full: bool = False
    syncs_slowly: bool = False
    committed: Callable[[], None] = lambda: None
    lost: Callable[[str], None] = lambda _: None

    def open_store(self, path: Path, loop: SimulatedLoop, clock: Clock) -> SqliteStore:
        """A store on that file."""

        def written() -> None:
            if self.power is None or not self.power.is_off:
                self.committed()

        writer = SimulatedThread(
            loop,
            self.random,
            seconds=lambda: SLOW_SYNC_SECONDS if self.syncs_slowly else self.seconds,
            after=written,
            is_full=lambda: self.is_full,
        )
        reader = SimulatedThread(loop, self.random, seconds=lambda: self.seconds / 4)
        return SqliteStore(
            path,
            clock=clock,
            writer=writer,
            reader=reader,
            synchronous=self.synchronous,
            lost=self.lost,
        )


def drop(store: SqliteStore) -> None:
    """What the machine does when the process is gone: connections and the lock are let go."""
    for name in ("_read", "_write"):
        connection = getattr(store, name, None)
        if connection is not None:
            connection.close(True)  # noqa: FBT003  apsw: whatever is going on in it
    lock: int | None = store._lock
    if lock is not None:
        os.close(lock)
