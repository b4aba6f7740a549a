"""The lease: which process may act on which movement, told by a number that only rises (I-26).

The number decides, in the condition of every update; the time only tells when to stop sending.
"""

import asyncio
from typing import Final

import structlog

from cross.clock import monotonic_seconds
from cross.storage.store import Store, StoreUnavailable

RENEWALS_PER_LEASE: Final = 3
RETRY_SECONDS: Final = 1.0
"""After a renewal that the books did not answer: a lease must not end between two full disks."""

log = structlog.get_logger("cross.lease")


class Lease:
    """This process's right to act, renewed while it lives."""

    def __init__(self, store: Store, *, name: str, seconds: float) -> None:
        self._store = store
        self._name = name
        self._seconds = seconds
        self._held_until = 0.0
        self.owner = 0

    async def begin(self) -> None:
        """Takes a new number, higher than any before."""
        asked_at = monotonic_seconds()
        self.owner = await self._store.enlist(name=self._name, lease_seconds=self._seconds)
        self._held_until = asked_at + self._seconds

    @property
    def is_held(self) -> bool:
        """Whether it was renewed recently enough for nobody else to have taken over (F-P05)."""
        return monotonic_seconds() < self._held_until

    async def keep(self) -> None:
        """Renews until cancelled; ends when another process has taken over: then `begin` anew."""
        pause = usual = self._seconds / RENEWALS_PER_LEASE
        while True:
            await asyncio.sleep(pause)
            held = await self._renewed()
            pause = usual if held else min(usual, RETRY_SECONDS)
            if held is False:
                self._held_until = 0.0
                log.error("lease_lost", owner=self.owner)
                return

    async def _renewed(self) -> bool | None:
        """None: not known to be lost, and `is_held` ends by itself."""
        asked_at = monotonic_seconds()
        try:
            held = await self._store.renew(self.owner, lease_seconds=self._seconds)
        except StoreUnavailable:
            return None
        if held:
            self._held_until = asked_at + self._seconds
        return held
