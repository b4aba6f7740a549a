"""Batches of payouts: written beside the batch of the books, read back with their payouts."""

from collections.abc import Generator, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cross.domain.batch import CANCELED, Batch, Line, Problem
from cross.storage.movements import Page
from cross.storage.rows import micros, moment
from cross.storage.store import (
    Broken,
    KeyTaken,
    Question,
    Reader,
    Row,
    Saved,
    Stale,
    Statement,
    Verdict,
)

_COLUMNS: Final = (
    "id, merchant, livemode, idempotency_key, request_digest, description, size, created_at,"
    " owner, canceled_at, begun_at"
)
_LINE_COLUMNS: Final = (
    "batch, number, operator, msisdn, amount, currency, reference, description, name,"
    " failure_code, failure_message, failure_param"
)
_LINE_NAMES: Final = _LINE_COLUMNS.split(", ")
_LINES_A_STATEMENT: Final = 100

_INSERT: Final = (
    f"INSERT INTO batches ({_COLUMNS}) VALUES"
    f" ({', '.join(f':{name}' for name in _COLUMNS.split(', '))})"
    " ON CONFLICT DO NOTHING RETURNING id"
)
_BY_KEY: Final = (
    "SELECT id, request_digest FROM batches"
    " WHERE merchant = :merchant AND idempotency_key = :idempotency_key"
)
_CLAIM: Final = "UPDATE batches SET owner = :owner WHERE id = :id AND begun_at IS NULL"
_LEFT_BY_ITS_OWNER: Final[Mapping[str, str]] = {
    "sqlite": "",  # whoever had it cannot hold the file any more
    "postgres": " AND (owner IS NULL OR owner = :owner OR NOT EXISTS ("
    "SELECT FROM processes p WHERE p.fence = batches.owner AND p.adopted_by IS NULL))",
}
_CANCEL: Final = (
    "UPDATE batches SET canceled_at = :at"
    " WHERE id = :id AND canceled_at IS NULL AND begun_at IS NULL RETURNING id"
)
_FAIL: Final = (
    "UPDATE batch_lines SET failure_code = :code, failure_message = :message,"
    " failure_param = :param"
    " WHERE batch = :batch AND number = :number AND failure_code IS NULL RETURNING number"
)
_PAYOUT: Final = (
    "m.merchant = :merchant AND m.idempotency_key = 'batch ' || l.batch || ' ' || l.number"
)
_TAKE_BACK: Final = (
    "UPDATE batch_lines SET failure_code = :code, failure_message = :message"
    " WHERE batch = :id AND failure_code IS NULL AND number NOT IN ("
    f"SELECT l.number FROM batch_lines l JOIN movements m ON {_PAYOUT} WHERE l.batch = :id)"
    " RETURNING number"
)
_END: Final = "UPDATE batches SET begun_at = :at WHERE id = :id AND begun_at IS NULL RETURNING id"

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


@dataclass(frozen=True, slots=True)
class BatchOpening:
    """A batch accepted, whole: once a key."""

    batch: Batch
    lines: tuple[Line, ...]

    def marks(self) -> Iterator[Hashable]:
        """The batch and its key."""
        yield "batch", self.batch.id
        yield "batch's key", self.batch.merchant, self.batch.idempotency_key

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The batch, then its lines, many a statement: nobody else's commit waits long for it."""
        values = _values(self.batch)
        if not (yield _INSERT, values):
            key = {name: values[name] for name in ("merchant", "idempotency_key")}
            found = yield _BY_KEY, key
            return (
                KeyTaken(found[0][0], found[0][1]) if found else Broken(f"{self.batch.id} is there")
            )
        for start in range(0, len(self.lines), _LINES_A_STATEMENT):
            yield _insert_lines(self.batch.id, self.lines[start : start + _LINES_A_STATEMENT])
        return Saved()

    def looking_for(self) -> Question:
        """The batch's id."""
        return _there(self.batch.id)


@dataclass(frozen=True, slots=True)
class BatchClaim:
    """That a process works on a batch from now on; `Stale` where a living one does, or all is done.

    `engine` is the store's: on SQLite there is only one process.
    """

    batch: str
    owner: int
    engine: str

    def marks(self) -> Iterator[Hashable]:
        """The batch."""
        yield "batch", self.batch

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The owner, where nobody living is."""
        sql = f"{_CLAIM}{_LEFT_BY_ITS_OWNER[self.engine]} RETURNING id"
        return Saved() if (yield sql, {"id": self.batch, "owner": self.owner}) else Stale()

    def looking_for(self) -> Question:
        """Whose it is."""
        sql = "SELECT owner FROM batches WHERE id = :id"
        return sql, {"id": self.batch}, (self.owner,)


@dataclass(frozen=True, slots=True)
class BatchCancel:
    """That nothing more of a batch is to be begun; `Stale` where nothing is left anyway."""

    batch: str
    at: datetime

    def marks(self) -> Iterator[Hashable]:
        """The batch."""
        yield "batch", self.batch

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The wish; whoever works on the batch sees it before the next line."""
        return Saved() if (yield _CANCEL, {"id": self.batch, "at": micros(self.at)}) else Stale()

    def looking_for(self) -> Question:
        """When it was canceled."""
        sql = "SELECT canceled_at FROM batches WHERE id = :id"
        return sql, {"id": self.batch}, (micros(self.at),)


@dataclass(frozen=True, slots=True)
class LineFailed:
    """Why a line has no payout, and will have none."""

    batch: str
    number: int
    problem: Problem

    def marks(self) -> Iterator[Hashable]:
        """The line."""
        yield "batch line", self.batch, self.number

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The refusal, once."""
        said = {"batch": self.batch, "number": self.number, **_said(self.problem)}
        return Saved(fresh=bool((yield _FAIL, said)))

    def looking_for(self) -> None:
        """It may be lost without harm: the line is tried again, and refused again."""


@dataclass(frozen=True, slots=True)
class BatchEnd:
    """That nothing of a batch is left to begin; `cancel`: what has no payout is taken back."""

    batch: Batch
    at: datetime
    cancel: bool

    def marks(self) -> Iterator[Hashable]:
        """The batch."""
        yield "batch", self.batch.id

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """Lines that were not begun, then the batch."""
        if self.cancel:
            why = {"code": CANCELED, "message": "taken back before it was begun"}
            yield _TAKE_BACK, {"id": self.batch.id, "merchant": self.batch.merchant, **why}
        yield _END, {"id": self.batch.id, "at": micros(self.at)}
        return Saved()

    def looking_for(self) -> Question:
        """When it ended."""
        sql = "SELECT begun_at FROM batches WHERE id = :id"
        return sql, {"id": self.batch.id}, (micros(self.at),)


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
    backwards = part.ending_before is not None
    bound = part.ending_before or part.starting_after
    beyond = "" if bound is None else f" AND id {'>' if backwards else '<'} :bound"
    found = await reader.rows(
        f"SELECT {_COLUMNS} FROM batches WHERE merchant = :merchant{beyond}"
        f" ORDER BY id {'ASC' if backwards else 'DESC'} LIMIT :rows_max",
        {"merchant": merchant, "rows_max": part.limit + 1, **({"bound": bound} if bound else {})},
    )
    shown = [_batch(row) for row in found[: part.limit]]
    return (shown[::-1] if backwards else shown), len(found) > part.limit


async def tallies(
    reader: Reader, batch_ids: Sequence[str], *, merchant: str
) -> Mapping[str, Sequence[Tally]]:
    """By batch: how its lines stand, counted and added up by the database."""
    found: dict[str, list[Tally]] = {batch_id: [] for batch_id in batch_ids}
    if not found:
        return found
    names = {f"b{place}": batch_id for place, batch_id in enumerate(found)}
    rows = await reader.rows(
        f"SELECT l.batch, {STATUS}, l.currency, count(*), coalesce(sum(l.amount), 0),"
        " coalesce(sum(m.fee_earned + m.fee_rounding), 0)"
        f" FROM batch_lines l LEFT JOIN movements m ON {_PAYOUT}"
        f" WHERE l.batch IN ({', '.join(f':{name}' for name in names)})"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        {"merchant": merchant, **names},
    )
    for batch_id, status, currency, lines, amount, fees in rows:
        found[batch_id].append(Tally(status, currency, lines, int(amount), int(fees)))
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
        f" m.failure FROM batch_lines l LEFT JOIN movements m ON {_PAYOUT}"
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


def _there(batch_id: str) -> Question:
    return "SELECT id FROM batches WHERE id = :id", {"id": batch_id}, (batch_id,)


async def _one(reader: Reader, chosen: str, parameters: Mapping[str, Any]) -> Batch | None:
    found = await reader.rows(f"SELECT {_COLUMNS} FROM batches WHERE {chosen}", parameters)
    return _batch(found[0]) if found else None


def _insert_lines(batch: str, lines_: Sequence[Line]) -> Statement:
    places, values = [], {}
    for place, line in enumerate(lines_):
        places.append(f"({', '.join(f':{name}_{place}' for name in _LINE_NAMES)})")
        for name, value in zip(_LINE_NAMES, _line_row(batch, line), strict=True):
            values[f"{name}_{place}"] = value
    sql = f"INSERT INTO batch_lines ({_LINE_COLUMNS}) VALUES {', '.join(places)} RETURNING number"
    return sql, values


def _line_row(batch: str, line: Line) -> Row:
    said = _said(line.problem) if line.problem else dict.fromkeys(("code", "message", "param"))
    return (
        batch,
        line.number,
        line.operator,
        line.msisdn,
        line.amount,
        line.currency,
        line.reference,
        line.description,
        line.name,
        *said.values(),
    )


def _line(row: Row) -> Line:
    problem = None if row[9] is None else Problem(row[9], row[10] or "", row[11])
    return Line(row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], problem)


def _said(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "message": problem.message, "param": problem.param}


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


def _values(batch: Batch) -> dict[str, Any]:
    return {
        "id": batch.id,
        "merchant": batch.merchant,
        "livemode": int(batch.livemode),
        "idempotency_key": batch.idempotency_key,
        "request_digest": batch.request_digest,
        "description": batch.description,
        "size": batch.size,
        "created_at": micros(batch.created_at),
        "owner": batch.owner,
        "canceled_at": None,
        "begun_at": None,
    }
