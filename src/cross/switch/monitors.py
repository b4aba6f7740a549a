"""The watch: what must hold is looked at while the switch runs, a bounded slice at a time.

    new entries    balance in every currency and are whole (I-01); old ones again, slowly
    balances       are what the last look found and the postings since (I-33); from zero, slowly
    shapes         nothing promised is negative (I-09), nothing owed is the wrong way round
    the chain      its newest block, then an older one (I-34)
    references     no two requests have one of the operator's own (F-O11)

What fails places a safety stop (I-46). One process watches. Nothing here holds up money: it reads
beside it, each question answered in a few milliseconds, and writes only what is wrong.
"""

from collections.abc import Iterable
from typing import Final

import structlog

from cross.clock import monotonic_seconds
from cross.domain.errors import SwitchUnavailable
from cross.domain.stop import BALANCE_OFF, CHAIN_BROKEN, EVERYWHERE, PAGE_DAMAGED, UNBALANCED
from cross.storage import chain_check
from cross.storage import monitors as stored
from cross.storage.monitors import BalanceMark, Flaw, Sum, WatchTurn
from cross.storage.store import Saved, StoreDamaged, StoreUnavailable
from cross.switch import in_time, losses, stops
from cross.switch.reuse import OwnReferences
from cross.switch.stops import Finding
from cross.switch.switch import Switch
from cross.switch.trouble import Looker

LOOKS: Final = 2
"""So many times in `look_every_seconds` the watch looks, and stops are read in every process: at
the second that it is by default, what one process sees is in force in all within it (I-46)."""

SPAN: Final = 1_000
SPANS_A_LOOK: Final = 40
RECENT: Final = 20_000
"""Of the entries that are there at the start, so many are new; the others' turn comes slowly."""

TOGETHER: Final = 25
FROM_ZERO: Final = 10
ROUND: Final = 50
STEPS_MAX: Final = 20
MARKS_MAX: Final = 50_000
KEPT_AFTER: Final = 200_000
"""An account's sum is written down where so many entries later it was found right again."""

CHAIN_EVERY: Final = 4
BUSY: Final = 200
BUSY_EVERY: Final = 4
"""Where so many entries are new at once, what is old is looked at every fourth time."""

IDLE_EVERY: Final = 10
ALARMS_EVERY: Final = 10
LATE_MAX: Final = 50
LATE_LOOKS: Final = 600
TURN_SECONDS: Final = 10
QUICK_CHECK_BYTES_MAX: Final = 256 * 1024 * 1024
Mark = tuple[int, int]

log = structlog.get_logger("cross.watch")


class Watch:
    """One process's watch over the books; `look` is a round of it."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._reader = switch.store
        self._entry = -1
        self._old = 0
        self._late: dict[int, int] = {}
        self._marks: dict[int, Mark] = {}
        self._kept: dict[int, int] = {}
        self._slow: dict[int, Mark] = {}
        self._round = self._again = 0
        self._chain_new, self._chain_old = -1, 0
        self._seen = -1
        self._rounds = 0
        self._looker = Looker(switch)
        self._own = OwnReferences(switch)
        self._turn_until_seconds = 0.0

    async def look(self) -> None:
        """One round; raises `StoreUnavailable` where the books do not answer."""
        is_ours = await self._is_our_turn()
        self._rounds += 1
        if is_ours:
            await self._look_at_books()
        if self._rounds % ALARMS_EVERY == 0:
            await self._looker.look(watches=is_ours)
            if is_ours:
                await losses.look(self._switch)
            if is_ours and self._reader.engine == "postgres":
                await _look_at_pages(self._switch, bytes_max=0)

    async def _look_at_books(self) -> None:
        try:
            if await self._is_idle():
                return
            before = self._entry
            touched = await self._look_at_new_entries()
            await self._look_at_balances(touched)
            if self._entry - before < BUSY or self._rounds % BUSY_EVERY == 0:
                await self._look_at_old_entries()
                await self._look_from_zero()
                await self._look_at_chain()
        except StoreDamaged as damage:
            await self._found(Finding(EVERYWHERE, PAGE_DAMAGED, str(damage)[:200]))

    async def _is_our_turn(self) -> bool:
        """On SQLite there is nobody else; elsewhere the turn is kept for some seconds at a time."""
        if self._reader.engine == "sqlite":
            return True
        now_seconds = monotonic_seconds()
        if now_seconds < self._turn_until_seconds:
            return True
        asked = WatchTurn(self._switch.lease.owner, TURN_SECONDS)
        try:
            verdict = await in_time.record(self._switch.recorder_beside, asked)
        except SwitchUnavailable:
            return False
        if not isinstance(verdict, Saved):
            return False
        self._turn_until_seconds = now_seconds + TURN_SECONDS / 2
        return True

    async def _is_idle(self) -> bool:
        """Whether the file was written by nobody since the last look: then once in a while."""
        if self._reader.engine != "sqlite":
            return False
        seen = await stored.data_version(self._reader)
        is_new, self._seen = seen != self._seen, seen
        return not is_new and self._rounds % IDLE_EVERY != 0

    async def _look_at_new_entries(self) -> dict[int, None]:
        newest = await stored.newest_entry(self._reader)
        if self._entry < 0:
            self._entry = max(0, newest - RECENT)
            self._marks = await stored.balance_marks(self._reader)
        touched: dict[int, None] = {}
        for _ in range(SPANS_A_LOOK):
            if self._entry >= newest:
                break
            upto = min(newest, self._entry + SPAN)
            await self._look_at_span(self._entry, upto)
            await self._note_missing(self._entry, upto)
            await self._own.look(after=self._entry, upto=upto)
            found = await stored.touched(self._reader, after=self._entry, upto=upto)
            touched.update(dict.fromkeys(found))
            self._entry = upto
        await self._look_at_late()
        for flaw in await stored.strays(self._reader, after=newest):
            await self._blame(flaw)
        return touched

    async def _look_at_span(self, after: int, upto: int) -> None:
        for flaw in await stored.flawed(self._reader, after=after, upto=upto):
            await self._blame(flaw)

    async def _blame(self, flaw: Flaw) -> None:
        for operator in self._concerned(flaw.accounts):
            await self._found(Finding(operator, UNBALANCED, f"entry {flaw.entry}: {flaw.flaw}"))

    async def _note_missing(self, after: int, upto: int) -> None:
        """A number nobody bears: on SQLite an entry is gone, elsewhere one may yet be committed."""
        for number in await stored.missing(self._reader, after=after, upto=upto):
            if self._reader.engine == "sqlite":
                await self._found(Finding(EVERYWHERE, UNBALANCED, f"entry {number}: it is gone"))
            else:
                self._late[number] = self._rounds + LATE_LOOKS

    async def _look_at_late(self) -> None:
        for number in list(self._late)[:LATE_MAX]:
            is_there = not await stored.missing(self._reader, after=number - 1, upto=number)
            if is_there:
                await self._look_at_span(number - 1, number)
            if is_there or self._rounds > self._late[number]:
                del self._late[number]

    async def _look_at_old_entries(self) -> None:
        if self._old >= self._entry:
            self._old = 0
        upto = min(self._entry, self._old + SPAN)
        await self._look_at_span(self._old, upto)
        if self._reader.engine == "sqlite":
            await self._note_missing(self._old, upto)
        self._old = upto

    async def _look_at_balances(self, touched: Iterable[int]) -> None:
        """The house's own at every look, what was touched, and some of the others in turn."""
        wanted = dict.fromkeys(await stored.house_accounts(self._reader))
        wanted.update(dict.fromkeys(touched))
        others = await stored.accounts_after(self._reader, self._round, limit=ROUND)
        self._round = others[-1] if others else 0
        wanted.update(dict.fromkeys(others))
        if len(self._marks) > MARKS_MAX:
            self._marks = {n: self._marks[n] for n in wanted if n in self._marks}
        await self._compare(list(wanted), self._marks)

    async def _look_from_zero(self) -> None:
        """Every account in turn, added up from its first posting."""
        if not self._slow:
            others = await stored.accounts_after(self._reader, self._again, limit=FROM_ZERO)
            self._again = others[-1] if others else 0
            self._slow = dict.fromkeys(others, (0, 0))
        unfinished = await self._step(list(self._slow), self._slow)
        self._slow = {account: self._slow[account] for account in unfinished}

    async def _compare(self, accounts: list[int], marks: dict[int, Mark]) -> None:
        for first in range(0, len(accounts), TOGETHER):
            left = accounts[first : first + TOGETHER]
            for _ in range(STEPS_MAX):
                left = await self._step(left, marks)
                if not left:
                    break

    async def _step(self, accounts: list[int], marks: dict[int, Mark]) -> list[int]:
        """Adds up a part of each; those of which there is more."""
        after = {account: marks.get(account, (0, 0))[0] for account in accounts}
        unfinished = []
        for found in await stored.sums(self._reader, after):
            entry, total = marks.get(found.account, (0, 0))
            total += found.amount
            if found.bound is not None:
                marks[found.account] = (found.bound, total)
                unfinished.append(found.account)
                continue
            await self._judge(found, total, was_from=entry)
            marks[found.account] = (max(entry, found.newest), found.balance)
        return unfinished

    async def _judge(self, found: Sum, total: int, *, was_from: int) -> None:
        if total != found.balance and await stored.is_off(self._reader, found):
            off = found.balance - total
            await self._blame_account(found, f"is off by {off}")
        elif stored.is_impossible(found):
            await self._blame_account(found, "is the wrong way round")
        elif found.newest - self._kept.get(found.account, 0) > KEPT_AFTER and was_from:
            self._kept[found.account] = found.newest
            mark = BalanceMark(found.account, found.newest, found.balance, self._switch.clock())
            await in_time.record(self._switch.recorder_beside, mark)

    async def _blame_account(self, found: Sum, what: str) -> None:
        for operator in self._concerned((found.name,)):
            said = f"account {found.name} {found.currency}: {what}"
            await self._found(Finding(operator, BALANCE_OFF, said))

    async def _look_at_chain(self) -> None:
        """Its newest block, and at the next turn an older one, round and round."""
        if self._rounds % CHAIN_EVERY:
            return
        is_new = self._rounds % (2 * CHAIN_EVERY) == 0
        if self._chain_new < 0:
            self._chain_new = max(0, await stored.chain_length(self._reader) - 1)
        after = self._chain_new if is_new else self._chain_old
        found = await chain_check.check(self._reader, after=after, blocks_max=1)
        for fault in found.faults[:1]:
            said = f"position {fault.position}: {fault.book} {fault.row} is {fault.what}"
            await self._found(Finding(EVERYWHERE, CHAIN_BROKEN, said))
        if is_new:
            self._chain_new = found.until
        else:
            self._chain_old = found.until if found.until < found.last else 0

    def _concerned(self, accounts: Iterable[str]) -> list[str]:
        """The operators whose money the accounts are about; all of them where it cannot be told."""
        parts = (name.partition(":") for name in accounts)
        named = dict.fromkeys(
            owner
            for kind, _, owner in parts
            if kind in ("float", "reserved", "promises") and owner in self._switch.profiles
        )
        return list(named) or [EVERYWHERE]

    async def _found(self, finding: Finding) -> None:
        await stops.place(self._switch, finding)


async def begin(switch: Switch) -> None:
    """What is in force, before anything is sent; a small file is looked at whole (F-D15)."""
    await stops.refresh(switch)
    await _look_at_pages(switch, bytes_max=QUICK_CHECK_BYTES_MAX)
    if not switch.stops.by(EVERYWHERE, PAGE_DAMAGED):
        await losses.look(switch)


async def page_damage(switch: Switch, *, bytes_max: int) -> str:
    """What the database itself says of its pages: SQLite looks, PostgreSQL has counted."""
    if switch.store.engine == "sqlite":
        return await stored.quick_check(switch.store, bytes_max=bytes_max)
    count = await stored.checksum_failures(switch.store)
    return f"pages were read whose checksum is wrong, {count} times" if count else ""


async def _look_at_pages(switch: Switch, *, bytes_max: int) -> None:
    try:
        damage = await page_damage(switch, bytes_max=bytes_max)
    except StoreDamaged as error:
        damage = str(error)
    if damage:
        await stops.place(switch, Finding(EVERYWHERE, PAGE_DAMAGED, damage[:200]))


async def step(switch: Switch, watch: Watch) -> None:
    """What every process does twice a look: stops known, this one's part of the watch done."""
    await stops.keep(switch)
    try:
        await watch.look()
    except (StoreUnavailable, SwitchUnavailable):
        log.warning("watch_blind")  # nothing can be booked either, for as long as that is so
