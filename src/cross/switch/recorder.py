"""The recorder: everything that commits goes through it, and what is ready together commits once.

While one batch is being committed the next one gathers, and starts the moment that one is done: a
batch waits for nothing else, so that the books work while the event loop does. A caller that goes
away stops nothing.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import structlog

from cross.clock import monotonic_seconds
from cross.domain.errors import SwitchUnavailable
from cross.storage.store import Store, StoreUnavailable, Verdict, Write
from cross.switch.measures import COUNT_BOUNDS, Spread

BATCH_MAX: Final = 512

log = structlog.get_logger("cross.recorder")
Batch: TypeAlias = Sequence[tuple[Write, asyncio.Future[Verdict]]]


class Recorder:
    """Group commit for one process. `start` it within a running loop; `stop` drains it.

    `wait` is how long the oldest write of each batch waited for it to begin, `commit` how long the
    batch then took. `listeners` are told of each batch once it is durable.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[Write, asyncio.Future[Verdict]]] = []
        self._filled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._waiting_since_seconds = 0.0
        self._committing_since_seconds: float | None = None
        self.listeners: list[Callable[[Sequence[Write]], None]] = []
        self.batches = 0
        self.writes = 0
        self.writes_a_batch = Spread(COUNT_BOUNDS)
        self.wait, self.commit = Spread(), Spread()

    def start(self) -> None:
        """Begins to commit what comes."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="recorder")

    async def stop(self) -> None:
        """Commits what is waiting, then ends."""
        self._stopping = True
        self._filled.set()
        if self._task is not None:
            await self._task

    @property
    def waiting(self) -> int:
        """How many writes wait for their batch to begin."""
        return len(self._waiting)

    def delay_seconds(self) -> float:
        """How long the oldest write that is not durable yet has waited; 0 where there is none."""
        since_seconds = self._committing_since_seconds
        if since_seconds is None:
            if not self._waiting:
                return 0.0
            since_seconds = self._waiting_since_seconds
        return monotonic_seconds() - since_seconds

    def record(self, write: Write) -> asyncio.Future[Verdict]:
        """The verdict on a write, once it is durable; raises `SwitchUnavailable` if none could be.

        After `SwitchUnavailable` nothing of the write is in the books.
        """
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Verdict] = loop.create_future()
        if not self._waiting:
            self._waiting_since_seconds = loop.time()
        self._waiting.append((write, outcome))
        self._filled.set()
        return outcome

    async def _run(self) -> None:
        while True:
            if not self._waiting:
                if self._stopping:
                    return
                self._filled.clear()
                await self._filled.wait()
            batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
            if batch:
                await self._commit(batch)

    async def _commit(self, batch: Batch) -> None:
        self.batches += 1
        self.writes += len(batch)
        began_at = monotonic_seconds()
        self._committing_since_seconds = self._waiting_since_seconds
        self.writes_a_batch.add(len(batch))
        self.wait.add(began_at - self._waiting_since_seconds)
        try:
            verdicts = await self._store.record([write for write, _ in batch])
        except StoreUnavailable:
            _tell(batch, SwitchUnavailable())
            return
        except Exception as mistake:
            log.exception("commit_broken")  # its callers are told, and the next commit goes on
            _tell(batch, mistake)
            return
        finally:
            self._committing_since_seconds = None
            self.commit.add(monotonic_seconds() - began_at)
        for (_, outcome), verdict in zip(batch, verdicts, strict=True):
            if not outcome.done():
                outcome.set_result(verdict)
        if self.listeners:
            saved = [write for write, _ in batch]
            for listener in self.listeners:
                listener(saved)


def _tell(batch: Batch, error: Exception) -> None:
    for _, outcome in batch:
        if not outcome.done():
            outcome.set_exception(error)
