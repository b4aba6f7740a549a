"""Sealed secrets: those of whoever runs Cross, and every other column that holds one.

A module whose table keeps something sealed says so in a `SealedColumn`, listed here: a rotation
seals all of them again, and nothing starts where one of them cannot be opened.
"""

from collections.abc import AsyncIterator, Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from cross.sealing import sealed_under
from cross.storage.rows import micros, moment
from cross.storage.store import Question, Reader, Row, Saved, Stale, Statement, Verdict

PAGE_ROWS: Final = 500


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed texts; a row is known by `keys`, and sealed for `record` of its keys."""

    table: str
    column: str
    keys: tuple[str, ...]
    record: str

    def record_of(self, row_keys: Sequence[str]) -> str:
        """What the row's secret was sealed for."""
        return self.record.format(*row_keys)


class Kept(NamedTuple):
    """A secret as it is stored: whose, which, since when, and sealed."""

    owner: str
    field: str
    sealed: str
    at: datetime


SECRETS: Final = SealedColumn("secrets", "sealed", ("owner", "field"), "secrets/{}/{}")
COLUMNS: Final = (
    SECRETS,
    SealedColumn("webhook_endpoints", "secret", ("id",), "webhook_endpoints/{}"),
    SealedColumn("webhook_endpoints", "previous_secret", ("id",), "webhook_endpoints/{}"),
)
"""Every sealed column of every table."""


@dataclass(frozen=True, slots=True)
class SecretKept:
    """A secret set, or set anew."""

    kept: Kept

    def marks(self) -> Iterator[Hashable]:
        """One write of a field at a time."""
        yield ("secret", self.kept.owner, self.kept.field)

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The row, over the one before."""
        yield (
            "INSERT INTO secrets (owner, field, sealed, at) VALUES (:owner, :field, :sealed, :at)"
            " ON CONFLICT (owner, field) DO UPDATE SET sealed = excluded.sealed, at = excluded.at"
            " RETURNING field",
            {
                "owner": self.kept.owner,
                "field": self.kept.field,
                "sealed": self.kept.sealed,
                "at": micros(self.kept.at),
            },
        )
        return Saved()

    def looking_for(self) -> Question:
        """The sealed text, which no other write has."""
        kept = self.kept
        return (
            "SELECT sealed FROM secrets WHERE owner = :owner AND field = :field",
            {"owner": kept.owner, "field": kept.field},
            (kept.sealed,),
        )


@dataclass(frozen=True, slots=True)
class SecretForgotten:
    """A secret taken out; `Stale` where it was not there."""

    owner: str
    field: str

    def marks(self) -> Iterator[Hashable]:
        """One write of a field at a time."""
        yield ("secret", self.owner, self.field)

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The row's end."""
        gone = yield (
            "DELETE FROM secrets WHERE owner = :owner AND field = :field RETURNING field",
            {"owner": self.owner, "field": self.field},
        )
        return Saved() if gone else Stale()

    def looking_for(self) -> Question:
        """That there is none of it."""
        return (
            "SELECT count(*) FROM secrets WHERE owner = :owner AND field = :field",
            {"owner": self.owner, "field": self.field},
            (0,),
        )


@dataclass(frozen=True, slots=True)
class Resealed:
    """The same secret under another master key; `Stale` where it was changed meanwhile."""

    column: SealedColumn
    row_keys: tuple[str, ...]
    before: str
    after: str

    def marks(self) -> Iterator[Hashable]:
        """One write of a row at a time."""
        yield ("sealed", self.column.table, self.column.column, *self.row_keys)

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The column over the text that was read, and over no other."""
        one = self.column
        table, column, first = one.table, one.column, one.keys[0]
        where = " AND ".join(f"{key} = :key{place}" for place, key in enumerate(one.keys))
        changed = yield (
            f"UPDATE {table} SET {column} = :after"
            f" WHERE {where} AND {column} = :before RETURNING {first}",
            {"after": self.after, "before": self.before, **_named(self.row_keys)},
        )
        return Saved() if changed else Stale()

    def looking_for(self) -> Question | None:
        """None: what is lost is done again by the same rotation."""
        return None


async def kept(reader: Reader) -> list[Kept]:
    """Every secret of whoever runs Cross, sealed as it is."""
    found = await reader.rows(
        "SELECT owner, field, sealed, at FROM secrets ORDER BY owner, field", {}
    )
    return [Kept(row[0], row[1], row[2], moment(row[3])) for row in found]


async def count_beside(reader: Reader, master_key: str) -> int:
    """How many are not sealed under that master key yet."""
    beginning = sealed_under(master_key)
    total = 0
    for one in COLUMNS:
        table, column = one.table, one.column
        found = await reader.rows(
            f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL"
            f" AND substr({column}, 1, :length) <> :beginning",
            {"length": len(beginning), "beginning": beginning},
        )
        total += int(found[0][0])
    return total


async def count_under(reader: Reader, master_key: str) -> int:
    """How many are sealed under that master key."""
    beginning = sealed_under(master_key)
    total = 0
    for one in COLUMNS:
        table, column = one.table, one.column
        found = await reader.rows(
            f"SELECT count(*) FROM {table} WHERE substr({column}, 1, :length) = :beginning",
            {"length": len(beginning), "beginning": beginning},
        )
        total += int(found[0][0])
    return total


async def beside(
    reader: Reader, master_key: str, *, limit: int
) -> list[tuple[SealedColumn, tuple[str, ...], str]]:
    """Some that are not sealed under that master key yet: where, whose, and the sealed text."""
    beginning = sealed_under(master_key)
    found: list[tuple[SealedColumn, tuple[str, ...], str]] = []
    for one in COLUMNS:
        table, column, keys = one.table, one.column, ", ".join(one.keys)
        rows = await reader.rows(
            f"SELECT {keys}, {column} FROM {table} WHERE {column} IS NOT NULL"
            f" AND substr({column}, 1, :length) <> :beginning"
            f" ORDER BY {keys} LIMIT :rows_max",
            {"length": len(beginning), "beginning": beginning, "rows_max": limit - len(found)},
        )
        found += [(one, tuple(row[:-1]), row[-1]) for row in rows]
        if len(found) >= limit:
            break
    return found


async def every(reader: Reader) -> AsyncIterator[tuple[str, str]]:
    """Every sealed text there is, with the record it was sealed for, a page at a time."""
    for one in COLUMNS:
        table, column, keys = one.table, one.column, ", ".join(one.keys)
        beyond: dict[str, Any] = {}
        while True:
            after = _after(one) if beyond else ""
            rows = await reader.rows(
                f"SELECT {keys}, {column} FROM {table} WHERE {column} IS NOT NULL{after}"
                f" ORDER BY {keys} LIMIT :rows_max",
                {"rows_max": PAGE_ROWS, **beyond},
            )
            for row in rows:
                yield one.record_of(row[:-1]), row[-1]
            if len(rows) < PAGE_ROWS:
                break
            beyond = _named(rows[-1][:-1])


def _after(one: SealedColumn) -> str:
    places = ", ".join(f":key{place}" for place in range(len(one.keys)))
    return f" AND ({', '.join(one.keys)}) > ({places})"


def _named(row_keys: Sequence[Any]) -> dict[str, Any]:
    return {f"key{place}": key for place, key in enumerate(row_keys)}
