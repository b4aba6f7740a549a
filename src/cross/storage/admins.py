"""People who run Cross, each with a token of which a hash is kept; written beside the batch."""

from collections.abc import Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cross.storage.audit import AuditLine
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

_COLUMNS: Final = "id, name, token_hash, added_by, added_at, confirmed_by, confirmed_at, revoked_at"
_NAMES: Final = _COLUMNS.split(", ")
_INSERT: Final = (
    f"INSERT INTO admins ({_COLUMNS}) VALUES ({', '.join(f':{name}' for name in _NAMES)})"
    " ON CONFLICT DO NOTHING RETURNING id"
)
_NAMESAKE: Final = "SELECT id FROM admins WHERE name = :name AND revoked_at IS NULL"
_CONFIRM: Final = (
    "UPDATE admins SET confirmed_by = :by, confirmed_at = :at"
    " WHERE id = :id AND confirmed_at IS NULL AND revoked_at IS NULL RETURNING id"
)
_REVOKE: Final = (
    "UPDATE admins SET revoked_at = :at WHERE id = :id AND revoked_at IS NULL RETURNING id"
)


@dataclass(frozen=True, slots=True)
class AdminRow:
    """One person; without `confirmed_at` his token opens nothing yet, with `revoked_at` no more."""

    id: str
    name: str
    token_hash: str
    added_by: str
    added_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        """Whether his token opens what an admin's does."""
        return self.confirmed_at is not None and self.revoked_at is None


@dataclass(frozen=True, slots=True)
class AdminOpening:
    """A person added; `ReferenceTaken` names who has that name already."""

    admin: AdminRow
    audit: AuditLine

    def marks(self) -> Iterator[Hashable]:
        """The name."""
        yield "admin", self.admin.name
        yield from self.audit.marks()

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The row, and who added it."""
        if not (yield _INSERT, _values(self.admin)):
            found = yield _NAMESAKE, {"name": self.admin.name}
            return ReferenceTaken(found[0][0]) if found else Broken(f"{self.admin.id} is there")
        return (yield from self.audit.writing())

    def looking_for(self) -> Question:
        """The person's id."""
        given = {"id": self.admin.id}
        return "SELECT id FROM admins WHERE id = :id", given, (self.admin.id,)


@dataclass(frozen=True, slots=True)
class AdminStep:
    """A person confirmed by another, or revoked where nobody is named; `Stale` where he was."""

    admin: str
    confirmed_by: str | None
    at: datetime
    audit: AuditLine

    def marks(self) -> Iterator[Hashable]:
        """The person."""
        yield "admin's step", self.admin
        yield from self.audit.marks()

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The step, and who took it."""
        given: dict[str, Any] = {"id": self.admin, "at": micros(self.at)}
        sql = _REVOKE
        if self.confirmed_by is not None:
            sql, given["by"] = _CONFIRM, self.confirmed_by
        if not (yield sql, given):
            return Stale()
        return (yield from self.audit.writing())

    def looking_for(self) -> Question:
        """When it was taken."""
        column = "revoked_at" if self.confirmed_by is None else "confirmed_at"
        sql = f"SELECT {column} FROM admins WHERE id = :id"
        return sql, {"id": self.admin}, (micros(self.at),)


async def holder_of(reader: Reader, token_hash: str) -> AdminRow | None:
    """Whose token has that hash, be he active or not."""
    sql = f"SELECT {_COLUMNS} FROM admins WHERE token_hash = :hash"
    found = await reader.rows(sql, {"hash": token_hash})
    return _admin(found[0]) if found else None


async def find(reader: Reader, admin_id: str) -> AdminRow | None:
    """A person by id."""
    found = await reader.rows(f"SELECT {_COLUMNS} FROM admins WHERE id = :id", {"id": admin_id})
    return _admin(found[0]) if found else None


async def every(reader: Reader) -> Sequence[AdminRow]:
    """Everybody that ever was, newest first."""
    found = await reader.rows(f"SELECT {_COLUMNS} FROM admins ORDER BY id DESC", {})
    return [_admin(row) for row in found]


def _admin(row: Row) -> AdminRow:
    return AdminRow(
        row[0],
        row[1],
        row[2],
        row[3],
        moment(row[4]),
        row[5],
        *(None if at is None else moment(at) for at in row[6:]),
    )


def _values(one: AdminRow) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "token_hash": one.token_hash,
        "added_by": one.added_by,
        "added_at": micros(one.added_at),
        "confirmed_by": one.confirmed_by,
        "confirmed_at": None if one.confirmed_at is None else micros(one.confirmed_at),
        "revoked_at": None if one.revoked_at is None else micros(one.revoked_at),
    }
