"""Cases: written beside the batch, each change with its audit line; read by deadline."""

from collections.abc import Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from cross.domain.case import Case, Source
from cross.domain.money import CURRENCIES, Money
from cross.storage.audit import AuditLine
from cross.storage.rows import micros, moment
from cross.storage.store import Question, Reader, Row, Saved, Stale, Statement, Verdict

_COLUMNS: Final = (
    "id, source, object, reason, movement, merchant, operator, amount, currency, owner, deadline,"
    " opened_at, version, escalated_at, closed_at, closed_because"
)
_NAMES: Final = _COLUMNS.split(", ")
_MOVES: Final = ("owner", "deadline", "version", "escalated_at", "closed_at", "closed_because")
_INSERT: Final = (
    f"INSERT INTO cases ({_COLUMNS}) VALUES ({', '.join(f':{name}' for name in _NAMES)})"
    " ON CONFLICT DO NOTHING RETURNING id"
)
_STEP: Final = (
    f"UPDATE cases SET {', '.join(f'{name} = :{name}' for name in _MOVES)}"
    " WHERE id = :id AND version = :version - 1 AND closed_at IS NULL RETURNING id"
)
_CLOSE_BREAK: Final = (
    "UPDATE breaks SET state = 'closed', closed_at = :at, fix = :fix, closed_by = :by"
    " WHERE id = :id AND state = 'open' RETURNING id"
)


@dataclass(frozen=True, slots=True)
class CaseOpening:
    """Something needs a person; `fresh` is False where it has an open case already."""

    case: Case

    def marks(self) -> Iterator[Hashable]:
        """What it is about."""
        yield "case", self.case.source, self.case.object

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The row."""
        return Saved(fresh=bool((yield _INSERT, _values(self.case))))

    def looking_for(self) -> None:
        """Lost, it is opened by the next look."""


@dataclass(frozen=True, slots=True)
class CaseStep:
    """A case as it is from now on; `Stale` where somebody else came first or it is closed."""

    case: Case
    audit: AuditLine

    def marks(self) -> Iterator[Hashable]:
        """The case."""
        yield "case's step", self.case.id
        yield from self.audit.marks()

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The step, and who took it."""
        values = _values(self.case)
        if not (yield _STEP, {name: values[name] for name in ("id", *_MOVES)}):
            return Stale()
        return (yield from self.audit.writing())

    def looking_for(self) -> Question:
        """The line of whoever took it."""
        return self.audit.looking_for()


@dataclass(frozen=True, slots=True)
class BreakClosing:
    """A break closed by a fix; `Stale` where it was closed before."""

    break_id: str
    fix: str
    by: str
    at: datetime
    audit: AuditLine

    def marks(self) -> Iterator[Hashable]:
        """The break."""
        yield "break's end", self.break_id
        yield from self.audit.marks()

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The fix, and who chose it."""
        given = {"id": self.break_id, "fix": self.fix, "by": self.by, "at": micros(self.at)}
        if not (yield _CLOSE_BREAK, given):
            return Stale()
        return (yield from self.audit.writing())

    def looking_for(self) -> Question:
        """How it was closed, and when."""
        sql = "SELECT fix, closed_at FROM breaks WHERE id = :id"
        return sql, {"id": self.break_id}, (self.fix, micros(self.at))


class CasePart(NamedTuple):
    """Which part of the list: so many, those after a case."""

    limit: int
    after: str | None = None


class CaseFilter(NamedTuple):
    """Which cases; None and False leave it open."""

    source: str | None = None
    reason: str | None = None
    owner: str | None = None
    movement: str | None = None
    overdue_at: datetime | None = None
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """How many cases of a reason are open, since when the oldest, and how many are overdue."""

    reason: str
    count: int
    since: datetime
    overdue: int


async def find(reader: Reader, case_id: str) -> Case | None:
    """A case as it stands."""
    found = await reader.rows(f"SELECT {_COLUMNS} FROM cases WHERE id = :id", {"id": case_id})
    return _case(found[0]) if found else None


async def page(reader: Reader, *, part: CasePart, only: CaseFilter) -> tuple[Sequence[Case], bool]:
    """Cases by deadline, the next one due first, and whether there are more."""
    conditions = [f"closed_at IS {'NULL' if only.is_open else 'NOT NULL'}"]
    given: dict[str, Any] = {"rows_max": part.limit + 1}
    for name in ("source", "reason", "owner", "movement"):
        value = getattr(only, name)
        if value is not None:
            conditions.append(f"{name} = :{name}")
            given[name] = value
    if only.overdue_at is not None:
        conditions.append("deadline <= :overdue_at")
        given["overdue_at"] = micros(only.overdue_at)
    if part.after is not None:
        conditions.append("(deadline, id) > (SELECT deadline, id FROM cases WHERE id = :after)")
        given["after"] = part.after
    found = await reader.rows(
        f"SELECT {_COLUMNS} FROM cases WHERE {' AND '.join(conditions)}"
        " ORDER BY deadline, id LIMIT :rows_max",
        given,
    )
    return [_case(row) for row in found[: part.limit]], len(found) > part.limit


async def overdue(reader: Reader, at: datetime) -> Sequence[Case]:
    """Cases whose deadline has passed and of which nobody has been told."""
    found = await reader.rows(
        f"SELECT {_COLUMNS} FROM cases WHERE closed_at IS NULL AND escalated_at IS NULL"
        " AND deadline <= :at ORDER BY deadline, id LIMIT 100",
        {"at": micros(at)},
    )
    return [_case(row) for row in found]


async def standing(reader: Reader, at: datetime) -> Sequence[Standing]:
    """How things stand, by reason."""
    found = await reader.rows(
        "SELECT reason, count(*), min(opened_at),"
        " count(CASE WHEN deadline <= :at THEN 1 END) FROM cases"
        " WHERE closed_at IS NULL GROUP BY reason ORDER BY reason",
        {"at": micros(at)},
    )
    return [Standing(row[0], int(row[1]), moment(row[2]), int(row[3])) for row in found]


def _case(row: Row) -> Case:
    known = dict(zip(_NAMES, row, strict=True))
    amount = known["amount"]
    return Case(
        id=known["id"],
        source=Source(known["source"]),
        object=known["object"],
        reason=known["reason"],
        movement=known["movement"],
        merchant=known["merchant"],
        operator=known["operator"],
        money=None if amount is None else Money(amount, CURRENCIES[known["currency"]]),
        owner=known["owner"],
        deadline=moment(known["deadline"]),
        opened_at=moment(known["opened_at"]),
        version=known["version"],
        escalated_at=_moment(known["escalated_at"]),
        closed_at=_moment(known["closed_at"]),
        closed_because=known["closed_because"],
    )


def _moment(at: int | None) -> datetime | None:
    return None if at is None else moment(at)


def _values(one: Case) -> dict[str, Any]:
    return {
        "id": one.id,
        "source": one.source.value,
        "object": one.object,
        "reason": one.reason,
        "movement": one.movement,
        "merchant": one.merchant,
        "operator": one.operator,
        "amount": None if one.money is None else one.money.amount,
        "currency": None if one.money is None else one.money.currency.code,
        "owner": one.owner,
        "deadline": micros(one.deadline),
        "opened_at": micros(one.opened_at),
        "version": one.version,
        "escalated_at": None if one.escalated_at is None else micros(one.escalated_at),
        "closed_at": None if one.closed_at is None else micros(one.closed_at),
        "closed_because": one.closed_because,
    }
