"""The store on PostgreSQL, through psycopg: several processes, one round trip a batch.

A commit is never cancelled: it runs in a task of its own. One whose answer was lost is read back
on another connection before anything is said about it (I-17).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, LiteralString, TypeAlias, TypeVar, get_args

import psycopg
from psycopg.errors import DataCorrupted, DeadlockDetected, IndexCorrupted, SerializationFailure

from cross.clock import Clock
from cross.domain.ids import RandomBits
from cross.storage import breaks, rows
from cross.storage.migrations import migrations_for
from cross.storage.order_writes import writing
from cross.storage.postgres_aftermath import read_back
from cross.storage.postgres_batch import RECORD_BATCH, BatchCall, first_call, twins_verdict
from cross.storage.postgres_connections import (
    Connection,
    Connections,
    Session,
    cut_off,
    is_lost,
    statement_of,
)
from cross.storage.store import (
    ApiKeyRow,
    Beside,
    BreakFound,
    Broken,
    MerchantRow,
    MoneyWrite,
    OrderWrite,
    Row,
    Saved,
    StoreDamaged,
    StoreRefused,
    StoreUnavailable,
    Verdict,
    Write,
)

T = TypeVar("T")

Pause: TypeAlias = Callable[[int], Awaitable[None]]
"""Waits before the next try, given how many there were; where several processes share a database
no two should wait the same."""

ATTEMPTS_MAX: Final = 5  # money-safety.md, F-D09
MIGRATIONS_LOCK: Final = 0x43525353  # "CRSS": one process migrates at a time
LIST_WAIT_SECONDS: Final = 1.0  # money-safety.md, F-D10

_REFUSALS: Final = (psycopg.IntegrityError, psycopg.DataError, UnicodeError)
_CONFLICTS: Final = (SerializationFailure, DeadlockDetected)
_DAMAGE: Final = (DataCorrupted, IndexCorrupted)
_MONEY: Final = frozenset(get_args(MoneyWrite))
Other: TypeAlias = BreakFound | OrderWrite | Beside
Save: TypeAlias = Callable[[Connection, Other], Awaitable[Verdict]]
LEASE_MAX: Final = 600_000_000  # microseconds; longer ends soon: the clock was set back (F-D21)
_UNTIL: Final = "microseconds_now() + %s"
_OPEN_BREAK: Final = f"""
    WITH opened AS (
        INSERT INTO breaks ({breaks.COLUMNS}) VALUES ({", ".join(["%s"] * 11)})
        ON CONFLICT (reference, kind, heard) DO NOTHING RETURNING id
    )
    INSERT INTO events (id, merchant, movement, type, sequence, body, created_at)
    SELECT event.* FROM (VALUES (%s::text, %s::text, %s::text, %s::text, %s::bigint, %s::text,
        %s::bigint)) AS event WHERE EXISTS (SELECT FROM opened) RETURNING id
"""


async def back_off(attempt: int) -> None:
    """Waits twice as long as the time before, up to two seconds, without jitter."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_back_off_seconds(attempt)):
            await asyncio.get_running_loop().create_future()


def jittered(random_bits: RandomBits) -> Pause:
    """A pause between half and the whole of `back_off`'s, so that no two processes keep step."""

    async def pause(attempt: int) -> None:
        part_seconds = _back_off_seconds(attempt) * (128 + random_bits(7)) / 256
        with suppress(TimeoutError):
            async with asyncio.timeout(part_seconds):
                await asyncio.get_running_loop().create_future()

    return pause


def _back_off_seconds(attempt: int) -> float:
    return 0.008 * (1 << min(attempt, 8))


class PostgresStore:
    """The books in one database, shared by the processes of the switch."""

    engine = "postgres"

    def __init__(
        self,
        url: str,
        *,
        clock: Clock,
        pause: Pause | None = None,
        writers: int = 2,
        readers: int = 4,
    ) -> None:
        self._clock = clock
        self._pause = pause or back_off
        self._writers = Connections(url, size=writers)
        self._readers = Connections(url, size=readers, reads_only=True)
        self._leases = Connections(url, size=1)
        self._under_way: dict[asyncio.Task[Any], None] = {}

    async def open(self) -> None:
        """Brings the schema up to date; refuses a server that is too old or not durable."""
        try:
            async with self._leases.one() as session:
                await _migrate(session.connection)
        except psycopg.OperationalError as error:
            raise StoreUnavailable(str(error)) from error
        except StoreRefused:
            await self.close()
            raise

    async def close(self) -> None:
        """Waits for what is being committed, then closes every connection."""
        while self._under_way:
            await asyncio.wait(list(self._under_way))
        for connections in (self._writers, self._readers, self._leases):
            await connections.close()

    async def record(self, writes: Sequence[Write]) -> Sequence[Verdict]:
        """Writes the list in one transaction, durable on return."""
        return await self._uncancelled(self._record(writes)) if writes else []

    async def _record(self, writes: Sequence[Write]) -> list[Verdict]:
        verdicts: dict[int, Verdict] = {}
        attempts = 0
        while waiting := [place for place in range(len(writes)) if place not in verdicts]:
            part = [writes[place] for place in waiting]
            try:
                found = await self._attempt(part)
            except StoreUnavailable:
                if not verdicts:
                    raise
                found = []  # some are saved: the answer for the others has to be waited for
            verdicts.update(
                (place, verdict)
                for place, verdict in zip(waiting, found, strict=False)
                if verdict is not None
            )
            if len(verdicts) < len(writes):
                attempts += 1
                await self._pause(attempts)
        return [verdicts[place] for place in range(len(writes))]

    async def _attempt(self, writes: Sequence[Write]) -> Sequence[Verdict | None]:
        """What became of each write; None where the connection was lost before it was saved."""
        attempts = 0
        while True:
            async with self._writers.one() as session:
                try:
                    return await _save(session.connection, writes)
                except _CONFLICTS as conflict:
                    attempts += 1
                    if attempts == ATTEMPTS_MAX:
                        raise StoreUnavailable(str(conflict)) from conflict
                except psycopg.Error as error:
                    if not is_lost(session, error):
                        raise StoreUnavailable(str(error)) from error
                    await session.connection.close()
                    break
            await self._pause(attempts)
        return await self._read_back(session, writes)

    async def _read_back(self, lost: Session, writes: Sequence[Write]) -> Sequence[Verdict | None]:
        """Asks for as long as it takes: a commit is never assumed either way."""
        attempts = 0
        while True:
            try:
                async with self._writers.one() as session:
                    await cut_off(session, lost)
                    return await read_back(session, writes)
            except (psycopg.Error, StoreUnavailable, StoreRefused):
                attempts += 1
                await self._pause(attempts)

    async def rows(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Row]:
        """Rows of a SELECT; asked again once where the connection was lost."""
        return await _ask(
            self._readers, statement_of(sql), parameters, wait_seconds=LIST_WAIT_SECONDS
        )

    async def enlist(self, *, name: str, lease_seconds: float) -> int:
        """A fencing number for this process; its lease runs in the database's time."""
        found = await self._commit(
            f"INSERT INTO processes (name, lease_until) VALUES (%s, {_UNTIL}) RETURNING fence",
            (name, _microseconds(lease_seconds)),
        )
        return int(found[0][0])

    async def renew(self, owner: int, *, lease_seconds: float) -> bool:
        """Holds the lease; False once another process has adopted from this one."""
        found = await self._commit(
            f"UPDATE processes SET lease_until = {_UNTIL}"
            " WHERE fence = %s AND adopted_by IS NULL RETURNING fence",
            (_microseconds(lease_seconds), owner),
        )
        return len(found) == 1

    async def adopt(self, owner: int) -> Sequence[str]:
        """Takes over open movements of processes whose lease has ended, by the database's time."""
        wanted = await self._commit(
            f"WITH bounded AS (UPDATE processes SET lease_until = {_UNTIL}"
            f" WHERE lease_until > {_UNTIL})"
            " SELECT m.id FROM movements m LEFT JOIN processes p ON p.fence = m.owner"
            " WHERE m.is_final = 0 AND m.owner <> %s"
            " AND (p.fence IS NULL OR p.lease_until < microseconds_now())",
            (LEASE_MAX, LEASE_MAX, owner),
        )
        ids = [row[0] for row in wanted]
        taken = await self._commit("SELECT adopt(%s, %s::text[])", (owner, ids))
        return sorted(row[0] for row in taken)

    async def add_merchant(self, merchant: MerchantRow, key: ApiKeyRow) -> None:
        """A merchant and its key, once."""
        await self._commit(
            "WITH merchant AS (INSERT INTO merchants (id, name, created_at, updated_at)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING)"
            " INSERT INTO api_keys (id, merchant, livemode, secret_hash, scopes, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id",
            (merchant.id, merchant.name, *[rows.micros(merchant.at)] * 2, *rows.api_key_row(key)),
        )

    async def answered(self, callback_ids: Sequence[int]) -> None:
        """Marks callbacks as seen to."""
        await self._commit(
            "UPDATE callbacks SET waiting = 0 WHERE id = ANY (%s) RETURNING id",
            (list(callback_ids),),
        )

    async def _commit(self, statement: LiteralString, values: Sequence[Any]) -> list[Row]:
        """A statement that may be said twice: where its answer is lost, it is."""
        return await self._uncancelled(_ask(self._leases, statement, values))

    async def _uncancelled(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of the work, which goes on where whoever waits for it is cancelled."""
        task = asyncio.get_running_loop().create_task(work)
        self._under_way[task] = None
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        del self._under_way[task]
        if not task.cancelled():
            task.exception()  # told to whoever waits, if anyone still does


async def _ask(
    connections: Connections,
    statement: LiteralString,
    values: Sequence[Any] | Mapping[str, Any],
    *,
    wait_seconds: float | None = None,
) -> list[Row]:
    for is_last in (False, True):
        async with connections.one(wait_seconds=wait_seconds) as session:
            try:
                return await (await session.connection.execute(statement, values)).fetchall()
            except _DAMAGE as error:
                raise StoreDamaged(str(error)) from error
            except psycopg.OperationalError as error:
                if is_last or not is_lost(session, error):
                    raise StoreUnavailable(str(error)) from error
                await session.connection.close()
    raise AssertionError("the last try returns or raises")


async def _save(connection: Connection, writes: Sequence[Write]) -> list[Verdict]:
    """One call where nothing collides and nothing is broken; else several in one transaction."""
    if not _MONEY.issuperset(map(type, writes)):
        return await _save_with_others(connection, writes)
    if len(first_call(writes)) == len(writes):
        try:
            return await _call(connection, writes)
        except _REFUSALS:
            pass  # found and told below, where the others are saved all the same
    return await _save_in_calls(connection, writes)


async def _save_with_others(connection: Connection, writes: Sequence[Write]) -> list[Verdict]:
    """What is written beside the batch comes after it, in one transaction; if broken, once more."""
    try:
        async with connection.transaction():
            return await _save_each(connection, writes, _write)
    except _REFUSALS:
        async with connection.transaction():
            return await _save_each(connection, writes, _write_apart)


async def _save_each(connection: Connection, writes: Sequence[Write], save: Save) -> list[Verdict]:
    money = [write for write in writes if isinstance(write, MoneyWrite)]
    told = iter(await _save_in_calls(connection, money) if money else ())
    return [
        next(told) if isinstance(write, MoneyWrite) else await save(connection, write)
        for write in writes
    ]


async def _write_apart(connection: Connection, write: Other) -> Verdict:
    """One write whose failure undoes no other."""
    try:
        async with connection.transaction():
            return await _write(connection, write)
    except _REFUSALS as refusal:
        return Broken(_told(refusal))


async def _write(connection: Connection, write: Other) -> Verdict:
    if isinstance(write, BreakFound):  # opened once, and told once
        values = (*breaks.break_row(write), *breaks.event_row(write))
        return Saved(fresh=bool(await (await connection.execute(_OPEN_BREAK, values)).fetchall()))
    statements = writing(write) if isinstance(write, OrderWrite) else write.writing()
    try:
        sql, parameters = next(statements)
        while True:
            cursor = await connection.execute(statement_of(sql), parameters)
            sql, parameters = statements.send(await cursor.fetchall())
    except StopIteration as end:
        verdict: Verdict = end.value
        return verdict


async def _save_in_calls(connection: Connection, writes: Sequence[Write]) -> list[Verdict]:
    verdicts: dict[int, Verdict] = {}
    async with connection.transaction():
        while waiting := [place for place in range(len(writes)) if place not in verdicts]:
            chosen = [waiting[index] for index in first_call([writes[p] for p in waiting])]
            found = await _call_apart(connection, [writes[place] for place in chosen])
            verdicts.update(zip(chosen, found, strict=True))
            for place in waiting:
                twin = None if place in verdicts else twins_verdict(writes, verdicts, place)
                if twin is not None:
                    verdicts[place] = twin
    return [verdicts[place] for place in range(len(writes))]


async def _call_apart(connection: Connection, writes: Sequence[Write]) -> list[Verdict]:
    """One call whose failure undoes no other; failing, each of its writes by itself."""
    try:
        async with connection.transaction():
            return await _call(connection, writes)
    except _REFUSALS as refusal:
        if len(writes) == 1:
            return [Broken(_told(refusal))]
    return [verdict for write in writes for verdict in await _call_apart(connection, [write])]


async def _call(connection: Connection, writes: Sequence[Write]) -> list[Verdict]:
    call = BatchCall(writes)
    cursor = await connection.execute(RECORD_BATCH, call.parameters())
    return call.verdicts(await cursor.fetchall())


def _told(refusal: Exception) -> str:
    """The rule alone: details of a row may hold a phone number."""
    return str(refusal).partition("\n")[0]


def _microseconds(lease_seconds: float) -> int:
    return int(lease_seconds * 1_000_000)


async def _migrate(connection: Connection) -> None:
    known = migrations_for("postgres")
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATIONS_LOCK,))
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations ("
            "number integer PRIMARY KEY, name text NOT NULL, applied_at bigint NOT NULL)"
        )
        cursor = await connection.execute("SELECT coalesce(max(number), 0) FROM schema_migrations")
        at = (await cursor.fetchall())[0][0]
        if at > known[-1].number:
            raise StoreRefused(f"this database is of a newer Cross (migration {at})")
        for migration in known[at:]:
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO schema_migrations (number, name, applied_at)"
                " VALUES (%s, %s, microseconds_now())",
                (migration.number, migration.name),
            )
