"""Writes that nobody must wait for without end: books may be silent, too (F-D04).

While a commit waits for a standby that is lost, the database answers questions and takes no write.
Whoever has to tell people of it goes on.
"""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from cross.domain.errors import SwitchUnavailable
from cross.storage.store import Verdict, Write
from cross.switch.recorder import Recorder

SECONDS: Final = 5.0  # money-safety.md, F-D04
T = TypeVar("T")


async def record(recorder: Recorder, write: Write) -> Verdict:
    """A watcher's; raises `SwitchUnavailable`, and also where there is no verdict in time.

    Then it may come to be written yet: only for what may be written twice.
    """
    return await told(recorder.record(write), SwitchUnavailable, seconds=SECONDS)


async def told(answer: asyncio.Future[T], late: Callable[[], Exception], *, seconds: float) -> T:
    """What the answer is; where there is none in time, it is that error from then on.

    By hand, for every movement and every callback comes this way: a timer is a third of a
    `timeout`.
    """

    def give_up() -> None:
        if not answer.done():
            answer.set_exception(late())

    timer = asyncio.get_running_loop().call_later(seconds, give_up)
    try:
        return await answer
    finally:
        timer.cancel()
