"""Writes that nobody must wait for without end: books may be silent, too (F-D04).

While a commit waits for a standby that is lost, the database answers questions and takes no write.
Whoever has to tell people of it goes on.
"""

import asyncio
from typing import Final

from cross.domain.errors import SwitchUnavailable
from cross.storage.store import Verdict, Write
from cross.switch.recorder import Recorder

SECONDS: Final = 5.0  # money-safety.md, F-D04


async def record(recorder: Recorder, write: Write) -> Verdict:
    """A watcher's; raises `SwitchUnavailable`, and also where there is no verdict in time.

    Then it may come to be written yet: only for what may be written twice.
    """
    try:
        async with asyncio.timeout(SECONDS):
            return await recorder.record(write)
    except TimeoutError:
        raise SwitchUnavailable from None
