"""The disk: the real SQLite store, on threads that are simulated so that death can fall between."""

import asyncio
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from cross.storage.sqlite import SqliteStore
from cross.storage.store import StoreUnavailable
from tests.simulation.loop import SimulatedLoop

T = TypeVar("T")


class SimulatedThread:
    """Runs blocking work one after the other; each takes a while, and so does its answer.

    `after` is called once work is done, before anybody is told: where a death hurts most. While
    the disk `is_full` nothing is done, and whoever asked is told so (F-D13).
    """

    def __init__(
        self,
        loop: SimulatedLoop,
        random: Random,
        *,
        seconds: float,
        after: Callable[[], None] = lambda: None,
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
        self._after()
        self._loop.call_later(self._pause(), answer)
        if self._waiting:
            self._loop.call_later(self._pause(), self._work)
        else:
            self._busy = False

    def _pause(self) -> float:
        return self._random.random() * self._seconds


def _refuse() -> Any:
    raise StoreUnavailable("database or disk is full")


def _told(done: "asyncio.Future[T]", result: T) -> Callable[[], None]:
    return lambda: None if done.done() else done.set_result(result)


def _failed(done: "asyncio.Future[Any]", error: Exception) -> Callable[[], None]:
    return lambda: None if done.done() else done.set_exception(error)


@dataclass(frozen=True, slots=True)
class Disk:
    """How the disk is: how slow, what happens at a commit, and whether it is full."""

    random: Random
    seconds: float
    committed: Callable[[], None]
    is_full: Callable[[], bool]


def open_store(path: Path, loop: SimulatedLoop, disk: Disk) -> SqliteStore:
    """A store on that file. Synchronous is off: a process dies here, never the machine."""
    return SqliteStore(
        path,
        clock=loop.clock,
        writer=SimulatedThread(
            loop, disk.random, seconds=disk.seconds, after=disk.committed, is_full=disk.is_full
        ),
        reader=SimulatedThread(loop, disk.random, seconds=disk.seconds / 4),
        synchronous="OFF",
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
