"""An event loop whose time is virtual, whose order is the seed's, and whose processes can die.

Nothing waits: when nobody is ready the clock jumps to the next timer. Every callback belongs to a
process, told by the context it was made in; of a process that was killed nothing ever runs again.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from contextvars import Context, ContextVar
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, TypeVar

START: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""The date and time at which every simulated world begins."""

WORLD: Final = 0
"""The process number of all that never dies: network, operators, merchants."""

PROCESS: Final[ContextVar[int]] = ContextVar("process", default=WORLD)
"""Which process the running callback belongs to."""

_CLOSINGS_MAX: Final = 8


class Deadlock(Exception):
    """Everybody waits, and nothing will ever happen."""


class SimulatedLoop(asyncio.BaseEventLoop):
    """One thread, one virtual clock; `steps` counts callbacks run, of all processes."""

    _ready: deque[asyncio.Handle]

    def __init__(self, order: Random, *, in_turn: bool = False) -> None:
        super().__init__()
        self._now_seconds = 0.0
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._timers_made = 0
        self._order = order
        self._in_turn = in_turn
        self._dead: dict[int, None] = {}
        self._tasks: list[asyncio.Task[Any]] = []
        self._buried: list[asyncio.Handle] = []
        self._doomed = WORLD
        self._steps_left = 0
        self._on_doom: Callable[[], None] | None = None
        self._interruption: Callable[[], None] | None = None
        self.steps = 0
        self.set_task_factory(self._make_task)  # type: ignore[arg-type]

    def time(self) -> float:
        """Virtual seconds since the start."""
        return self._now_seconds

    def clock(self) -> datetime:
        """The virtual date and time."""
        return START + timedelta(seconds=self._now_seconds)

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callable[..., Any],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """A timer; kept beside its time, so that no Python code compares two of them."""
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._timers_made += 1
        heapq.heappush(self._timers, (when, self._timers_made, timer))
        return timer

    def call_later(  # type: ignore[override]
        self,
        delay: float,
        callback: Callable[..., Any],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """A timer, from now."""
        return self.call_at(self._now_seconds + delay, callback, *args, context=context)

    def kill(self, process: int) -> None:
        """From now on nothing of that process runs: no step, no timer, no `finally`."""
        self._dead[process] = None
        self._ready, of_the_dead = _parted(self._ready, process)
        theirs = [timer for timer in self._timers if _process_of(timer[2]) == process]
        self._buried += [*of_the_dead, *(timer[2] for timer in theirs)]
        self._timers = [timer for timer in self._timers if _process_of(timer[2]) != process]
        heapq.heapify(self._timers)

    def doom(self, process: int, *, steps: int, then: Callable[[], None]) -> None:
        """Call `then` after so many more steps of that process, between two of its steps."""
        self._doomed, self._steps_left, self._on_doom = process, steps, then

    def interrupt(self, then: Callable[[], None]) -> None:
        """Call `then` as soon as the callback that now runs has ended, before any other."""
        self._interruption = then

    def dispose(self) -> None:
        """End for good: close every coroutine that still waits, dead or not, and say nothing."""
        self.set_exception_handler(lambda _, __: None)
        for task in self._tasks:
            if not task.done():
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                _close(task.get_coro())
            elif not task.cancelled():
                task.exception()
        self.close()
        self._tasks.clear()
        self._timers.clear()
        self._buried.clear()

    def _make_task(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Any],
        context: Context | None = None,
        **named: Any,
    ) -> asyncio.Task[Any]:
        task = asyncio.Task(work, loop=loop, context=context, **named)
        self._tasks.append(task)
        return task

    def _run_once(self) -> None:
        if self._interruption is not None:
            then, self._interruption = self._interruption, None
            then()
        self._wake_what_is_due()
        handle = self._next_ready()
        if handle is None or handle.cancelled():
            return
        process = _process_of(handle)
        if process in self._dead:
            self._buried.append(handle)
            return
        self.steps += 1
        handle._run()
        if process == self._doomed and self._on_doom is not None:
            self._count_down(self._on_doom)

    def _wake_what_is_due(self) -> None:
        timers = self._timers
        while timers and timers[0][2].cancelled():
            heapq.heappop(timers)
        if not self._ready:
            if not timers:
                raise Deadlock
            self._now_seconds = max(self._now_seconds, timers[0][0])
        while timers and timers[0][0] <= self._now_seconds:
            self._ready.append(heapq.heappop(timers)[2])

    def _next_ready(self) -> asyncio.Handle | None:
        ready = self._ready
        count = len(ready)
        if count > 1 and not self._in_turn:
            place = int(self._order.random() * count)
            ready[0], ready[place] = ready[place], ready[0]
        return ready.popleft() if count else None

    def _count_down(self, then: Callable[[], None]) -> None:
        self._steps_left -= 1
        if self._steps_left <= 0:
            self._on_doom = None
            then()

    def _write_to_self(self) -> None:
        """Nothing to wake: this loop never sleeps."""


Some = TypeVar("Some", bound=asyncio.Handle)


def _parted(queue: Iterable[Some], process: int) -> tuple[deque[Some], list[Some]]:
    kept: deque[Some] = deque()
    taken: list[Some] = []
    for handle in queue:
        (taken if _process_of(handle) == process else kept).append(handle)
    return kept, taken


def _process_of(handle: asyncio.Handle) -> int:
    context: Context = handle._context  # type: ignore[attr-defined]
    return context.get(PROCESS, WORLD)


def _close(work: Any) -> None:
    """Runs what `finally` blocks are left; what they raise concerns nobody any more."""
    for _ in range(_CLOSINGS_MAX):
        try:
            work.close()
        except BaseException:  # noqa: BLE001, S112
            continue
        return
