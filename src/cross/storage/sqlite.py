"""The store on SQLite, through apsw: one process, one writer thread, one reader thread.

WAL with synchronous FULL: what is committed survives power loss. apsw bundles SQLite, so the
version is ours to choose; the floor keeps out the WAL corruption that older ones carry.
"""

import asyncio
import fcntl
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import apsw

from cross.clock import Clock, seconds_beside
from cross.storage import rows
from cross.storage.migrations import migrations_for
from cross.storage.sqlite_batch import SqliteBatch
from cross.storage.sqlite_disk import is_of_a_failing_disk, stay
from cross.storage.sqlite_reading import Readings
from cross.storage.store import (
    ApiKeyRow,
    Broken,
    MerchantRow,
    Row,
    StoreDamaged,
    StoreRefused,
    StoreUnavailable,
    Verdict,
    Write,
)

VERSION_FLOOR: Final = 3_051_003  # money-safety.md, decision 5: 3.51.3
APPLICATION_ID: Final = 0x43525353  # "CRSS": a database of ours, and of nobody else

DAMAGE: Final = (apsw.CorruptError, apsw.NotADBError, UnicodeDecodeError)
"""What SQLite says of a page that is not what it wrote there."""

_REFUSALS: Final = (apsw.ConstraintError, ValueError)

T = TypeVar("T")


class Runner(Protocol):
    """Where blocking calls run: on a thread of their own, or in line in a simulation."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]:
        """The result of the work; once begun it is never abandoned."""


class OwnThread:
    """Runs work in order on one thread, shielded: a caller that is cancelled stops no commit."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def __call__(self, work: Callable[[], T], /) -> T:
        """The result, from that thread."""
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._pool, work))


async def in_line(work: Callable[[], T], /) -> T:
    """Runs work where it stands: the simulation's one thread."""
    return work()


class SqliteStore:
    """The books in one file, held by one process at a time.

    `lost` is called where the disk failed to write or to sync (F-D14): what it holds is not known
    any more, so nothing is written after it. A process that serves ends there.
    """

    engine = "sqlite"

    def __init__(  # noqa: PLR0913  what surrounds it, each with a name
        self,
        path: Path,
        *,
        clock: Clock,
        writer: Runner,
        reader: Runner,
        synchronous: str = "FULL",
        lost: Callable[[str], None] = stay,
    ) -> None:
        self._path = path
        self._clock = clock
        self._in_writer = writer
        self._in_reader = reader
        self._synchronous = synchronous
        self._lost = lost
        self._lost_by: str | None = None
        self._lock: int | None = None
        self._write: apsw.Connection
        self._read: apsw.Connection
        self._readings: Readings
        self._batch: SqliteBatch

    async def open(self) -> None:
        """Takes the file for this process alone and brings its schema up to date."""
        if apsw.SQLITE_VERSION_NUMBER < VERSION_FLOOR:
            raise StoreRefused(f"SQLite {apsw.sqlite_lib_version()} is older than 3.51.3")
        await self._in_writer(self._take)
        await self._in_reader(self._open_for_reading)

    def _take(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = lock_file(self._path.with_name(self._path.name + ".lock"))
        self._path.touch(mode=0o600)  # what is in it is nobody else's; -wal and -shm follow it
        self._write = apsw.Connection(str(self._path))
        try:
            self._prepare()
        except BaseException as error:
            self._close_for_writing()
            if isinstance(error, DAMAGE):
                raise self._damaged(error) from error
            raise

    def _prepare(self) -> None:
        _require_ours(self._write)
        self._write.set_busy_timeout(5_000)
        self._write.pragma("journal_mode", "wal")
        self._write.pragma("synchronous", self._synchronous)
        self._write.pragma("foreign_keys", 1)
        self._write.pragma("wal_autocheckpoint", 4_000)
        self._write.pragma("cache_size", -24_576)
        # After a sync that failed, what a log seems to hold may be in memory alone: it is written
        # again, into the database, before anything is added to it (F-D14, decision 0031).
        self._write.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        _migrate(self._write)
        self._batch = SqliteBatch(self._write)
        self._batch.recall()

    def _open_for_reading(self) -> None:
        self._read = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READONLY)
        self._read.set_busy_timeout(5_000)
        self._read.pragma("cache_size", -8_192)
        self._readings = Readings(self._read)

    async def close(self) -> None:
        """Closes both connections and lets another process have the file."""
        await self._in_reader(self._read.close)
        await self._in_writer(self._close_for_writing)

    def _close_for_writing(self) -> None:
        self._write.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def record(self, writes: Sequence[Write]) -> Sequence[Verdict]:
        """Writes the list in one transaction, durable on return."""
        return await self._in_writer(lambda: self._record(writes))

    def _record(self, writes: Sequence[Write]) -> list[Verdict]:
        try:
            try:
                return self._transact(lambda: self._batch.apply(writes))
            except _REFUSALS:
                self._batch.recall()
            return self._transact(lambda: [self._apart(write) for write in writes])
        except apsw.Error as error:
            self._batch.recall()
            raise StoreUnavailable(str(error)) from error

    def _apart(self, write: Write) -> Verdict:
        """One write whose failure undoes no other of its transaction."""
        try:
            with self._write:
                [verdict] = self._batch.apply([write])
        except _REFUSALS as refusal:
            self._batch.recall()
            return Broken(str(refusal))
        return verdict

    async def _alone(self, work: Callable[[], T]) -> T:
        """A small write in a transaction of its own; raises `StoreUnavailable`."""

        def transact() -> T:
            try:
                return self._transact(work)
            except DAMAGE as error:
                raise self._damaged(error) from error
            except apsw.Error as error:
                raise StoreUnavailable(str(error)) from error

        return await self._in_writer(transact)

    def _damaged(self, error: BaseException) -> StoreDamaged:
        return StoreDamaged(f"{self._path.name} is damaged: {error}")

    def _transact(self, work: Callable[[], T]) -> T:
        if self._lost_by is not None:
            raise StoreUnavailable(self._lost_by)
        try:
            self._write.execute("BEGIN IMMEDIATE")
            result = work()
            self._write.execute("COMMIT")
        except BaseException as error:
            if is_of_a_failing_disk(error):  # a sync is not tried again: it would say yes
                self._lost_by = f"the disk failed: {error}"
                self._lost(self._lost_by)
            if self._write.in_transaction:
                self._write.execute("ROLLBACK")
            raise
        return result

    async def rows(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Row]:
        """Rows of a SELECT, from the reading connection."""
        seconds = seconds_beside()

        def work() -> list[Row]:
            try:
                return self._readings.rows(sql, parameters, seconds=seconds)
            except (apsw.BusyError, apsw.FullError, apsw.IOError) as error:
                raise StoreUnavailable(str(error)) from error
            except DAMAGE as error:
                raise self._damaged(error) from error

        return await self._in_reader(work)

    async def enlist(self, *, name: str, lease_seconds: float) -> int:
        """A fencing number for this process."""
        until = self._lease_end(lease_seconds)

        def work() -> int:
            fence = self._write.execute(
                "INSERT INTO processes (name, lease_until) VALUES (?, ?) RETURNING fence",
                (name, until),
            ).get
            return int(fence)

        return await self._alone(work)

    async def renew(self, owner: int, *, lease_seconds: float) -> bool:
        """Holds the lease; on SQLite the file's lock already keeps every other process out."""
        until = self._lease_end(lease_seconds)

        def work() -> bool:
            self._write.execute(
                "UPDATE processes SET lease_until = ? WHERE fence = ?", (until, owner)
            )
            return self._write.changes() == 1

        return await self._alone(work)

    async def adopt(self, owner: int) -> Sequence[str]:
        """Takes over every open movement: whoever had them cannot hold the file any more."""

        def work() -> list[str]:
            found = self._write.execute(
                "UPDATE movements SET owner = ? WHERE is_final = 0 AND owner <> ? RETURNING id",
                (owner, owner),
            ).fetchall()
            return sorted(str(row[0]) for row in found)

        return await self._alone(work)

    async def add_merchant(self, merchant: MerchantRow, key: ApiKeyRow) -> None:
        """A merchant and its key, once."""

        def work() -> None:
            self._write.execute(
                "INSERT INTO merchants (id, name, created_at, updated_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (merchant.id, merchant.name, rows.micros(merchant.at), rows.micros(merchant.at)),
            )
            self._write.execute(
                "INSERT INTO api_keys (id, merchant, livemode, secret_hash, scopes, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                rows.api_key_row(key),
            )

        await self._alone(work)

    async def answered(self, callback_ids: Sequence[int]) -> None:
        """Marks callbacks as seen to."""

        def work() -> None:
            self._write.executemany(
                "UPDATE callbacks SET waiting = 0 WHERE id = ?",
                [(number,) for number in callback_ids],
            )

        await self._alone(work)

    def _lease_end(self, lease_seconds: float) -> int:
        return rows.micros(self._clock()) + int(lease_seconds * 1_000_000)


def lock_file(path: Path) -> int:
    """Holds a database for this process until it is closed; raises `StoreRefused`."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise StoreRefused(f"{path.name}: another process of Cross holds this database") from None
    return handle


def _require_ours(connection: apsw.Connection) -> None:
    """Looks before anything is changed, the journal's mode included."""
    if connection.pragma("application_id") not in (0, APPLICATION_ID):
        raise StoreRefused("this file is a database of another program")
    at = connection.pragma("user_version")
    if at > migrations_for("sqlite")[-1].number:
        raise StoreRefused(f"this database is of a newer Cross (migration {at})")


def _migrate(connection: apsw.Connection) -> None:
    known = migrations_for("sqlite")
    at = connection.pragma("user_version")
    connection.pragma("application_id", APPLICATION_ID)
    for migration in known[at:]:
        with connection:
            connection.execute(migration.sql)
            connection.pragma("user_version", migration.number)
