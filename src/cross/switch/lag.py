"""How late the event loop is: what everybody in this process waits for (F-Y03)."""

import asyncio
from typing import Final

from cross.clock import monotonic_seconds
from cross.switch.measures import Measures

EVERY_SECONDS: Final = 0.5


async def watch(measures: Measures) -> None:
    """Twice a second, until cancelled."""
    while True:
        due_at = monotonic_seconds() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        measures.lag_seconds = max(0, monotonic_seconds() - due_at)
        measures.loop_lag.add(measures.lag_seconds)
