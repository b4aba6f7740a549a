"""How late the event loop is: what everybody in this process waits for (F-Y03)."""

import asyncio
from typing import Final

from cross.clock import monotonic_seconds
from cross.switch.measures import Spread

EVERY_SECONDS: Final = 0.5


async def watch(lags: Spread) -> None:
    """Twice a second, until cancelled."""
    while True:
        due_at = monotonic_seconds() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        lags.add(max(0, monotonic_seconds() - due_at))
