"""What only the books know of how things stand, asked of indexes over what is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cross.storage.rows import moment
from cross.storage.store import Row, Store

_OPEN: Final = (
    "SELECT kind, status, count(*), count(attention), min(created_at) FROM movements"
    " WHERE is_final = 0 GROUP BY kind, status ORDER BY kind, status"
)
_UNKNOWN: Final = (
    "SELECT l.operator, count(*), min(l.sent_at) FROM movements m"
    " JOIN legs l ON l.movement = m.id"
    " WHERE m.is_final = 0 AND l.status = 'unknown' GROUP BY l.operator ORDER BY l.operator"
)
_FLOATS: Final = (
    "SELECT name, currency, balance FROM accounts WHERE merchant IS NULL"
    " AND (name LIKE 'float:%' OR name LIKE 'reserved:%') ORDER BY name, currency"
)
_CALLBACKS: Final = "SELECT count(*), min(received_at) FROM callbacks WHERE waiting = 1"
_BREAKS: Final = "SELECT count(*) FROM breaks WHERE state = 'open'"
_DELIVERIES: Final = "SELECT count(*), min(created_at) FROM deliveries WHERE state = 'waiting'"
_EXHAUSTED: Final = "SELECT count(*) FROM deliveries WHERE state = 'exhausted'"
_BYTES: Final = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    "postgres": "SELECT pg_database_size(current_database())",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait, and since when the one that waits longest."""

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class OpenMovements:
    """Movements of one kind that stand at one place; `attention`: of them a person should look."""

    kind: str
    status: str
    attention: int
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class FloatAt:
    """What an operator holds of ours by our books, and how much of it is promised."""

    operator: str
    currency: str
    balance: int
    reserved: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand; `unknown`: legs whose outcome is not known, by operator."""

    movements: Sequence[OpenMovements]
    unknown: Sequence[tuple[str, Waiting]]
    floats: Sequence[FloatAt]
    callbacks: Waiting
    deliveries: Waiting
    deliveries_exhausted: int
    breaks: int
    database_bytes: int


async def look(store: Store) -> Standing:
    """All of it; raises `StoreUnavailable`."""
    movements = await store.rows(_OPEN, {})
    unknown = await store.rows(_UNKNOWN, {})
    floats = await store.rows(_FLOATS, {})
    callbacks = await store.rows(_CALLBACKS, {})
    deliveries = await store.rows(_DELIVERIES, {})
    exhausted = await store.rows(_EXHAUSTED, {})
    breaks = await store.rows(_BREAKS, {})
    size = await store.rows(_BYTES[store.engine], {})
    return Standing(
        movements=[
            OpenMovements(kind, status, attention, _waiting((count, since)))
            for kind, status, count, attention, since in movements
        ],
        unknown=[(operator, _waiting((count, since))) for operator, count, since in unknown],
        floats=_floats(floats),
        callbacks=_waiting(callbacks[0]),
        deliveries=_waiting(deliveries[0]),
        deliveries_exhausted=int(exhausted[0][0]),
        breaks=int(breaks[0][0]),
        database_bytes=int(size[0][0]),
    )


def _waiting(row: Row) -> Waiting:
    return Waiting(int(row[0]), None if row[1] is None else moment(row[1]))


def _floats(found: Sequence[Row]) -> list[FloatAt]:
    amounts = {(name, currency): int(balance) for name, currency, balance in found}
    return [
        FloatAt(
            operator=name.partition(":")[2],
            currency=currency,
            balance=balance,
            reserved=abs(amounts.get((f"reserved:{name.partition(':')[2]}", currency), 0)),
        )
        for (name, currency), balance in amounts.items()
        if name.startswith("float:")
    ]
