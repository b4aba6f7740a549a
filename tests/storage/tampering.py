"""Random edits of books by somebody to whom nothing says no, and whether the chain names each.

`make tamper EDITS=10000` tries that many on SQLite and prints what was found (money-safety.md 4.3).
"""

# ruff: noqa: S608  SQL is put together from the lists below
import argparse
import asyncio
import collections
import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import apsw

from cross.clock import system_clock
from cross.domain.chain import Book, Fault, items_of
from cross.storage import chain as stored
from cross.storage.sqlite import OwnThread, SqliteStore
from tests.storage.linking import faults_in, link_all, some_writes

BLOCKS: Final = 4
_COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "entries": ("id", "movement", "cause", "lines", "at"),
    "postings": ("entry", "line", "account", "amount"),
    "accounts": ("id", "name", "kind", "currency", "merchant"),
    "audit": ("number", "id", "at", "who", "action", "subject", "before", "after"),
    "chain_blocks": ("last", "first", "head", "at", "reach", "items", "seal"),
}
_WHERE: Final = {"postings": ("entry", "line"), "audit": ("number",), "chain_blocks": ("last",)}


class OneConnection:
    """Reads what an open transaction sees."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection

    async def rows(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Rows of a SELECT."""
        return self.connection.execute(sql, dict(parameters)).fetchall()


@dataclass(frozen=True, slots=True)
class Edit:
    """What was done, and the first position at which it must be noticed."""

    what: str
    position: int


class Tamperer:
    """Edits books at random, one edit at a time, each undone after it was looked for."""

    def __init__(self, file: Path, seed: int) -> None:
        self.connection = apsw.Connection(str(file))
        self.reader = OneConnection(self.connection)
        for (name,) in self._all("SELECT name FROM sqlite_schema WHERE type = 'trigger'"):
            self.connection.execute(f"DROP TRIGGER {name}")
        self._chance = random.Random(seed)  # noqa: S311  played again
        self._positions: dict[tuple[Book, int], int] = {}
        self._blocks: dict[int, int] = {}

    async def learn(self) -> None:
        """What is at which position."""
        while block := await stored.block_with(self.reader, len(self._positions) + 1):
            self._blocks[block.last] = block.first
            for position, item in enumerate(items_of(block), block.first):
                self._positions[item.book, item.number] = position

    async def try_one(self) -> tuple[Edit, Sequence[Fault]]:
        """An edit, and what was noticed of it."""
        while True:
            self.connection.execute("BEGIN")
            try:
                edit = self._edit()
                if edit is not None:
                    return edit, await faults_in(self.reader)
            except apsw.ConstraintError:
                pass  # not even without triggers
            finally:
                self.connection.execute("ROLLBACK")

    def _edit(self) -> Edit | None:
        choices = (self._change, self._change, self._change, self._delete, self._insert, self._swap)
        return self._chance.choice(choices)()

    def _all(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, tuple(values)).fetchall()

    def _some_row(self, table: str) -> tuple[tuple[Any, ...], str, tuple[Any, ...]]:
        columns, keys = _COLUMNS[table], _WHERE.get(table, ("id",))
        found = self._all(f"SELECT {', '.join(columns)} FROM {table}")
        row = self._chance.choice(found)
        where = " AND ".join(f"{key} = ?" for key in keys)
        return row, where, tuple(row[columns.index(key)] for key in keys)

    def _place(self, table: str, row: Sequence[Any]) -> int:
        """The first position that a row is part of."""
        if table == "chain_blocks":
            return self._blocks[row[0]]
        if table == "audit":
            return self._positions[Book.AUDIT, row[0]]
        if table == "accounts":
            used = self._all("SELECT entry FROM postings WHERE account = ?", row[:1])
            return min(self._positions[Book.ENTRY, number] for (number,) in used)
        return self._positions[Book.ENTRY, row[0]]

    def _change(self) -> Edit:
        table = self._chance.choice(tuple(_COLUMNS))
        row, where, key = self._some_row(table)
        columns = _COLUMNS[table]
        place = self._chance.randrange(len(columns))
        value = self._other(row[place])
        position = self._place(table, row)
        if table == "chain_blocks" and columns[place] == "items":
            size = len(row[place]) // (row[0] - row[1] + 1)
            differing = next(
                i for i, (a, b) in enumerate(zip(row[place], value, strict=True)) if a != b
            )
            position += differing // size
        if place == 0 and table in ("entries", "postings", "audit"):  # lost here, found there
            book = Book.AUDIT if table == "audit" else Book.ENTRY
            later = [
                at
                for (of, number), at in self._positions.items()
                if (of, number >= value) == (book, True)
            ]
            position = min(position, *later, position)
        self._all(f"UPDATE {table} SET {columns[place]} = ? WHERE {where}", (value, *key))
        return Edit(f"{table}.{columns[place]} of {key}", position)

    def _other(self, value: Any) -> Any:
        """The same but for a bit."""
        chance = self._chance
        if value is None:
            return "mer_x"
        if isinstance(value, int):
            return value ^ (1 << chance.randrange(40))
        if not value:
            return "x"
        raw = bytearray(value if isinstance(value, bytes) else value.encode())
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(7)
        if isinstance(value, bytes):
            return bytes(raw)
        return raw.decode(errors="replace")

    def _delete(self) -> Edit:
        table = self._chance.choice(tuple(_COLUMNS))
        row, where, key = self._some_row(table)
        position = self._place(table, row)
        if table == "chain_blocks" and row[0] == max(self._blocks):
            return self._delete()  # then its rows wait to be linked again: an older head tells
        self._all(f"DELETE FROM {table} WHERE {where}", key)
        return Edit(f"{table} {key} deleted", position)

    def _insert(self) -> Edit:
        table = self._chance.choice(("entries", "postings", "audit"))
        if table == "postings":
            row, *_ = self._some_row("postings")
            values = (row[0], row[1] + self._chance.choice((-50, 50)), row[2], row[3])
            self._all("INSERT INTO postings VALUES (?, ?, ?, ?)", values)
            return Edit(f"postings {values} inserted", self._place(table, row))
        number = -self._chance.randrange(100)
        if table == "audit":
            line = (number, f"aud_{number}", 0, "x", "x", "x", "null", "null")
            self._all("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", line)
            return Edit(f"audit {number} inserted", self._positions[Book.AUDIT, 1])
        self._all("INSERT INTO postings VALUES (?, 1, 1, 5), (?, 2, 2, -5)", (number, number))
        self._all("INSERT INTO entries VALUES (?, 'm', 'c', 2, 0)", (number,))
        return Edit(f"entries {number} inserted", self._positions[Book.ENTRY, 1])

    def _swap(self) -> Edit | None:
        """Two rows change their numbers, or their contents but for those."""
        table = self._chance.choice(("entries", "audit"))
        name = _COLUMNS[table][0]
        (first, *_), (second, *_) = self._some_row(table)[0], self._some_row(table)[0]
        if first == second:
            return None
        one, two = self._place(table, (first,)), self._place(table, (second,))
        for was, becomes in ((first, -1_000_000), (second, first), (-1_000_000, second)):
            self._all(f"UPDATE {table} SET {name} = ? WHERE {name} = ?", (becomes, was))
        return Edit(f"{table} {first} and {second} swapped", min(one, two))


async def furnished(file: Path) -> None:
    """Books with a chain of a few blocks."""
    store = SqliteStore(file, clock=system_clock, writer=OwnThread("w"), reader=OwnThread("r"))
    await store.open()
    for _ in range(BLOCKS):
        await store.record(some_writes(8))
        await link_all(store)
    await store.close()


async def try_edits(file: Path, *, edits: int, seed: int) -> list[str]:
    """What was not noticed, or not where it was; and, last, how many were."""
    tamperer = Tamperer(file, seed)
    await tamperer.learn()
    assert await faults_in(tamperer.reader) == ()
    missed = []
    kinds: collections.Counter[str] = collections.Counter()
    for _ in range(edits):
        edit, faults = await tamperer.try_one()
        kinds[faults[0].what if faults else "missed"] += 1
        if not faults or faults[0].position != edit.position:
            missed.append(f"{edit}: {faults[:2]}")
    assert await faults_in(tamperer.reader) == ()
    tamperer.connection.close()
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    return [*missed, f"{edits - len(missed)} of {edits} edits found at their position ({told})"]


def main() -> None:
    """Tries many, and says how many were found where they were."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--edits", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "books.db"
        asyncio.run(furnished(file))
        began = time.perf_counter()
        *missed, told = asyncio.run(try_edits(file, edits=given.edits, seed=given.seed))
    seconds = time.perf_counter() - began
    sys.stdout.write("\n".join([*missed[:20], f"{told}, in {seconds:.0f} s", ""]))
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
