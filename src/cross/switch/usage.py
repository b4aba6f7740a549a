"""Usage: what the books and other processes say of what was moved in the windows that are now.

At the start it is read from the books whole. From then on this process counts its own movements as
it accepts them, and reads those of others about once a second, where there are others: so that
processes agree within seconds. What others accepted meanwhile is what a limit may be passed by.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from cross.domain.ids import COLLECTION, PAYOUT, REFUND, TRANSFER, ulid
from cross.domain.limits import Of
from cross.domain.movement import MovementKind
from cross.storage import usage as stored
from cross.storage.rows import micros
from cross.storage.store import Reader
from cross.storage.usage import Moved, Span
from cross.switch.velocity import Meter, Subject, Velocity

OVERLAP: Final = timedelta(seconds=10)
"""So late may a movement be seen in the books: clocks differ, and a commit takes its time."""

_PREFIXES: Final = {
    MovementKind.TRANSFER: TRANSFER,
    MovementKind.COLLECTION: COLLECTION,
    MovementKind.PAYOUT: PAYOUT,
    MovementKind.REFUND: REFUND,
}
_END: Final = "~"  # above every letter of an id


class Usage:
    """What this process has read of others' movements."""

    def __init__(self, reader: Reader, velocity: Velocity) -> None:
        self._reader = reader
        self._velocity = velocity
        self._seen: dict[str, datetime] = {}
        self._from = datetime.fromtimestamp(0, UTC)

    async def begin(self, now: datetime) -> None:
        """At the start: everything in the windows that are now, whoever accepted it."""
        self._from = now - OVERLAP
        await self.load(self._velocity.meters.values(), now, until=self._from)
        await self._read(now, besides=0)

    async def load(
        self, meters: Iterable[Meter], now: datetime, *, until: datetime | None = None
    ) -> None:
        """What the books hold for meters that have counted nothing yet of what was before."""
        now_seconds = int(now.timestamp())
        for meter in meters:
            if not meter.seconds:
                continue
            meter.turn(now_seconds)
            window = meter.window
            since = _begun(meter)
            for kind in MovementKind:
                span = _span(kind, since, until or now)
                for used in await stored.used(self._reader, meter.limit, kind, span):
                    if meter.window == window:
                        meter.add(_subject(meter, *used[:3]), used.used)

    async def catch_up(self, now: datetime, *, owner: int) -> None:
        """What others have accepted since the last look."""
        if await stored.others(self._reader, besides=owner, now=micros(now)):
            await self._read(now, besides=owner)

    async def _read(self, now: datetime, *, besides: int) -> None:
        since = max(self._from, now - 2 * OVERLAP)
        self._velocity.turn(int(now.timestamp()))
        begun = {meter: _stem(_begun(meter)) for meter in self._velocity.meters.values()}
        fresh: dict[str, datetime] = {}
        for prefix in _PREFIXES.values():
            span = Span(f"{prefix}_{_stem(since)}", f"{prefix}_{_END}")
            for moved in await stored.moved(self._reader, span, besides=besides):
                if moved.movement not in self._seen:
                    fresh[moved.movement] = now
                    self._count(moved, begun)
        self._seen |= fresh
        gone = [one for one, at in self._seen.items() if now - at > 3 * OVERLAP]
        for one in gone:
            del self._seen[one]

    def _count(self, moved: Moved, begun: Mapping[Meter, str]) -> None:
        made = moved.movement.partition("_")[2]
        for meter, first in begun.items():
            limit = meter.limit
            if made < first:
                continue
            if not meter.seconds or limit.leg_of(moved.kind) is not moved.leg:
                continue
            if limit.currency not in (None, moved.currency):
                continue
            if limit.of is not Of.MERCHANT and not moved.msisdn:
                continue
            more = 1 if limit.currency is None else moved.amount
            meter.add(_subject(meter, moved.merchant, moved.operator, moved.msisdn), more)


def _subject(meter: Meter, merchant: str, operator: str, msisdn: str) -> Subject:
    return merchant if meter.limit.of is Of.MERCHANT else (merchant, operator, msisdn)


def _begun(meter: Meter) -> datetime:
    """When the window that is now began; long ago for what has none."""
    return datetime.fromtimestamp(meter.window * meter.seconds, UTC)


def _span(kind: MovementKind, since: datetime, until: datetime) -> Span:
    prefix = _PREFIXES[kind]
    return Span(f"{prefix}_{_stem(since)}", f"{prefix}_{_stem(until)}")


def _stem(at: datetime) -> str:
    """The lowest id of a moment."""
    return ulid(at=at, random_bits=0)
