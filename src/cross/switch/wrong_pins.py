"""Wrong PINs: a number that mistyped its PIN five times today is asked no more (S-WEB-10, F-S17).

Operators lock a wallet at the third one in a row: whoever has a stranger's number asked again and
again would lock the stranger out. Counted across merchants, by what this process saw and by what
the books say of the others; a day is the calendar's, in UTC.
"""

from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Final

from cross.clock import monotonic_seconds
from cross.domain.admission_refusals import TooManyWrongPins
from cross.domain.ids import COLLECTION, TRANSFER, ulid
from cross.domain.movement import Movement
from cross.domain.operator import RefusalCode
from cross.storage import admission as stored
from cross.storage.store import Reader, StoreUnavailable

MOST_A_DAY: Final = 5  # money-safety.md, S-WEB-10

LOOK_SECONDS: Final = 60.0
LATE: Final = timedelta(minutes=15)
"""So long after it was accepted a movement may fail of a PIN: prompts end long before."""

_END: Final = "~"  # above every letter of an id


class WrongPins:
    """By wallet, the movements of today whose payer got the PIN wrong."""

    def __init__(self) -> None:
        self._day = datetime.min.replace(tzinfo=UTC)
        self._by_wallet: dict[tuple[str, str], dict[str, None]] = {}
        self._looked_at_seconds: float | None = None

    def note(self, movement: Movement) -> None:
        """Counts a movement that has just ended, where it failed of that."""
        leg = movement.legs[0]
        if leg.failure is None or leg.msisdn is None:
            return
        if leg.failure.code == RefusalCode.WRONG_PIN:
            self._turn(movement.updated_at)
            self._add(movement.id, (leg.operator, leg.msisdn.e164))

    def require_few(self, wallet: tuple[str, str], *, at: datetime) -> None:
        """Raises `TooManyWrongPins`."""
        if not self._by_wallet:
            return
        self._turn(at)
        if len(self._by_wallet.get(wallet, ())) >= MOST_A_DAY:
            left_seconds = (self._day + timedelta(days=1) - at).total_seconds()
            raise TooManyWrongPins(retry_after_seconds=max(1, ceil(left_seconds)))

    async def look(self, reader: Reader, now: datetime) -> None:
        """Once a minute: what others saw; the first time, all of today."""
        looked, now_seconds = self._looked_at_seconds, monotonic_seconds()
        if looked is not None and now_seconds < looked + LOOK_SECONDS:
            return
        self._looked_at_seconds = now_seconds
        self._turn(now)
        since = self._day if looked is None else max(self._day, now - LATE)
        first = ulid(at=since, random_bits=0)
        try:
            for prefix in (COLLECTION, TRANSFER):
                bounds = {"first": f"{prefix}_{first}", "until": f"{prefix}_{_END}"}
                for one in await stored.mistyped(reader, **bounds):
                    self._add(one.movement, (one.operator, one.msisdn))
        except StoreUnavailable:
            self._looked_at_seconds = looked

    def _add(self, movement: str, wallet: tuple[str, str]) -> None:
        self._by_wallet.setdefault(wallet, {})[movement] = None

    def _turn(self, at: datetime) -> None:
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        if day > self._day:
            self._day = day
            self._by_wallet.clear()
