"""Batches of payouts, read back with what became of their lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cross.domain.batch import CANCELED, Batch, Line, Problem
from cross.storage.pages import Page
from cross.storage.rows import micros, moment
from cross.storage.store import Reader, Row

COLUMNS: Final = (
    "id, merchant, livemode, idempotency_key, request_digest, description, size, created_at,"
    " owner, canceled_at, begun_at"
)
LINE_COLUMNS: Final = (
    "batch, number, operator, msisdn, amount, currency, reference, description, name,"
    " failure_code, failure_message, failure_param"
)
_LINE_NAMES: Final = LINE_COLUMNS.split(", ")
_HALF: Final = 10**9
"""Amounts are added up in two halves: a line may ask for what no operator moves, and SQLite counts
to 2**63."""

PAYOUT: Final = (
    "m.merchant = :merchant AND m.idempotency_key = 'batch ' || l.batch || ' ' || l.number"
)
"""The payout of a line: by its key (`cross.domain.batch.payout_key`)."""

STATUS: Final = (
    "coalesce(m.status, CASE WHEN l.failure_code IS NULL THEN 'waiting'"
    f" WHEN l.failure_code = '{CANCELED}' THEN 'canceled' ELSE 'failed' END)"
)
"""Where a line stands: as its payout does, where it has one."""


@dataclass(frozen=True, slots=True)
class LineStands:
    """A line with what became of it; `failure` is JSON as its payout has it."""

    line: Line
    status: str
    payout: str | None
    fee: int | None
    operator_reference: str | None
    failure: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lines of a batch stand somewhere in one currency, and how much they are."""

    status: str
    currency: str
    lines: int
    amount: int
    fees: int


async def find(reader: Reader, batch_id: str, *, merchant: str) -> Batch | None:
    """A merchant's batch; None is all that another merchant learns (I-40)."""
    return await _one(
        reader, "id = :id AND merchant = :merchant", {"id": batch_id, "merchant": merchant}
    )


async def get(reader: Reader, batch_id: str) -> Batch | None:
    """A batch whoever's it is: for the switch's own work, never for a merchant's question."""
    return await _one(reader, "id = :id", {"id": batch_id})


async def asked_for_with(reader: Reader, key: str, *, merchant: str) -> Batch | None:
    """The batch that an Idempotency-Key made."""
    return await _one(
        reader,
        "merchant = :merchant AND idempotency_key = :key",
        {"merchant": merchant, "key": key},
    )


async def to_begin(reader: Reader, *, limit: int) -> Sequence[str]:
    """Ids of batches of which something may be left to begin, oldest first."""
    found = await reader.rows(
        "SELECT id FROM batches WHERE begun_at IS NULL ORDER BY id LIMIT :limit", {"limit": limit}
    )
    return [row[0] for row in found]


async def page(reader: Reader, *, merchant: str, part: Page) -> tuple[Sequence[Batch], bool]:
    """A page of a merchant's batches, newest first, and whether there are more."""
    chosen = part.among(("merchant = :merchant",))
    found = await reader.rows(
        f"SELECT {COLUMNS} FROM batches WHERE {chosen}",
        {"merchant": merchant, **part.numbers},
    )
    return part.cut([_batch(row) for row in found])


async def tallies(
    reader: Reader, batch_ids: Sequence[str], *, merchant: str
) -> Mapping[str, Sequence[Tally]]:
    """By batch: how its lines stand, counted and added up by the database."""
    found: dict[str, list[Tally]] = {batch_id: [] for batch_id in batch_ids}
    if not found:
        return found
    names = {f"b{place}": batch_id for place, batch_id in enumerate(found)}
    rows = await reader.rows(
        f"SELECT l.batch, {STATUS}, l.currency, count(*),"
        f" coalesce(sum(l.amount / {_HALF}), 0), coalesce(sum(l.amount % {_HALF}), 0),"
        " coalesce(sum(m.fee_earned + m.fee_rounding), 0)"
        f" FROM batch_lines l LEFT JOIN movements m ON {PAYOUT}"
        f" WHERE l.batch IN ({', '.join(f':{name}' for name in names)})"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        {"merchant": merchant, **names},
    )
    for batch_id, status, currency, lines, high, low, fees in rows:
        amount = int(high) * _HALF + int(low)
        found[batch_id].append(Tally(status, currency, lines, amount, int(fees)))
    return found


async def lines(
    reader: Reader, batch: Batch, *, part: tuple[int, int], status: str | None = None
) -> Sequence[LineStands]:
    """So many lines after a number, in the order of the file, with what became of each."""
    after, limit = part
    narrowed = "" if status is None else f" AND {STATUS} = :status"
    names = ", ".join(f"l.{name}" for name in _LINE_NAMES)
    found = await reader.rows(
        f"SELECT {names}, {STATUS}, m.id, m.fee_earned + m.fee_rounding, g.operator_reference,"
        f" m.failure FROM batch_lines l LEFT JOIN movements m ON {PAYOUT}"
        " LEFT JOIN legs g ON g.movement = m.id"
        f" WHERE l.batch = :batch AND l.number > :after{narrowed} ORDER BY l.number LIMIT :limit",
        {
            "merchant": batch.merchant,
            "batch": batch.id,
            "after": after,
            "limit": limit,
            **({} if status is None else {"status": status}),
        },
    )
    width = len(_LINE_NAMES)
    return [LineStands(_line(row[:width]), *row[width:]) for row in found]


async def paid_lately(
    reader: Reader, numbers: Sequence[str], *, merchant: str, since: datetime
) -> set[tuple[str, str, int]]:
    """Operator, number and amount of what the merchant paid, or asked to pay, since a moment."""
    names = {f"n{place}": number for place, number in enumerate(numbers)}
    wanted = ", ".join(f":{name}" for name in names)
    given = {"merchant": merchant, "since": micros(since), **names}
    found = await reader.rows(
        "SELECT g.operator, g.msisdn, g.amount FROM legs g JOIN movements m ON m.id = g.movement"
        f" WHERE g.msisdn IN ({wanted}) AND m.merchant = :merchant AND m.kind = 'payout'"
        " AND m.created_at >= :since AND m.status NOT IN ('failed', 'canceled')"
        " UNION SELECT l.operator, l.msisdn, l.amount FROM batch_lines l"
        f" JOIN batches b ON b.id = l.batch WHERE l.msisdn IN ({wanted}) AND"
        " b.merchant = :merchant AND b.created_at >= :since AND b.begun_at IS NULL"
        " AND l.failure_code IS NULL AND l.amount IS NOT NULL",
        given,
    )
    return {(row[0], row[1], row[2]) for row in found}


async def references_used(
    reader: Reader, references: Sequence[str], *, merchant: str
) -> Mapping[str, str]:
    """Which references name a payout of the merchant, or a line that is about to have one."""
    names = {f"r{place}": reference for place, reference in enumerate(references)}
    wanted = ", ".join(f":{name}" for name in names)
    found = await reader.rows(
        "SELECT reference, id FROM movements WHERE merchant = :merchant AND kind = 'payout'"
        f" AND reference IN ({wanted})"
        " UNION SELECT l.reference, l.batch FROM batch_lines l JOIN batches b ON b.id = l.batch"
        f" WHERE l.reference IN ({wanted}) AND b.merchant = :merchant AND b.begun_at IS NULL"
        " AND l.failure_code IS NULL ORDER BY 1, 2",
        {"merchant": merchant, **names},
    )
    return {row[0]: row[1] for row in found}


async def _one(reader: Reader, chosen: str, parameters: Mapping[str, Any]) -> Batch | None:
    found = await reader.rows(f"SELECT {COLUMNS} FROM batches WHERE {chosen}", parameters)
    return _batch(found[0]) if found else None


def _line(row: Row) -> Line:
    problem = None if row[9] is None else Problem(row[9], row[10] or "", row[11])
    return Line(row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], problem)


def _batch(row: Row) -> Batch:
    return Batch(
        id=row[0],
        merchant=row[1],
        livemode=bool(row[2]),
        idempotency_key=row[3],
        request_digest=row[4],
        description=row[5],
        size=row[6],
        created_at=moment(row[7]),
        owner=row[8],
        canceled_at=None if row[9] is None else moment(row[9]),
        begun_at=None if row[10] is None else moment(row[10]),
    )
