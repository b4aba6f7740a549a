"""Cancels a piece of work at its n-th wait, exactly as `Task.cancel` does (F-Y01)."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class CanceledAt(Generic[T]):
    """Awaits the work, and cancels the task that does so at the work's n-th wait.

    `waits` counts how often it waited: once it ended by itself with fewer, there is no n-th.
    """

    def __init__(self, work: Coroutine[Any, Any, T], *, at: int) -> None:
        self._work = work
        self._at = at
        self.waits = 0

    def __await__(self) -> Generator[Any, Any, T]:
        """Passes on what the work waits for, one by one."""
        step: Callable[[], Any] = lambda: self._work.send(None)  # noqa: E731  replaced below
        while True:
            try:
                waited = step()
            except StopIteration as end:
                result: T = end.value
                return result
            self.waits += 1
            if self.waits == self._at:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                yield waited
            except BaseException as error:  # noqa: BLE001  the work's own to hear
                step = _thrower(self._work, error)
            else:
                step = lambda: self._work.send(None)  # noqa: E731  as above


def _thrower(work: Coroutine[Any, Any, Any], error: BaseException) -> Callable[[], Any]:
    return lambda: work.throw(error)


async def canceled_at(work: Coroutine[Any, Any, T], at: int) -> T | None:
    """The result of work that is canceled at its n-th wait; None where that ended it."""
    watched = CanceledAt(work, at=at)

    async def waiting() -> T:
        return await watched

    try:
        return await asyncio.get_running_loop().create_task(waiting())
    except asyncio.CancelledError:
        assert watched.waits >= at
        return None


async def sweep(one: Callable[[int], Awaitable[bool]], *, most: int = 200) -> int:
    """Does it again with a cancellation one wait later each time, until it ends by itself.

    `one` tells whether the work came to its own end; how many waits were canceled is the result.
    """
    for at in range(1, most):
        if await one(at):
            return at - 1
    raise AssertionError(f"more than {most} waits")
