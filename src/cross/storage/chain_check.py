"""The chain, checked: every row hashed again, every block looked at; read-only, from anywhere.

Each item is compared with the hash that its block keeps, so that one row that was altered is one
fault, and those after it are still told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from cross.domain.chain import (
    NOWHERE,
    Block,
    Book,
    Fault,
    Found,
    Item,
    Reach,
    Row,
    Tail,
    hash_after,
    items_of,
    reach_from,
    seal_of,
)
from cross.domain.ids import ENTRY
from cross.storage import chain as stored
from cross.storage.chain import ROWS_AT_ONCE, Forms
from cross.storage.store import Reader, StoreDamaged

FAULTS_MAX: Final = 100
_BLOCK_MARK: Final = "block"
Key: TypeAlias = tuple[Book, int]
Placed: TypeAlias = tuple[int, Item]


async def check(reader: Reader, *, after: int = 0, blocks_max: int | None = None) -> Found:
    """What is not as it was linked from a position on, to the end or for so many blocks.

    `after` is where a block ends, 0 for the beginning; else the block that it is in is looked at
    from its beginning. What is older is not looked at.
    """
    last = (await stored.head_of(reader)).position
    try:
        before = await stored.tail_before(reader, after + 1)
    except (ValueError, StoreDamaged) as error:
        return Found(after, after, b"", last, (_of_block(after, after, str(error)),))
    walk = _Walk(reader, before)
    try:
        await walk.begin()
        await walk.go(blocks_max)
    except StoreDamaged as error:
        position = walk.tail.position + 1
        walk.faults.append(_of_block(position, position, str(error), what="unreadable"))
    faults = tuple(sorted(walk.faults)[:FAULTS_MAX])
    return Found(before.position, walk.tail.position, walk.head, last, faults)


def _of_block(position: int, last: int, detail: str, *, what: str = _BLOCK_MARK) -> Fault:
    return Fault(position, _BLOCK_MARK, str(last), what, detail)


@dataclass(slots=True)
class _Walk:
    """A walk from block to block.

    `head` is the hash up to here as computed; `waiting`: rows in the gaps, not linked so far.
    """

    reader: Reader
    tail: Tail
    head: bytes = b""
    faults: list[Fault] = field(default_factory=list)
    waiting: dict[Key, None] = field(default_factory=dict)
    forms: Forms = field(init=False)

    def __post_init__(self) -> None:
        self.head = self.tail.head
        self.forms = Forms(self.reader)

    async def begin(self) -> None:
        """Rows that were in the gaps of the block before, and are linked later or never."""
        for book in Book:
            ranges = [(gap.first, gap.last) for gap in self.tail.reach.gaps if gap.book is book]
            if ranges:
                for row in await self.forms.within(book, ranges):
                    self.waiting[book, row.number] = None

    async def go(self, blocks_max: int | None) -> None:
        """So many blocks, or all that there are."""
        looked_at = 0
        while blocks_max is None or looked_at < blocks_max:
            block = await stored.block_with(self.reader, self.tail.position + 1)
            if block is None or len(self.faults) >= FAULTS_MAX:
                return
            await self.look(block)
            looked_at += 1

    async def look(self, block: Block) -> None:
        """One block, its items, and the rows that they are of."""
        try:
            items, reach = items_of(block), reach_from(block.reach)
        except ValueError as error:
            self._blame(block, str(error), self.tail.position + 1)
            self.tail = Tail(block.last, block.head, block.seal, self.tail.reach)
            self.head = block.head
            return
        first, reach = self._place_of(block, items), self._reach_of(block, items, reach)
        known = len(self.faults)
        rows = await self._rows_of(items, reach)
        self._look_at_items(block, list(enumerate(items, first)), rows)
        self._look_at_leftovers(list(enumerate(items, first)), rows, reach)
        if len(self.faults) == known:
            self._look_at_frame(block, items, first)
        self.tail = Tail(block.last, block.head, block.seal, reach)

    def _place_of(self, block: Block, items: Sequence[Item]) -> int:
        """Where a block begins: where the one before it ended, unless one is missing."""
        position = self.tail.position + 1
        if block.first <= position or len(items) == block.last - self.tail.position:
            return position
        missing = f"positions {position} to {block.first - 1} are in no block"
        self.faults.append(Fault(position, _BLOCK_MARK, str(position), "missing", missing))
        self.head = items[0].hash if items else block.head
        return block.first

    def _reach_of(self, block: Block, items: Sequence[Item], said: Reach) -> Reach:
        """How far the books are linked, by the items where the seal agrees with them."""
        highs = {
            book: max(
                [item.number for item in items if item.book is book],
                default=0,
            )
            for book in Book
        }
        before = self.tail.reach
        counted = {book: max(before.up_to(book), high) for book, high in highs.items()}
        reach = Reach(counted, said.gaps)
        mended = replace(block, reach=reach.text())
        return reach if seal_of(self.tail.seal, mended) == block.seal else said

    def _look_at_frame(self, block: Block, items: Sequence[Item], first: int) -> None:
        """What is said of a block whose items are all right."""
        if len(items) != block.last - block.first + 1:
            self._blame(block, f"it holds {len(items)} items", first)
        elif items[-1].hash != block.head:
            self._blame(block, "its head is not the hash of its last item", first)
        elif seal_of(self.tail.seal, block) != block.seal:
            self._blame(block, "its seal does not fit it and the block before", first)

    def _blame(self, block: Block, detail: str, position: int) -> None:
        self.faults.append(_of_block(position, block.last, detail))

    async def _rows_of(self, items: Sequence[Item], reach: Reach) -> dict[Key, bytes | None]:
        """Each row that the block is about, None where it cannot be read, and all in between."""
        rows: dict[Key, bytes | None] = {}
        for book in Book:
            numbers = [item.number for item in items if item.book is book]
            high = self.tail.reach.up_to(book)
            late = [(number, number) for number in numbers if number <= high]
            try:
                found = await self.forms.within(book, late) if late else []
                found += await self._between(book, high, reach.up_to(book))
            except StoreDamaged:
                found = await self._one_by_one(book, numbers, rows)
            rows.update(((book, row.number), row.canonical) for row in found)
        return rows

    async def _between(self, book: Book, low: int, high: int) -> list[Row]:
        found: list[Row] = []
        low = low or NOWHERE
        while low < high:
            part = await self.forms.above(book, low, up_to=high)
            found += part
            if len(part) < ROWS_AT_ONCE:
                break
            low = part[-1].number
        return found

    async def _one_by_one(
        self, book: Book, numbers: Sequence[int], rows: dict[Key, bytes | None]
    ) -> list[Row]:
        """Where a page of the database is damaged: what can still be read of what was linked."""
        found: list[Row] = []
        for number in numbers:
            try:
                found += await self.forms.within(book, [(number, number)])
            except StoreDamaged:
                rows[book, number] = None
        return found

    def _look_at_items(
        self, block: Block, items: Sequence[Placed], rows: dict[Key, bytes | None]
    ) -> None:
        """Every row against its hash. `doubt`: what the hash before should have been instead."""
        before, doubt = self.head, b""
        for position, item in items:
            if item.number == NOWHERE:
                self._blame(block, "it names no row here", position)
                before, doubt = item.hash, b""
                continue
            key = (item.book, item.number)
            self.waiting.pop(key, None)
            canonical = rows.pop(key, b"")
            if not canonical:
                what = "unreadable" if canonical is None else "missing"
                self._fault(position, item, what)
                before, doubt = item.hash, b""
                continue
            digest = hash_after(before, canonical)
            if digest == item.hash:
                before, doubt = item.hash, b""
            elif position == block.last and digest == block.head:
                self._fault(position, item, "hash")
                before, doubt = digest, b""
            elif doubt and hash_after(doubt, canonical) == item.hash:
                self.faults[-1] = self.faults[-1]._replace(what="hash")
                before, doubt = item.hash, b""
            else:
                self._fault(position, item, "altered")
                before, doubt = item.hash, digest
        self.head = before

    def _look_at_leftovers(
        self, items: Sequence[Placed], rows: dict[Key, bytes | None], reach: Reach
    ) -> None:
        """Rows below where the block reaches that nothing links: late ones, or put in since."""
        for key in rows:
            self.waiting[key] = None
        for key in list(self.waiting):
            book, number = key
            if not reach.is_open(book, number):
                del self.waiting[key]
                later = [p for p, item in items if item.book is book and item.number > number]
                self._fault(min(later, default=items[-1][0]), Item(book, number, b""), "inserted")

    def _fault(self, position: int, item: Item, what: str) -> None:
        row = f"{ENTRY}_{item.number}" if item.book is Book.ENTRY else str(item.number)
        self.faults.append(Fault(position, item.book.value, row, what))
