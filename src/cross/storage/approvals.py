"""Approvals, written beside the batch, each step with its audit line; read back as values."""

import json
from collections.abc import Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cross.domain.approval import WAITING, Approval, ApprovalState, Person
from cross.domain.money import CURRENCIES, Money
from cross.storage.audit import AuditLine
from cross.storage.pages import Page
from cross.storage.rows import micros, moment
from cross.storage.store import (
    Broken,
    Question,
    Reader,
    ReferenceTaken,
    Row,
    Stale,
    Statement,
    Verdict,
)

_COLUMNS: Final = (
    "id, kind, object, version, fields, preview, amount, currency, people, made_by, made_with,"
    " made_at, expires_at, state, decided_by, decided_with, decided_at, result"
)
_NAMES: Final = _COLUMNS.split(", ")
_INSERT: Final = (
    f"INSERT INTO approvals ({_COLUMNS}) VALUES ({', '.join(f':{name}' for name in _NAMES)})"
    " ON CONFLICT DO NOTHING RETURNING id"
)
_WAITS: Final = "state IN ('proposed', 'approved')"
_SAME: Final = f"SELECT id FROM approvals WHERE kind = :kind AND object = :object AND {_WAITS}"
_STEP: Final = (
    "UPDATE approvals SET state = :state, decided_by = :decided_by, decided_with = :decided_with,"
    " decided_at = :decided_at, result = :result WHERE id = :id AND state = :before RETURNING id"
)


@dataclass(frozen=True, slots=True)
class ApprovalOpening:
    """A proposal made; `ReferenceTaken` names the one that proposes the same already."""

    approval: Approval
    audit: AuditLine

    def marks(self) -> Iterator[Hashable]:
        """The proposal, and what it is about."""
        yield "approval", self.approval.id
        yield "approval of", self.approval.kind, self.approval.object
        yield from self.audit.marks()

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The row, and who made it."""
        values = _values(self.approval)
        if not (yield _INSERT, values):
            found = yield _SAME, {name: values[name] for name in ("kind", "object")}
            return ReferenceTaken(found[0][0]) if found else Broken(f"{values['id']} is there")
        return (yield from self.audit.writing())

    def looking_for(self) -> Question:
        """The proposal's id."""
        given = {"id": self.approval.id}
        return "SELECT id FROM approvals WHERE id = :id", given, (self.approval.id,)


@dataclass(frozen=True, slots=True)
class ApprovalStep:
    """What became of a proposal that stood at `before`; `Stale` where it did not any more."""

    approval: Approval
    before: ApprovalState
    audit: AuditLine

    def marks(self) -> Iterator[Hashable]:
        """The proposal."""
        yield "approval", self.approval.id
        yield from self.audit.marks()

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The step, and who took it."""
        values = _values(self.approval)
        names = ("id", "state", "decided_by", "decided_with", "decided_at", "result")
        step = {name: values[name] for name in names}
        if not (yield _STEP, {**step, "before": self.before.value}):
            return Stale()
        return (yield from self.audit.writing())

    def looking_for(self) -> Question:
        """The state, and who brought it there."""
        one = self.approval
        by = None if one.decided is None else one.decided.name
        sql = "SELECT state, decided_by FROM approvals WHERE id = :id"
        return sql, {"id": one.id}, (one.state.value, by)


async def find(reader: Reader, approval_id: str) -> Approval | None:
    """A proposal as it stands."""
    sql = f"SELECT {_COLUMNS} FROM approvals WHERE id = :id"
    found = await reader.rows(sql, {"id": approval_id})
    return _approval(found[0]) if found else None


async def waiting(reader: Reader) -> Sequence[Approval]:
    """Proposals that nobody has decided, and those decided that are not done."""
    found = await reader.rows(f"SELECT {_COLUMNS} FROM approvals WHERE {_WAITS} ORDER BY id", {})
    return [_approval(row) for row in found]


async def page(
    reader: Reader, *, part: Page, state: str | None = None
) -> tuple[Sequence[Approval], bool]:
    """A page of proposals, newest first, and whether there are more."""
    given = part.numbers
    conditions = ["1 = 1"]
    if state is not None:
        conditions.append("state = :state")
        given["state"] = state
    chosen = part.among(conditions)
    found = await reader.rows(f"SELECT {_COLUMNS} FROM approvals WHERE {chosen}", given)
    return part.cut([_approval(row) for row in found])


def is_waiting(approval: Approval) -> bool:
    """Whether something is still to come of it."""
    return approval.state in WAITING


def _approval(row: Row) -> Approval:
    known = dict(zip(_NAMES, row, strict=True))
    amount, currency = known["amount"], known["currency"]
    by, at = known["decided_by"], known["decided_at"]
    return Approval(
        id=known["id"],
        kind=known["kind"],
        object=known["object"],
        version=known["version"],
        fields=json.loads(known["fields"]),
        preview=json.loads(known["preview"]),
        money=None if amount is None else Money(amount, CURRENCIES[currency]),
        people=known["people"],
        made=Person(known["made_by"], known["made_with"]),
        made_at=moment(known["made_at"]),
        expires_at=moment(known["expires_at"]),
        state=ApprovalState(known["state"]),
        decided=None if by is None else Person(by, known["decided_with"]),
        decided_at=_moment(at),
        result=known["result"],
    )


def _moment(at: int | None) -> datetime | None:
    return None if at is None else moment(at)


def _values(one: Approval) -> dict[str, Any]:
    money, decided = one.money, one.decided
    return {
        "id": one.id,
        "kind": one.kind,
        "object": one.object,
        "version": one.version,
        "fields": json.dumps(one.fields),
        "preview": json.dumps(one.preview),
        "amount": None if money is None else money.amount,
        "currency": None if money is None else money.currency.code,
        "people": one.people,
        "made_by": one.made.name,
        "made_with": one.made.token,
        "made_at": micros(one.made_at),
        "expires_at": micros(one.expires_at),
        "state": one.state.value,
        "decided_by": None if decided is None else decided.name,
        "decided_with": None if decided is None else decided.token,
        "decided_at": None if one.decided_at is None else micros(one.decided_at),
        "result": one.result,
    }
