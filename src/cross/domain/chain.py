"""The chain: every entry and every audit line hashed with all that came before it (I-34, I-35).

    h(0) = 32 zero bytes          h(n) = SHA-256(h(n-1) ‖ canonical(item n))

Items are linked in blocks. A block keeps the number and the hash of each of its items, so that the
first row that was altered is named; and how far each book was linked, so that nothing is put in
between. docs/explanation/ledger-chain.md says the same to whoever writes a verifier of his own.
"""

import hashlib
import json
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

GENESIS: Final = bytes(32)
"""What the first item is hashed after, and the first block sealed after."""

NOWHERE: Final = -(1 << 63)
"""The number of no row."""

ABSENT: Final = b"-"
_ITEM: Final = struct.Struct(">cq32s")


class Book(StrEnum):
    """What is linked; each book numbers its rows."""

    ENTRY = "entry"
    AUDIT = "audit"


_MARKS: Final = {Book.ENTRY: b"E", Book.AUDIT: b"A"}
_BOOKS: Final = {mark: book for book, mark in _MARKS.items()}


class Row(NamedTuple):
    """A row to be linked: its book, its number there, and its canonical form."""

    book: Book
    number: int
    canonical: bytes


class Item(NamedTuple):
    """A row that is linked: h(n), and where the row is."""

    book: Book
    number: int
    hash: bytes


class Gap(NamedTuple):
    """Numbers passed over while the transaction that was given them may yet commit.

    `before`: it is one of the transactions below this number. `at` is in microseconds.
    """

    book: Book
    first: int
    last: int
    before: int
    at: int


@dataclass(frozen=True, slots=True)
class Reach:
    """How far each book is linked: up to `high`, but for its gaps."""

    high: Mapping[Book, int] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()

    def up_to(self, book: Book) -> int:
        """The highest number of a book that is linked."""
        return self.high.get(book, 0)

    def is_open(self, book: Book, number: int) -> bool:
        """Whether a row of that number may still be linked."""
        if number > self.up_to(book):
            return True
        return any(gap.book is book and gap.first <= number <= gap.last for gap in self.gaps)

    def text(self) -> str:
        """As a block keeps it."""
        gaps = [[gap.book.value, *gap[1:]] for gap in self.gaps]
        high = {book.value: self.up_to(book) for book in Book}
        return json.dumps({**high, "gaps": gaps}, separators=(",", ":"))


def reach_from(text: str) -> Reach:
    """What `Reach.text` wrote; raises `ValueError` for anything else."""
    try:
        said = json.loads(text)
        gaps = tuple([Gap(Book(gap[0]), *map(int, gap[1:])) for gap in said["gaps"]])
        return Reach({book: int(said[book.value]) for book in Book}, gaps)
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"not how far a chain reaches: {error}") from None


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the chain, as it is stored: `items` packed, `seal` over it and those before."""

    first: int
    last: int
    head: bytes
    at: int
    reach: str
    items: bytes
    seal: bytes


class Tail(NamedTuple):
    """Where the chain ends: what the next block goes on from."""

    position: int = 0
    head: bytes = GENESIS
    seal: bytes = GENESIS
    reach: Reach = Reach()


def joined(fields: Iterable[object]) -> bytes:
    """Fields as netstrings, one after the other: no two lists of fields give the same bytes."""
    return b"".join([_netstring(value) for value in fields])


def _netstring(value: object) -> bytes:
    if value is None:
        return ABSENT
    raw = value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")
    return b"%d:%b," % (len(raw), raw)


_often: Final = lru_cache(maxsize=4096, typed=True)(_netstring)
"""For what comes again and again: causes, numbers of lines."""


def audit_form(fields: Sequence[object]) -> bytes:
    """The canonical form of an audit line: number, id, at, who, action, subject, before, after."""
    return joined(("audit", *fields))


def entry_form(
    fields: tuple[object, object, object, object, object], postings: Iterable[bytes]
) -> bytes:
    """That of an entry: number, movement, cause, lines, at; then its postings in their order."""
    number, movement, cause, lines, at = fields
    if type(number) is not int or type(at) is not int or type(movement) is not str:
        return joined(("entry", *fields)) + b"".join(postings)  # no row of ours
    first, second, last = b"%d" % number, movement.encode(errors="surrogatepass"), b"%d" % at
    return b"5:entry,%d:%b,%d:%b,%b%b%d:%b,%b" % (
        *(len(first), first, len(second), second),
        *(_often(cause), _often(lines), len(last), last, b"".join(postings)),
    )


@lru_cache(maxsize=4096, typed=True)
def line_form(line: int, amount: int) -> bytes:
    """The beginning of a posting within its entry: line and signed amount; its account follows."""
    return joined((line, amount))


def account_form(fields: Sequence[object]) -> bytes:
    """An account within a posting: name, kind, currency, merchant."""
    return joined(fields)


def hash_after(before: bytes, canonical: bytes) -> bytes:
    """h(n) of a row, from h(n-1)."""
    return hashlib.sha256(before + canonical).digest()


def linked(tail: Tail, rows: Sequence[Row], reach: Reach, *, at: int) -> Block:
    """The block that adds these rows to a chain."""
    head, packed = tail.head, []
    for book, number, canonical in rows:
        head = hash_after(head, canonical)
        packed.append(_ITEM.pack(_MARKS[book], number, head))
    first, last = tail.position + 1, tail.position + len(rows)
    bare = Block(first, last, head, at, reach.text(), b"".join(packed), b"")
    return Block(first, last, head, at, bare.reach, bare.items, seal_of(tail.seal, bare))


def seal_of(before: bytes, block: Block) -> bytes:
    """What seals a block, all of its columns, after the one before it."""
    columns = (block.first, block.last, block.head, block.at, block.reach, block.items)
    return hashlib.sha256(before + joined(("block", *columns))).digest()


def items_of(block: Block) -> list[Item]:
    """The items of a block in their order; raises `ValueError` where they are no items.

    One that is of no known book is at `NOWHERE`.
    """
    if not block.items or len(block.items) % _ITEM.size:
        raise ValueError("items are cut off")
    return [
        Item(_BOOKS.get(mark, Book.ENTRY), number if mark in _BOOKS else NOWHERE, digest)
        for mark, number, digest in _ITEM.iter_unpack(block.items)
    ]


def missing_between(high: int, numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The stretches without a number among rising numbers above `high`."""
    for number in numbers:
        if number > high + 1:
            yield high + 1, number - 1
        high = number


class Head(NamedTuple):
    """The chain up to a position: what is signed, and sent where nobody here can change it."""

    position: int
    hash: bytes
    at: str

    def message(self) -> bytes:
        """What the signature is of."""
        return joined(("cross ledger head", self.position, self.hash.hex(), self.at))


class Fault(NamedTuple):
    """One thing that is not as it was linked; `row` is the id of an entry, a line or a block.

    `what`: altered, missing, inserted, unreadable, hash (of the row, in its block), block, head.
    """

    position: int
    book: str
    row: str
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What looking at a stretch of the chain found: from `after` to `until`, whose hash it is."""

    after: int
    until: int
    hash: bytes
    last: int
    faults: tuple[Fault, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether nothing was altered."""
        return not self.faults

    @property
    def is_whole(self) -> bool:
        """Whether it goes as far as the chain did when it was looked at."""
        return self.until >= self.last
