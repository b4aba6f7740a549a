"""The chain, stored: rows in the form in which they are hashed, and the blocks that link them."""

from collections.abc import Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, Final

from cross.domain.chain import (
    Block,
    Book,
    Head,
    Item,
    Reach,
    Row,
    Tail,
    account_form,
    audit_form,
    entry_form,
    items_of,
    line_form,
    reach_from,
)
from cross.storage.rows import micros, moment
from cross.storage.store import (
    Question,
    Reader,
    Saved,
    Stale,
    Statement,
    Store,
    Verdict,
)
from cross.storage.store import Row as Found

ROWS_AT_ONCE: Final = 512
RANGES_AT_ONCE: Final = 50
_MISSING: Final = account_form((None, None, None, None))
"""An account that is not there: whatever was linked, it was not this."""

_ACCOUNT: Final = itemgetter(2)

_ENTRIES: Final = "SELECT id, movement, cause, lines, at FROM entries WHERE {} ORDER BY id LIMIT {}"
_AUDIT: Final = (
    "SELECT number, id, at, who, action, subject, before, after FROM audit"
    " WHERE {} ORDER BY number LIMIT {}"
)
_SELECTS: Final = {Book.ENTRY: (_ENTRIES, "id"), Book.AUDIT: (_AUDIT, "number")}
_BLOCK: Final = "first, last, head, at, reach, items, seal"


class Forms:
    """Rows in their canonical form; remembers accounts, which do not change."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._accounts: dict[int, bytes] = {}

    async def above(
        self, book: Book, after: int, *, up_to: int | None = None, limit: int = ROWS_AT_ONCE
    ) -> list[Row]:
        """Rows with higher numbers, in their order; at most `limit`.

        With `up_to`, postings that are of no entry count as rows, too: they are as nothing linked.
        """
        within = "" if up_to is None else " AND {0} <= :up_to"
        values = {"after": after} if up_to is None else {"after": after, "up_to": up_to}
        found = await self._select(book, "{0} > :after" + within, values, limit)
        if up_to is None or book is Book.AUDIT:
            return await self._rows(book, found)
        end = up_to if len(found) < limit else found[-1][0]
        return await self._rows(book, found, between=(after, end))

    async def within(self, book: Book, ranges: Sequence[tuple[int, int]]) -> list[Row]:
        """Rows whose numbers are in these ranges, both ends included."""
        found: list[Found] = []
        for at in range(0, len(ranges), RANGES_AT_ONCE):
            part = ranges[at : at + RANGES_AT_ONCE]
            either = " OR ".join(f"({{0}} >= :a{n} AND {{0}} <= :b{n})" for n in range(len(part)))
            values: dict[str, int] = {}
            for n, (first, last) in enumerate(part):
                values |= {f"a{n}": first, f"b{n}": last}
            found += await self._select(book, f"({either})", values, 1 << 31)
        return await self._rows(book, found)

    async def _select(
        self, book: Book, condition: str, values: dict[str, int], limit: int
    ) -> Sequence[Found]:
        select, name = _SELECTS[book]
        return await self._reader.rows(select.format(condition.format(name), limit), values)

    async def _rows(
        self, book: Book, found: Sequence[Found], *, between: tuple[int, int] | None = None
    ) -> list[Row]:
        if book is Book.AUDIT:
            return [Row(book, line[0], audit_form(line)) for line in found]
        postings = await self._postings([entry[0] for entry in found], between)
        rows = [
            Row(book, entry[0], entry_form(entry, postings.pop(entry[0], ()))) for entry in found
        ]
        if between is not None:
            rows += [Row(book, number, b"".join(stray)) for number, stray in postings.items()]
        return rows

    async def _postings(
        self, numbers: Sequence[int], between: tuple[int, int] | None
    ) -> dict[int, list[bytes]]:
        if not numbers and between is None:
            return {}
        found = await self._reader.rows(*_postings_of(numbers, between))
        accounts = self._accounts
        used = dict.fromkeys(map(_ACCOUNT, found))
        await self._learn([number for number in used if number not in accounts])
        forms_of = {number: accounts.get(number, _MISSING) for number in used}
        postings: dict[int, list[bytes]] = {}
        forms, of = list[bytes](), None
        for entry, line, account, amount in found:  # in their order: an entry's are together
            if entry != of:
                forms = postings[entry] = []
                of = entry
            forms.append(line_form(line, amount) + forms_of[account])
        return postings

    async def _learn(self, numbers: Sequence[int]) -> None:
        wanted = list(dict.fromkeys(numbers))
        for at in range(0, len(wanted), RANGES_AT_ONCE):
            part = {f"n{place}": n for place, n in enumerate(wanted[at : at + RANGES_AT_ONCE])}
            names = ", ".join(f":{name}" for name in part)
            found = await self._reader.rows(
                f"SELECT id, name, kind, currency, merchant FROM accounts WHERE id IN ({names})",
                part,
            )
            self._accounts.update((row[0], account_form(row[1:])) for row in found)


def _postings_of(numbers: Sequence[int], between: tuple[int, int] | None) -> Statement:
    """Those of entries in a row by their range, of scattered ones one by one."""
    low, high = between or (numbers[0] - 1, numbers[-1])
    if between or high - low < 2 * len(numbers) + ROWS_AT_ONCE:
        condition, values = "entry > :low AND entry <= :high", {"low": low, "high": high}
    else:
        values = {f"e{place}": number for place, number in enumerate(numbers)}
        condition = f"entry IN ({', '.join(f':{name}' for name in values)})"
    select = "SELECT entry, line, account, amount FROM postings WHERE"
    return f"{select} {condition} ORDER BY entry, line", values


@dataclass(frozen=True, slots=True)
class BlockAppended:
    """A block at the end of the chain; `Stale` where the chain goes on already."""

    block: Block

    def marks(self) -> Iterator[Hashable]:
        """One block at a time."""
        yield ("chain",)

    def writing(self) -> Generator[Statement, Sequence[Found], Verdict]:
        """The block, where it fits."""
        block = self.block
        appended = yield (
            f"INSERT INTO chain_blocks ({_BLOCK})"
            " SELECT :first, :last, :head, :at, :reach, :items, :seal"
            " WHERE coalesce((SELECT max(last) FROM chain_blocks), 0) = :before"
            " ON CONFLICT DO NOTHING RETURNING last",
            {
                "first": block.first,
                "last": block.last,
                "head": block.head,
                "at": block.at,
                "reach": block.reach,
                "items": block.items,
                "seal": block.seal,
                "before": block.first - 1,
            },
        )
        return Saved() if appended else Stale()

    def looking_for(self) -> Question:
        """Its seal."""
        return (
            "SELECT last FROM chain_blocks WHERE seal = :seal",
            {"seal": self.block.seal},
            (self.block.last,),
        )


@dataclass(frozen=True, slots=True)
class Shipment:
    """That a head was sent to a place."""

    at: datetime
    place: str
    position: int
    hash: bytes

    def marks(self) -> Iterator[Hashable]:
        """One a place at a time."""
        yield ("shipment", self.place)

    def writing(self) -> Generator[Statement, Sequence[Found], Verdict]:
        """The row."""
        yield (
            "INSERT INTO chain_shipments (at, place, position, hash)"
            " VALUES (:at, :place, :position, :hash) ON CONFLICT DO NOTHING RETURNING at",
            {
                "at": micros(self.at),
                "place": self.place,
                "position": self.position,
                "hash": self.hash,
            },
        )
        return Saved()

    def looking_for(self) -> None:
        """Nothing: it went, whether or not that was noted."""
        return


async def tail(reader: Reader) -> Tail:
    """Where the chain ends; raises `ValueError` where its last block is not one."""
    return await _tail(reader, "1 = 1", {})


async def tail_before(reader: Reader, position: int) -> Tail:
    """Where the chain ended before the block that holds the position; raises `ValueError`."""
    return await _tail(reader, "last < :position", {"position": position})


async def _tail(reader: Reader, condition: str, values: dict[str, Any]) -> Tail:
    found = await reader.rows(
        f"SELECT last, head, seal, reach FROM chain_blocks WHERE {condition}"
        " ORDER BY last DESC LIMIT 1",
        values,
    )
    if not found:
        return Tail()
    last, head, seal, reach = found[0]
    return Tail(last, head, seal, reach_from(reach))


async def block_with(reader: Reader, position: int) -> Block | None:
    """The block that holds a position; None where the chain does not reach so far."""
    values = {"position": position}
    return await _one_block(reader, "last >= :position ORDER BY last ASC", values)


async def _one_block(reader: Reader, condition: str, values: dict[str, Any]) -> Block | None:
    found = await reader.rows(
        f"SELECT {_BLOCK} FROM chain_blocks WHERE {condition} LIMIT 1", values
    )
    return Block(*found[0]) if found else None


async def item_at(reader: Reader, position: int) -> Item | None:
    """What is linked at a position; None where nothing is. Raises `ValueError` for a bad block."""
    block = await block_with(reader, position)
    if block is None or not block.first <= position <= block.last:
        return None
    items = items_of(block)
    return items[position - block.first] if position - block.first < len(items) else None


async def head_of(reader: Reader) -> Head:
    """The chain's head; `at` is when its last block was made."""
    found = await reader.rows(
        "SELECT last, head, at FROM chain_blocks ORDER BY last DESC LIMIT 1", {}
    )
    if not found:
        return Head(0, Tail().head, "")
    position, digest, at = found[0]
    return Head(position, digest, moment(at).isoformat())


async def transactions(store: Store) -> tuple[int, int]:
    """The oldest transaction that runs, and the number that the next one gets; 0 on SQLite."""
    if store.engine == "sqlite":
        return 0, 0
    found = await store.rows(
        "SELECT CAST(CAST(pg_snapshot_xmin(s) AS text) AS bigint),"
        " CAST(CAST(pg_snapshot_xmax(s) AS text) AS bigint) FROM pg_current_snapshot() s",
        {},
    )
    return int(found[0][0]), int(found[0][1])


async def is_eldest(store: Store, owner: int) -> bool:
    """Whether this process is the one that links: of all that live, the one that began first."""
    if store.engine == "sqlite":
        return True
    found = await store.rows(
        "SELECT min(fence) FROM processes"
        " WHERE adopted_by IS NULL AND lease_until >= microseconds_now()",
        {},
    )
    return bool(found) and found[0][0] == owner


@dataclass(frozen=True, slots=True)
class Unlinked:
    """How many rows wait to be linked, and since when the first entry of them does."""

    count: int
    since: datetime | None


async def unlinked(reader: Reader, reach: Reach) -> Unlinked:
    """What is in the books above what the chain reaches."""
    high = {book.value: reach.up_to(book) for book in Book}
    found = await reader.rows(
        "SELECT (SELECT count(*) FROM entries WHERE id > :entry)"
        " + (SELECT count(*) FROM audit WHERE number > :audit),"
        " (SELECT min(at) FROM entries WHERE id > :entry)",
        high,
    )
    count, since = found[0]
    return Unlinked(int(count), None if since is None else moment(since))


async def last_shipped(reader: Reader, place: str) -> tuple[datetime, int] | None:
    """When a head was last sent to a place, and of which position."""
    found = await reader.rows(
        "SELECT at, position FROM chain_shipments WHERE place = :place ORDER BY at DESC LIMIT 1",
        {"place": place},
    )
    return (moment(found[0][0]), int(found[0][1])) if found else None
