"""The simulators' own time: the clock they were given, moved ahead on demand, and one queue."""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from cross.clock import Clock

Action: TypeAlias = Callable[[], object]

_EARLY_SECONDS: Final = 1e-6  # an event loop may wake a timer early by its clock's resolution


class Timers:
    """Everything that any simulated operator does later is in this one queue, in order of time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead_seconds = 0.0
        self._queue: list[tuple[float, int, Action]] = []
        self._serials = itertools.count()
        self._wake_up: asyncio.TimerHandle | None = None
        self._tasks: dict[asyncio.Task[None], None] = {}

    def now(self) -> datetime:
        """The simulators' date and time, in UTC."""
        if not self._ahead_seconds:
            return self._clock()
        return self._clock() + timedelta(seconds=self._ahead_seconds)

    def given_now(self) -> datetime:
        """The clock as it was given, without what was skipped: the time that clients live in."""
        return self._clock()

    def seconds(self) -> float:
        """The simulators' seconds: for durations, never set back."""
        return asyncio.get_running_loop().time() + self._ahead_seconds

    def after(self, seconds: float, action: Action) -> None:
        """Do this so many seconds from now."""
        due = self.seconds() + seconds
        heapq.heappush(self._queue, (due, next(self._serials), action))
        if self._queue[0][0] == due:
            self._wake_when_due()

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds of the simulators' clock."""
        woken = asyncio.get_running_loop().create_future()
        self.after(seconds, lambda: None if woken.done() else woken.set_result(None))
        await woken

    def advance(self, seconds: float) -> None:
        """Move the clock ahead, doing on the way what falls due, each at its own time."""
        target = self._ahead_seconds + seconds
        loop_seconds = asyncio.get_running_loop().time()
        while self._queue and self._queue[0][0] <= loop_seconds + target:
            due, _, action = heapq.heappop(self._queue)
            self._ahead_seconds = max(self._ahead_seconds, due - loop_seconds)
            action()
        self._ahead_seconds = target
        self._wake_when_due()

    def start(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run this beside everything else, and keep hold of it until it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = None
        task.add_done_callback(self._ended)
        return task

    async def settle(self) -> None:
        """Wait until nothing that was started is still running; timers not yet due stay."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    def clear(self) -> None:
        """Forget all that is to come, and stand at the clock's own time again."""
        self._queue.clear()
        self._ahead_seconds = 0.0
        self._wake_when_due()
        for task in list(self._tasks):
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            task.get_loop().call_exception_handler(
                {"message": "a simulated operator failed", "exception": error, "task": task}
            )

    def _wake_when_due(self) -> None:
        if self._wake_up is not None:
            self._wake_up.cancel()
            self._wake_up = None
        if self._queue:
            delay = max(0.0, self._queue[0][0] - self.seconds())
            self._wake_up = asyncio.get_running_loop().call_later(delay, self._do_what_is_due)

    def _do_what_is_due(self) -> None:
        self._wake_up = None
        while self._queue and self._queue[0][0] <= self.seconds() + _EARLY_SECONDS:
            _, _, action = heapq.heappop(self._queue)
            action()
        self._wake_when_due()
