"""The chain, made: what was booked is linked about once a second, never on the way of a movement.

One process links: on SQLite the only one, on PostgreSQL the eldest that lives. That the chain does
not fork is the books' to see: a block is taken only at the chain's end.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from cross.domain.chain import Book, Found, Gap, Reach, Row, Tail, linked, missing_between
from cross.domain.errors import SwitchUnavailable
from cross.outbound import Outbound
from cross.storage import chain as stored
from cross.storage import chain_check
from cross.storage.chain import ROWS_AT_ONCE, BlockAppended, Forms, Unlinked
from cross.storage.rows import micros
from cross.storage.store import Saved, StoreUnavailable, Write
from cross.switch import heads
from cross.switch.heads import Shipper
from cross.switch.switch import Switch

LINK_EVERY_SECONDS: Final = 1.0
BLOCK_MAX: Final = 4096
GAP_MIN_SECONDS: Final = 30
"""No number is given up before; by then every transaction that was given one has written a row."""

BLOCKS_A_LOOK: Final = 8

log = structlog.get_logger("cross.chain")


class Chainer:
    """Links what is booked, for one process."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._forms = Forms(switch.store)
        self._tail: Tail | None = None
        self._booked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.items = 0
        self.blocks = 0

    def start(self) -> None:
        """Begins with what was booked while nobody linked."""
        self._booked.set()
        self._switch.recorder.listeners.append(self._heard)
        self._task = asyncio.get_running_loop().create_task(self._run(), name="chain")

    async def stop(self) -> None:
        """Links what is left; the recorder must still run."""
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self._link_all()

    def _heard(self, writes: Sequence[Write]) -> None:
        if not (len(writes) == 1 and isinstance(writes[0], BlockAppended)):
            self._booked.set()

    async def _run(self) -> None:
        """On PostgreSQL others book, too; on SQLite nothing is done while nothing is booked."""
        while True:
            if self._switch.store.engine == "sqlite":
                await self._booked.wait()
            await asyncio.sleep(LINK_EVERY_SECONDS)
            await self._link_all()

    async def _link_all(self) -> None:
        self._booked.clear()
        try:
            if not await stored.is_eldest(self._switch.store, self._switch.lease.owner):
                self._tail = None
                return
            linked_now = BLOCK_MAX
            while linked_now >= BLOCK_MAX:
                linked_now = await self.link()
        except (StoreUnavailable, SwitchUnavailable) as error:
            self._booked.set()
            log.warning("chain_not_linked", error=type(error).__name__)
        except ValueError:
            log.exception("chain_end_unreadable")

    async def link(self) -> int:
        """Makes one block of what is not linked; of how many rows.

        Raises `ValueError` where the chain's last block is not one.
        """
        tail, oldest = self._tail, (await stored.transactions(self._switch.store))[0]
        if tail is None:
            tail = await self._take_up()
        rows, highs, gaps = await self._unlinked(tail)
        now = micros(self._switch.clock())
        given_up = now - micros_in(GAP_MIN_SECONDS)
        kept = tuple([gap for gap in gaps if gap.before > oldest or gap.at > given_up])
        if not rows:
            self._tail = tail._replace(reach=Reach(tail.reach.high, kept))
            return 0
        reach = Reach(highs, (*kept, *await self._new_gaps(tail, rows, now)))
        block = linked(tail, rows, reach, at=now)
        verdict = await self._switch.recorder_beside.record(BlockAppended(block))
        if not isinstance(verdict, Saved):
            self._tail = None
            log.warning("chain_block_not_taken", verdict=type(verdict).__name__)
            return 0
        self._tail = Tail(block.last, block.head, block.seal, reach)
        self.items += len(rows)
        self.blocks += 1
        return len(rows)

    async def _take_up(self) -> Tail:
        """The chain's end; of a database that was copied, transactions' numbers may be others."""
        tail = await stored.tail(self._switch.store)
        _, following = await stored.transactions(self._switch.store)
        gaps = [gap._replace(before=min(gap.before, following)) for gap in tail.reach.gaps]
        return tail._replace(reach=Reach(tail.reach.high, tuple(gaps)))

    async def _unlinked(self, tail: Tail) -> tuple[list[Row], dict[Book, int], list[Gap]]:
        """Rows to link: those that came late first; how high they reach; the gaps that are left."""
        reach = tail.reach
        rows: list[Row] = []
        for book in Book:
            ranges = [(gap.first, gap.last) for gap in reach.gaps if gap.book is book]
            rows += await self._forms.within(book, ranges)
        gaps = [part for gap in reach.gaps for part in without(gap, rows)]
        highs = {book: reach.up_to(book) for book in Book}
        for book in Book:
            while len(rows) < BLOCK_MAX:
                found = await self._forms.above(book, highs[book])
                rows += found
                if found:
                    highs[book] = found[-1].number
                if len(found) < ROWS_AT_ONCE:
                    break
        return rows, highs, gaps

    async def _new_gaps(self, tail: Tail, rows: Sequence[Row], at: int) -> list[Gap]:
        """Numbers passed over just now; on SQLite there is no one who could still use them."""
        if self._switch.store.engine == "sqlite":
            return []
        missing = []
        for book in Book:
            high = tail.reach.up_to(book)
            fresh = [row.number for row in rows if row.book is book and row.number > high]
            missing += [(book, first, last) for first, last in missing_between(high, fresh)]
        if not missing:
            return []
        _, following = await stored.transactions(self._switch.store)
        return [Gap(book, first, last, following, at) for book, first, last in missing]


class _Standing:
    """Links, and ships what is linked."""

    def __init__(self, switch: Switch, outbound: Outbound) -> None:
        self._chainer = Chainer(switch)
        self._shipper = Shipper(switch, outbound)
        self._chainer.start()
        self._shipper.start()

    async def stop(self) -> None:
        """Links what is left."""
        await self._shipper.stop()
        await self._chainer.stop()


def begin(switch: Switch, outbound: Outbound) -> None:
    """Links from now on, what was booked before Cross linked anything as well."""
    switch.chain = _Standing(switch, outbound)


def micros_in(seconds: int) -> int:
    """Seconds as times are stored."""
    return seconds * 1_000_000


def without(gap: Gap, rows: Sequence[Row]) -> list[Gap]:
    """What is left of a gap once these rows are linked."""
    inside = [
        row.number for row in rows if row.book is gap.book and gap.first <= row.number <= gap.last
    ]
    ends = [*sorted(inside), gap.last + 1]
    return [
        gap._replace(first=first, last=last) for first, last in missing_between(gap.first - 1, ends)
    ]


async def verify_since(switch: Switch, position: int) -> Found:
    """Whether the chain from a position on is what the books hold; a few blocks at a time.

    `Found.until` is where the next look goes on. A position is where a block ends; else the block
    that it is in is looked at from its beginning.
    """
    return await chain_check.check(switch.store, after=position, blocks_max=BLOCKS_A_LOOK)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the chain stands: where it ends, what is not linked, what was last shipped where."""

    position: int
    unlinked: Unlinked
    shipped: Mapping[str, tuple[datetime, int]]


async def standing(switch: Switch) -> Standing:
    """All of it; raises `StoreUnavailable`, and `ValueError` where the chain's end is none."""
    tail = await stored.tail(switch.store)
    shipped = {
        place: last
        for place in (heads.FILE, heads.URL)
        if (last := await stored.last_shipped(switch.store, place)) is not None
    }
    return Standing(tail.position, await stored.unlinked(switch.store, tail.reach), shipped)
