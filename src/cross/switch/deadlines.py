"""Deadlines: until when a caller, or an operator that calls back, is told something (F-D04).

What was begun goes on; that its answer was late is no failure of it.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
Until: TypeAlias = tuple[float, asyncio.Future[Any], Callable[[], Exception]]
"""When an answer is late, which one, and the error that it is then."""


class Deadlines:
    """Answers of which each is given as long as the others: who began first is late first.

    One timer for all of them, for every movement and every callback comes this way.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: deque[Until] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def of(self, answer: asyncio.Future[T], late: Callable[[], Exception]) -> asyncio.Future[T]:
        """The answer; where there is none in time, it is that error from then on."""
        loop, waiting = asyncio.get_running_loop(), self._waiting
        while waiting and waiting[0][1].done():
            waiting.popleft()
        waiting.append((loop.time() + self._seconds, answer, late))
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._look)
        return answer

    def _look(self) -> None:
        loop, waiting = asyncio.get_running_loop(), self._waiting
        while waiting and (waiting[0][1].done() or waiting[0][0] <= loop.time()):
            _, answer, late = waiting.popleft()
            if not answer.done():
                answer.set_exception(late())
        again = loop.call_later(waiting[0][0] - loop.time(), self._look) if waiting else None
        self._timer = again
