"""Databases whose clock jumps, that commit late, are read for long, or cannot be believed."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import apsw
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.pq import TransactionStatus

from cross.clock import Clock, system_clock
from cross.domain.movement import Movement
from cross.storage import deliveries, movements, postgres, readiness, sqlite
from cross.storage.deliveries import Claim
from cross.storage.migrations import Migration, migrations_for
from cross.storage.postgres import PostgresStore
from cross.storage.postgres_connections import Connections
from cross.storage.store import Saved, Stale, Store, StoreRefused, StoreUnavailable
from tests.conftest import NewStore, Run, short_pause
from tests.outbound.servers import certificate_for
from tests.storage.making import MERCHANT, NOON, a_transfer, debited, funding, opening

ENDED = -1.0
LEASE_SECONDS = 15.0
DAY = timedelta(days=1)
TLS_WANTED = bytes.fromhex("0000000804d2162f")
"""Source: PostgreSQL, protocol 3.0: SSLRequest."""


def at(url: str, *, clock: Clock = system_clock) -> PostgresStore:
    return PostgresStore(url, clock=clock, pause=short_pause)


@pytest.fixture
def two_processes(schema_url: str, run: Run) -> Iterator[tuple[Store, Store]]:
    """Two on one PostgreSQL, whose own clocks differ by four minutes."""
    early = at(schema_url, clock=lambda: system_clock() - timedelta(minutes=2))
    late = at(schema_url, clock=lambda: system_clock() + timedelta(minutes=2))
    run(early.open())
    run(late.open())
    yield early, late
    run(early.close())
    run(late.close())


def step_clock_of(url: str, by: timedelta) -> None:
    """The database's own time is another from now on."""
    moved = sql.SQL(
        "CREATE OR REPLACE FUNCTION microseconds_now() RETURNS bigint LANGUAGE sql VOLATILE AS"
        " $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + ({}) $$"
    ).format(sql.Literal(int(by.total_seconds()) * 1_000_000))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(moved)


async def begun(store: Store, *, lease_seconds: float = LEASE_SECONDS) -> tuple[int, Movement]:
    """A process with an open transfer."""
    owner, movement = await store.enlist(name="p", lease_seconds=lease_seconds), a_transfer()
    await store.record([funding(90_000), opening(movement, owner)])
    return owner, movement


def test_processes_whose_clocks_differ_agree_on_who_lives(
    two_processes: tuple[Store, Store], run: Run
) -> None:
    """F-T03, I-45: a lease of 15 s, and four minutes between the clocks; the database's counts."""
    early, late = two_processes
    first, movement = run(begun(early))
    second = run(late.enlist(name="late", lease_seconds=LEASE_SECONDS))

    assert run(late.adopt(second)) == []
    assert run(early.renew(first, lease_seconds=ENDED)) is True
    assert run(late.adopt(second)) == [movement.id]


@pytest.mark.parametrize("by", [DAY, timedelta(days=365 * 20)])
def test_a_database_whose_clock_is_set_ahead_has_one_owner_of_each_movement(
    two_processes: tuple[Store, Store], schema_url: str, run: Run, by: timedelta
) -> None:
    """I-45, F-D21, F-T02: a living process loses its lease by it; the number tells it."""
    early, late = two_processes
    first, movement = run(begun(early))
    second = run(late.enlist(name="late", lease_seconds=LEASE_SECONDS))
    step_clock_of(schema_url, by)
    run(late.renew(second, lease_seconds=LEASE_SECONDS))

    assert run(late.adopt(second)) == [movement.id]
    assert run(early.record([debited(movement, first)])) == [Stale()]
    assert run(early.renew(first, lease_seconds=LEASE_SECONDS)) is False
    assert run(late.record([debited(movement, second)])) == [Saved()]


@pytest.mark.parametrize("by", [-DAY, -timedelta(days=365 * 56)])
def test_a_database_whose_clock_is_set_back_leaves_nothing_lying(
    two_processes: tuple[Store, Store], schema_url: str, run: Run, by: timedelta
) -> None:
    """F-D21, I-21: the lease of a process that died would have lasted until tomorrow."""
    early, late = two_processes
    _, movement = run(begun(early))
    second = run(late.enlist(name="late", lease_seconds=LEASE_SECONDS))
    step_clock_of(schema_url, by)

    assert run(late.adopt(second)) == []
    with patch.object(postgres, "LEASE_MAX", -1):  # as if ten minutes had gone by
        assert [run(late.adopt(second)) for _ in range(2)] == [[], [movement.id]]


def test_an_event_that_commits_late_is_delivered(schema_url: str, run: Run) -> None:
    """F-D20: its id is lower than that of an event delivered already, and nobody skips it."""
    store = at(schema_url)
    run(store.open())
    with psycopg.connect(schema_url) as late, psycopg.connect(schema_url, autocommit=True) as other:
        other.execute(
            "INSERT INTO webhook_endpoints (id, merchant, url, description, events, status,"
            " livemode, told, secret, version, created_at, updated_at)"
            " VALUES ('we_1', %s, 'https://x.example', '', '*', 'enabled', 0, 0, 's', 1, 1, 1)",
            (MERCHANT,),
        )
        insert_event(late, "evt_1")
        insert_event(other, "evt_2")
        assert run(claimed(store)) == ["evt_2"]
        late.commit()

        assert run(claimed(store, "evt_2")) == ["evt_1"]
    run(store.close())


def insert_event(connection: psycopg.Connection, id_: str) -> None:
    connection.execute(
        "INSERT INTO events (id, merchant, movement, type, sequence, body, created_at)"
        " VALUES (%s, %s, %s, 'payout.succeeded', 1, '{\"livemode\":false}', 1)",
        (id_, MERCHANT, f"po_{id_}"),
    )


async def claimed(store: Store, *held: str) -> list[str]:
    """The events that this process takes to deliver."""
    claim = Claim("we_1", 1, NOON, held, 10)
    return [due.event.id for due in await deliveries.due(store, claim)]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_reader_that_begins_to_write_late_is_refused_and_we_never_are(
    store: Store, tmp_path: Path, run: Run
) -> None:
    """F-D16: what a deferred transaction comes to, and that ours are immediate."""
    other = apsw.Connection(str(tmp_path / "cross.db"))
    other.set_busy_timeout(5_000)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM movements").fetchall()
    run(store.record([funding(90_000)]))

    with pytest.raises(apsw.BusyError):
        other.execute("UPDATE merchants SET name = name")
    other.execute("ROLLBACK")
    assert run(store.record([opening(a_transfer())])) == [Saved()]
    other.close()


@pytest.mark.parametrize("engine", ["sqlite"])
def test_no_reading_of_ours_keeps_the_log_from_being_emptied(
    store: Store, tmp_path: Path, run: Run
) -> None:
    """F-D17: each reading ends where it stands; what is committed goes into the file."""
    run(goes_on(store))
    other = apsw.Connection(str(tmp_path / "cross.db"))
    try:
        other.execute("SELECT count(*) FROM movements").fetchall()  # it learns that there is a log
        other.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        assert (tmp_path / "cross.db-wal").stat().st_size == 0
    finally:
        other.close()


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_reader_of_the_file_that_never_ends_holds_up_no_money(
    store: Store, tmp_path: Path, run: Run
) -> None:
    """F-D11: a transaction that somebody forgot, with its view of the books open."""
    forgotten = apsw.Connection(str(tmp_path / "cross.db"))
    forgotten.execute("BEGIN")
    forgotten.execute("SELECT count(*) FROM movements").fetchall()
    run(goes_on(store))
    forgotten.close()


@pytest.mark.parametrize("engine", ["postgres"])
def test_a_reader_of_the_server_that_never_ends_holds_up_no_money(
    store: Store, schema_url: str, run: Run
) -> None:
    """F-D11: the same on a server."""
    with psycopg.connect(schema_url) as forgotten:
        forgotten.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        forgotten.execute("SELECT count(*) FROM movements")
        run(goes_on(store))


async def goes_on(store: Store) -> None:
    """A transfer accepted and debited, and read back."""
    owner, movement = await begun(store)
    assert await store.record([debited(movement, owner)]) == [Saved()]
    assert await movements.get(store, movement.id) is not None


@pytest.mark.parametrize("left", ["SELECT 1", "SELECT 1/0"])
def test_a_connection_left_amid_a_transaction_is_nobodys_next_one(
    schema_url: str, run: Run, left: str
) -> None:
    """F-Y06, F-Y01: whatever went wrong on the way out, in a `finally` too, it is closed."""

    async def spoil(connections: Connections) -> int:
        async with connections.one() as spoilt:
            await spoilt.connection.execute("BEGIN")
            with suppress(psycopg.Error):
                await spoilt.connection.execute(left.encode())
            raise OSError(spoilt.pid)

    async def scenario() -> tuple[int, int]:
        connections = Connections(schema_url, size=1)
        with pytest.raises(OSError) as raised:  # noqa: PT011  its text is the process's number
            await spoil(connections)
        async with connections.one() as next_one:
            assert next_one.connection.info.transaction_status is TransactionStatus.IDLE
            found = int(str(raised.value)), next_one.pid
        await connections.close()
        return found

    before, after = run(scenario())

    assert before != after


def test_lists_that_wait_for_a_connection_hold_up_no_money(schema_url: str, run: Run) -> None:
    """F-D10: who reads is told to come again; who writes has connections of his own."""
    store = PostgresStore(schema_url, clock=system_clock, pause=short_pause, readers=1)

    async def scenario() -> None:
        await store.open()
        long = asyncio.ensure_future(store.rows("SELECT pg_sleep(1.0)", {}))
        await asyncio.sleep(0)
        with (
            patch.object(postgres, "LIST_WAIT_SECONDS", 0.05),
            pytest.raises(StoreUnavailable, match="in use"),
        ):
            await store.rows("SELECT 1", {})
        owner, movement = await begun(store)
        assert await store.record([debited(movement, owner)]) == [Saved()]
        assert not long.done()
        await long
        await store.close()

    run(scenario())


def test_a_transaction_of_ours_that_stands_still_is_ended_by_the_server(
    schema_url: str, run: Run
) -> None:
    """F-D11: 60 s on every connection that Cross opens, told by the server itself."""
    store = at(schema_url)
    run(store.open())
    shown = run(
        store.rows("SELECT current_setting('idle_in_transaction_session_timeout') AS t", {})
    )
    run(store.close())

    assert [tuple(row) for row in shown] == [("1min",)]


@pytest.mark.parametrize("engine", ["postgres"])
def test_while_a_newer_cross_takes_over_the_older_one_loses_nothing(
    new_store: NewStore, engine: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-P10, F-P11: what runs goes on over a schema that grew; started anew it refuses.

    On SQLite one process at a time holds the file (F-P09).
    """
    older = new_store()
    run(older.open())
    owner, movement = run(begun(older))
    grown = (
        *migrations_for(engine),
        Migration(
            migrations_for(engine)[-1].number + 1,
            "grown",
            "ALTER TABLE movements ADD COLUMN colour text; CREATE TABLE colours (id text);",
        ),
    )
    monkeypatch.setattr(postgres, "migrations_for", lambda _: grown)
    newer = new_store()
    run(newer.open())
    monkeypatch.undo()

    assert run(older.record([debited(movement, owner)])) == [Saved()]
    assert run(goes_on_with(newer)) is None
    said = run(readiness.look(older))
    assert said.migration > said.wanted
    run(newer.close())
    run(older.close())
    with pytest.raises(StoreRefused, match="newer"):
        run(new_store().open())


async def goes_on_with(store: Store) -> None:
    """What the newer one opens while the older one is there."""
    owner, movement = await store.enlist(name="newer", lease_seconds=LEASE_SECONDS), a_transfer()
    assert await store.record([opening(movement, owner)]) == [Saved()]


@asynccontextmanager
async def database_behind(tls: ssl.SSLContext | None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server's first words: whether it speaks TLS, and whatever it is told then."""
    told: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            assert await reader.readexactly(len(TLS_WANTED)) == TLS_WANTED
            writer.write(b"N" if tls is None else b"S")
            if tls is not None:
                await writer.start_tls(tls)
            told.append(await reader.read(1 << 16))
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], told


@pytest.mark.parametrize("fault", ["its certificate has ended", "it speaks no TLS"])
def test_a_database_that_cannot_prove_who_it_is_is_told_nothing(
    tmp_path: Path, run: Run, fault: str
) -> None:
    """F-D22: no password, no user's name, no plaintext; the error says why."""
    tls, _ = certificate_for("127.0.0.1", tmp_path, ends_in=-timedelta(hours=1))

    async def scenario() -> tuple[str, list[bytes]]:
        async with database_behind(tls if "certificate" in fault else None) as (port, told):
            url = make_conninfo(
                "",
                host="127.0.0.1",
                port=port,
                user="cross",
                password="never-told",
                dbname="cross",
                sslmode="verify-full",
                sslrootcert=str(tmp_path / "operator.pem"),
            )
            with pytest.raises(StoreUnavailable) as raised:
                await at(url).open()
            return str(raised.value), told

    why, told = run(scenario())

    assert ("certificate" if "certificate" in fault else "SSL") in why
    assert b"".join(told) == b""
    assert "never-told" not in why


def test_every_transaction_of_ours_on_sqlite_is_immediate() -> None:
    """F-D16: no statement begins another kind, nor leaves the kind to a driver."""
    begins = [
        line.strip()
        for path in sorted(Path(sqlite.__file__).parent.glob("sqlite*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if '"BEGIN' in line and path.name != "sqlite_backup.py"  # a copy only reads
    ]

    assert begins == ['self._write.execute("BEGIN IMMEDIATE")']
