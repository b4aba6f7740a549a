"""Breaks, written and read back as values; the same on both engines."""

from collections.abc import Sequence
from typing import Final

from cross.domain.reconciliation import Break, BreakKind
from cross.storage import rows
from cross.storage.store import BreakFound, Reader, Row

COLUMNS: Final = (
    "id, merchant, livemode, kind, operator, reference, movement, expected, heard, opened_at, state"
)
LIST_MAX: Final = 1000


async def opened(reader: Reader) -> Sequence[Break]:
    """Every break that nobody has closed, oldest first, as far as a screen goes."""
    found = await reader.rows(
        f"SELECT {COLUMNS} FROM breaks WHERE state = 'open' ORDER BY id LIMIT {LIST_MAX}", {}
    )
    return [
        Break(
            id=row[0],
            merchant=row[1],
            livemode=bool(row[2]),
            kind=BreakKind(row[3]),
            operator=row[4],
            reference=row[5],
            movement=row[6],
            expected=row[7],
            heard=row[8],
            opened_at=rows.moment(row[9]),
            state=row[10],
        )
        for row in found
    ]


async def state_of(reader: Reader, break_id: str) -> str | None:
    """Where a break stands: open or closed."""
    found = await reader.rows("SELECT state FROM breaks WHERE id = :id", {"id": break_id})
    return str(found[0][0]) if found else None


async def is_booked(reader: Reader, movement: str, cause: str) -> bool:
    """Whether an entry of that cause is in the books: what a fix posts, it posts once (I-11)."""
    found = await reader.rows(
        "SELECT 1 FROM entries WHERE movement = :movement AND cause = :cause",
        {"movement": movement, "cause": cause},
    )
    return bool(found)


def break_row(found: BreakFound) -> Row:
    """A break in the order of `COLUMNS`."""
    one = found.difference
    return (
        one.id,
        one.merchant,
        int(one.livemode),
        one.kind.value,
        one.operator,
        one.reference,
        one.movement,
        one.expected,
        one.heard,
        rows.micros(one.opened_at),
        one.state,
    )


def event_row(found: BreakFound) -> Row:
    """What its merchant is told: the one event of the break itself."""
    event = found.event
    return (
        event.id,
        found.difference.merchant,
        found.difference.id,
        event.type,
        event.sequence,
        event.body,
        rows.micros(event.at),
    )
