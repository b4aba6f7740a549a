"""Writing batches of payouts: beside the batch of the books, in its transaction."""

from collections.abc import Generator, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cross.domain.batch import CANCELED, Batch, Line, Problem
from cross.storage.batches import COLUMNS, LINE_COLUMNS, PAYOUT
from cross.storage.rows import micros
from cross.storage.store import Broken, KeyTaken, Question, Row, Saved, Stale, Statement, Verdict

_NAMES: Final = COLUMNS.split(", ")
_LINE_NAMES: Final = LINE_COLUMNS.split(", ")
_LINES_A_STATEMENT: Final = 100

_INSERT: Final = (
    f"INSERT INTO batches ({COLUMNS}) VALUES"
    f" ({', '.join(f':{name}' for name in _NAMES)})"
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
_TAKE_BACK: Final = (
    "UPDATE batch_lines SET failure_code = :code, failure_message = :message"
    " WHERE batch = :id AND failure_code IS NULL AND number NOT IN ("
    f"SELECT l.number FROM batch_lines l JOIN movements m ON {PAYOUT} WHERE l.batch = :id)"
    " RETURNING number"
)
_LEFT: Final = (
    "SELECT l.number FROM batch_lines l LEFT JOIN movements m ON"
    f" {PAYOUT} WHERE l.batch = :id AND l.failure_code IS NULL AND m.id IS NULL LIMIT 1"
)
_END: Final = "UPDATE batches SET begun_at = :at WHERE id = :id AND begun_at IS NULL RETURNING id"


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
    """That nothing of a batch is left to begin; `cancel`: what has no payout is taken back.

    `Stale` where something is left after all: a line's failure may have been lost.
    """

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
        elif (yield _LEFT, {"id": self.batch.id, "merchant": self.batch.merchant}):
            return Stale()
        yield _END, {"id": self.batch.id, "at": micros(self.at)}
        return Saved()

    def looking_for(self) -> Question:
        """When it ended."""
        sql = "SELECT begun_at FROM batches WHERE id = :id"
        return sql, {"id": self.batch.id}, (micros(self.at),)


def _there(batch_id: str) -> Question:
    return "SELECT id FROM batches WHERE id = :id", {"id": batch_id}, (batch_id,)


def _insert_lines(batch: str, lines_: Sequence[Line]) -> Statement:
    places, values = [], {}
    for place, line in enumerate(lines_):
        places.append(f"({', '.join(f':{name}_{place}' for name in _LINE_NAMES)})")
        for name, value in zip(_LINE_NAMES, _line_row(batch, line), strict=True):
            values[f"{name}_{place}"] = value
    sql = f"INSERT INTO batch_lines ({LINE_COLUMNS}) VALUES {', '.join(places)} RETURNING number"
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


def _said(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "message": problem.message, "param": problem.param}


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
