"""What is wrong now, gathered from the books and from this process, and turned into alarms.

Each look compares what is wrong with what was: what is new is raised, what has gone is cleared.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from cross.domain.accounts import float_at, reserved_at
from cross.domain.msisdn import Msisdn
from cross.domain.stop import ONE_BENEFICIARY
from cross.storage import alarms as stored_alarms
from cross.storage import ledger
from cross.storage import trouble as stored
from cross.storage.trouble import Before, Trouble
from cross.switch import alarms, pager, readiness, stops
from cross.switch.alarms import Alarm
from cross.switch.floats import Floats
from cross.switch.stops import Finding
from cross.switch.switch import Switch

OF_BOOKS: Final = (
    *("unknown_old", "stuck", "open_too_long", "overdue", "breaks_open", "events_gap"),
    *("final_under_way", "float_overdrawn", "float_low", "float_differs", "backup_old"),
)
"""Seen by the one process that watches; the others are each process's own."""

OF_PROCESS: Final = (
    *("clock_skew", "disk", "wal", "signature_failures", "task_failing", "beneficiary"),
    "replication",  # while a standby is lost, no process can say that it is the one that watches
)
SECONDS_AN_HOUR: Final = 3_600
MERCHANTS_TOGETHER: Final = 10
"""One wallet's payouts are added up over merchants once one of them alone pays it so large a part
of what is too often."""


class Looker:
    """One process's look at what is wrong."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._event = ""
        self._kept: dict[Alarm, None] = {}
        self._doubted: dict[str, int] = {}
        self._raised: dict[tuple[str, str], None] = {}
        self._floats = Floats(switch)

    async def look(self, *, watches: bool) -> None:
        """Raises and clears; raises `StoreUnavailable`. `watches`: it looks at the books, too."""
        found = [alarm async for alarm in self._of_process()]
        names = [*OF_PROCESS]
        if watches:
            found += [alarm async for alarm in self._of_books()]
            names += OF_BOOKS
        now = {alarm[:2]: alarm for alarm in found}
        was = [
            (one.name, one.subject)
            for one in await stored_alarms.standing(self._switch.store)
            if one.name in names
        ]
        for key, alarm in now.items():
            if key not in was:
                await alarms.turn(self._switch, alarm, raised=True)
        for name, subject in was:
            is_mine = watches or (name, subject) in self._raised
            if (name, subject) not in now and is_mine:
                await alarms.turn(self._switch, Alarm(name, subject), raised=False)
        alarms.end_unkept(self._switch, names=names, but=now)
        self._raised = dict.fromkeys(now)
        await pager.deliver(self._switch)

    async def _of_books(self) -> AsyncIterator[Alarm]:
        switch, watch = self._switch, self._switch.settings.watch
        at = switch.clock()
        before = Before(
            at - timedelta(seconds=watch.unknown_seconds),
            at - timedelta(seconds=watch.stuck_seconds),
            at - timedelta(seconds=watch.paged_seconds),
            at,
        )
        trouble = await stored.look(switch.store, before, after_event=self._event)
        self._event = trouble.newest_event
        for alarm in (*_of_movements(trouble), *self._of_order(trouble), *_of_backups(switch)):
            yield alarm
        for alarm in await _of_floats(switch):
            yield alarm
        self._floats.begin_if_due()
        for name, off in self._floats.off.items():
            yield Alarm("float_differs", name, f"the operator's figure is off by {off}")

    def _of_order(self, trouble: Trouble) -> Iterator[Alarm]:
        """What is out of order stays so: it is kept until the process ends."""
        for movement, count, last in trouble.gaps:
            self._kept[Alarm("events_gap", movement, f"{count} events, the last one {last}")] = None
        for movement in trouble.under_way:
            self._kept[Alarm("final_under_way", movement, "a leg of it is not final")] = None
        yield from self._kept

    async def _of_process(self) -> AsyncIterator[Alarm]:
        switch, watch = self._switch, self._switch.settings.watch
        for alarm in await _of_machine(switch):
            yield alarm
        flaw = await stored.of_standbys(switch.store, behind_bytes_max=watch.wal_bytes)
        if flaw:
            yield Alarm("replication", "", flaw)
        for operator, count in self._newly_doubted().items():
            if count >= watch.doubted_callbacks:
                yield Alarm("signature_failures", operator, f"{count} callbacks")
        for subject, count in switch.failures.often().items():
            if "." in subject or subject in switch.live:  # work that is nobody's, or still open
                yield Alarm("task_failing", subject, f"{count} times in a row")
        for (operator, number), count in _paid_too_often(switch).items():
            yield Alarm("beneficiary", operator, f"{number} was paid {count} times in an hour")
            finding = Finding(operator, ONE_BENEFICIARY, f"{number}, paid too often in an hour")
            await stops.place(switch, finding)

    def _newly_doubted(self) -> dict[str, int]:
        """Callbacks that were not believed since the last look without one, by operator."""
        counts = self._switch.measures.callbacks
        now = {name: count for (name, was), count in counts.items() if was == "doubted"}
        fresh = {name: count - self._doubted.get(name, 0) for name, count in now.items()}
        self._doubted = now
        return fresh


async def _of_machine(switch: Switch) -> list[Alarm]:
    """Its clock, its disk, and how long SQLite's log has become."""
    watch, found = switch.settings.watch, []
    clock = (await readiness.checks(switch))["clock"]
    if clock not in (readiness.WELL, "not known"):
        found.append(Alarm("clock_skew", "", clock))
    disk = readiness.disk_of(switch)
    if disk is not None and disk.total:
        percent = 100 - 100 * disk.free // disk.total
        if percent >= watch.disk_percent:
            found.append(Alarm("disk", "", f"{percent} % is used"))
    size = _wal_bytes(switch.settings.books_folder)
    if size > watch.wal_bytes:
        found.append(Alarm("wal", "", f"{size // 2**20} MB"))
    return found


def _of_movements(trouble: Trouble) -> Iterator[Alarm]:
    for some in trouble.unknown:
        yield Alarm("unknown_old", some.of, f"{some.how_many} requests, {some.first} among them")
    if trouble.stuck.how_many:
        yield Alarm("stuck", "", f"{trouble.stuck.how_many}, {trouble.stuck.first} among them")
    for movement in trouble.too_long:
        yield Alarm("open_too_long", movement, "open for more than 24 hours")
    if trouble.overdue.how_many:
        yield Alarm(
            "overdue", "", f"{trouble.overdue.how_many}, {trouble.overdue.first} among them"
        )
    for some in trouble.breaks:
        yield Alarm("breaks_open", some.of, f"{some.how_many}, {some.first} among them")


async def _of_floats(switch: Switch) -> list[Alarm]:
    balances = {line.account: line.natural for line in await ledger.balances(switch.store)}
    found = []
    for operator, profile in switch.profiles.items():
        held = balances.get(float_at(operator, profile.currency), 0)
        promised = balances.get(reserved_at(operator, profile.currency), 0)
        if held < promised:
            found.append(Alarm("float_overdrawn", operator, f"{held} held, {promised} promised"))
        least = switch.settings.float_low.get(operator)
        if least is not None and held < least:
            found.append(Alarm("float_low", operator, f"{held}, less than {least}"))
    return found


def _of_backups(switch: Switch) -> Iterator[Alarm]:
    """The newest file of the folder that backups are written to."""
    watch = switch.settings.watch
    if watch.backup_folder is None:
        return
    try:
        ages = [one.stat().st_mtime for one in watch.backup_folder.iterdir() if one.is_file()]
    except OSError as error:
        yield Alarm("backup_old", "", f"the folder cannot be read: {error.strerror}")
        return
    if not ages:
        yield Alarm("backup_old", "", "there is none")
        return
    hours = int(switch.clock().timestamp() - max(ages)) // SECONDS_AN_HOUR
    if hours >= watch.backup_hours:
        yield Alarm("backup_old", "", f"the newest is {hours} hours old")


def _wal_bytes(folder: Path | None) -> int:
    """How large SQLite's write-ahead logs are (F-D17)."""
    if folder is None:
        return 0
    try:
        return sum(one.stat().st_size for one in folder.glob("*-wal"))
    except OSError:
        return 0


def _paid_too_often(switch: Switch) -> dict[tuple[str, str], int]:
    """Wallets that were paid too often in this hour, whoever's merchants paid them (F-S29)."""
    most = switch.settings.watch.beneficiary_hour_max
    meter = switch.velocity.meters.get("beneficiary.any.hour.count")
    if not most or meter is None or not meter.used:
        return {}
    if max(meter.used.values()) <= most // MERCHANTS_TOGETHER:
        return {}  # one look in C: there may be a hundred thousand wallets
    paid: dict[tuple[str, str], int] = {}
    for subject, count in meter.used.items():
        if not isinstance(subject, str):
            _, operator, number = subject
            paid[operator, number] = paid.get((operator, number), 0) + count
    return {
        (operator, str(Msisdn(number))): count
        for (operator, number), count in paid.items()
        if count > most
    }
