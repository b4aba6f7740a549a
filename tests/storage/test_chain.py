"""The chain over entries and audit lines: whatever is altered is named (I-34, I-35, F-S28)."""

# ruff: noqa: S608, PLR0913, PLR0917  SQL of numbers, an argument a column

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import apsw
import psycopg
import pytest

from cross.clock import system_clock
from cross.domain.chain import Book, Fault, items_of
from cross.storage import chain as stored
from cross.storage import chain_check
from cross.storage.migrations import migrations_for
from cross.storage.reading import SqliteBooks
from cross.storage.sqlite import APPLICATION_ID, DAMAGE, OwnThread, SqliteStore
from cross.storage.store import Store
from tests.conftest import NewStore, Run
from tests.storage.linking import audit_line, chainer_on, faults_in, link_all, some_writes
from tests.storage.making import a_transfer, funding, opening
from tests.storage.tampering import furnished, try_edits

Execute: TypeAlias = Callable[[str], Sequence[tuple[Any, ...]]]

EDITS = 400


@pytest.fixture
def tamper(
    store: Store, engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Execute]:
    """Plain SQL by somebody to whom no trigger says no."""
    assert store.engine == engine
    if engine == "sqlite":
        file = apsw.Connection(str(tmp_path / "cross.db"))
        triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        for (name,) in file.execute(triggers).fetchall():
            file.execute(f"DROP TRIGGER {name}")
        yield lambda sql: file.execute(sql).fetchall()
        file.close()
        return
    url = request.getfixturevalue("schema_url")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")

        def execute(sql: str) -> Sequence[tuple[Any, ...]]:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

        yield execute


@pytest.fixture
def books(store: Store, run: Run) -> Store:
    """Books with a chain of two blocks: 9 and 8 entries, 3 audit lines in each."""
    for writes in (some_writes(8), some_writes(8)[1:]):
        run(store.record(writes))
        run(link_all(store))
    return store


def of_entry(position: int, number: int, what: str) -> Fault:
    """What is said of an entry."""
    return Fault(position, "entry", f"je_{number}", what)


def test_what_nobody_altered_is_right(books: Store, run: Run) -> None:
    found = run(chain_check.check(books))

    assert found.is_right
    assert found.is_whole
    assert found.until == found.last == 23
    assert found.hash == run(stored.head_of(books)).hash


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    ("edit", "position", "row", "what"),
    [
        ("UPDATE entries SET cause = 'x' WHERE id = 11", 14, "je_11", "altered"),
        ("UPDATE entries SET at = at + 1 WHERE id = 3", 3, "je_3", "altered"),
        ("UPDATE postings SET amount = -amount WHERE entry = 5", 5, "je_5", "altered"),
        ("INSERT INTO postings VALUES (5, 9, 1, 1)", 5, "je_5", "altered"),
        ("DELETE FROM postings WHERE entry = 4 AND line = 1", 4, "je_4", "altered"),
        ("DELETE FROM entries WHERE id = 13", 16, "je_13", "altered"),
        ("DELETE FROM postings WHERE entry = 13;DELETE FROM entries WHERE id = 13", 16, "je_13",
         "missing"),
        ("INSERT INTO entries VALUES (-4, 'm', 'c', 2, 0)", 1, "je_-4", "inserted"),
        ("UPDATE accounts SET name = 'capital:x' WHERE name = 'capital:XOF'", 1, "je_1", "altered"),
        ("UPDATE accounts SET merchant = 'mer_2' WHERE id = 1", 1, "je_1", "altered"),
        ("UPDATE entries SET id = 99 WHERE id = 6;UPDATE entries SET id = 6 WHERE id = 7;"
         "UPDATE entries SET id = 7 WHERE id = 99", 6, "je_6", "altered"),
        ("UPDATE audit SET after = '{\"x\":1}' WHERE subject = 'key_3'", 11, "2", "altered"),
        ("DELETE FROM audit WHERE number = 5", 22, "5", "missing"),
        ("DELETE FROM chain_blocks WHERE first = 1", 1, "1", "missing"),
        ("UPDATE chain_blocks SET at = at + 1 WHERE first = 13", 13, "23", "block"),
    ],
)  # fmt: skip
def test_whoever_edits_a_row_is_found_out_with_its_position(
    books: Store, run: Run, tamper: Execute, edit: str, position: int, row: str, what: str
) -> None:
    """I-34, I-35, F-S28."""
    for statement in edit.split(";"):
        tamper(statement)

    [first, *_] = run(faults_in(books))
    assert (first.position, first.row, first.what) == (position, row, what)


def test_an_edit_hides_no_other(books: Store, run: Run, tamper: Execute) -> None:
    """I-34, I-35, on both engines: each by itself, although all hashes after one would change."""
    tamper("UPDATE entries SET cause = 'x' WHERE id IN (2, 3, 9)")
    tamper("UPDATE postings SET amount = -amount WHERE entry = 12")
    tamper("DELETE FROM postings WHERE entry = 13")
    tamper("DELETE FROM entries WHERE id = 13")
    tamper("UPDATE audit SET who = 'x' WHERE number = 5")
    tamper("INSERT INTO entries VALUES (-4, 'm', 'c', 2, 0)")

    assert run(faults_in(books)) == (
        of_entry(1, -4, "inserted"),
        of_entry(2, 2, "altered"),
        of_entry(3, 3, "altered"),
        of_entry(9, 9, "altered"),
        of_entry(15, 12, "altered"),
        of_entry(16, 13, "missing"),
        Fault(22, "audit", "5", "altered"),
    )


def test_the_newest_part_is_looked_at_alone(books: Store, run: Run, tamper: Execute) -> None:
    tamper("UPDATE entries SET cause = 'x' WHERE id IN (4, 12)")

    found = run(chain_check.check(books, after=12))
    assert (found.after, found.until, found.last) == (12, 23, 23)
    assert found.faults == (of_entry(15, 12, "altered"),)
    found = run(chain_check.check(books, after=0, blocks_max=1))
    assert (found.until, found.is_whole) == (12, False)
    assert found.faults == (of_entry(4, 4, "altered"),)


@pytest.mark.parametrize("table", ["chain_blocks", "chain_shipments"])
@pytest.mark.parametrize("change", ["UPDATE {} SET position_ = 0", "DELETE FROM {}"])
def test_blocks_and_shipments_are_append_only(
    books: Store, run: Run, engine: str, tmp_path: Path, request: pytest.FixtureRequest,
    table: str, change: str,
) -> None:  # fmt: skip
    """I-32."""
    run(books.record([stored.Shipment(system_clock(), "here", 1, b"x")]))
    sql = change.format(table).replace("position_", "at")
    if engine == "sqlite":
        file = apsw.Connection(str(tmp_path / "cross.db"))
        with pytest.raises(apsw.ConstraintError, match=r"(never deleted|does not change)"):
            file.execute(sql)
        file.close()
        return
    url = request.getfixturevalue("schema_url")
    with (
        psycopg.connect(url, autocommit=True) as connection,
        pytest.raises(psycopg.IntegrityError, match=r"(never deleted|does not change)"),
    ):
        connection.execute(sql)


def test_the_chain_does_not_fork(store: Store, run: Run) -> None:
    async def together() -> None:
        await store.record(some_writes(5))
        async with chainer_on(store) as one, chainer_on(store) as other:
            took = await asyncio.gather(one.link(), other.link())
            assert sorted(took) == [0, 8]
            await store.record([opening(a_transfer())])
            assert await other.link() + await other.link() == 1
            assert await one.link() == 0

    run(together())
    assert run(faults_in(store)) == ()
    assert run(stored.tail(store)).position == 9


@pytest.mark.parametrize("engine", ["postgres"])
def test_of_several_processes_the_eldest_that_lives_links(store: Store, run: Run) -> None:
    async def scene() -> list[bool]:
        gone = await store.enlist(name="switch", lease_seconds=0)
        first = await store.enlist(name="switch", lease_seconds=60)
        second = await store.enlist(name="switch", lease_seconds=60)
        return [await stored.is_eldest(store, owner) for owner in (gone, first, second)]

    assert run(scene()) == [False, True, False]


@pytest.mark.parametrize("engine", ["postgres"])
def test_a_transaction_that_commits_late_is_linked_all_the_same(
    schema_url: str, new_store: NewStore, run: Run
) -> None:
    """I-34 on PostgreSQL: entries become visible in another order than that of their numbers."""

    async def scene() -> None:
        store = new_store()
        await store.open()
        await store.record([funding(1_000_000_000)])
        async with await psycopg.AsyncConnection.connect(schema_url) as late:
            [(number,)] = await (await late.execute("SELECT nextval('entry_numbers')")).fetchall()
            await late.execute(
                f"WITH e AS (INSERT INTO entries VALUES ({number}, 'm', 'late', 2, 0))"
                f" INSERT INTO postings VALUES ({number}, 1, 1, 5), ({number}, 2, 1, -5)"
            )
            await store.record([opening(a_transfer()) for _ in range(5)])
            async with chainer_on(store) as chainer:
                await chainer.link()
                before = (await stored.tail(store)).reach
                assert [(gap.first, gap.last) for gap in before.gaps] == [(number, number)]
                assert await faults_in(store) == ()
                await late.commit()
                assert await faults_in(store) == ()  # it may still come, and did
                assert await chainer.link() == 1
            block = await stored.block_with(store, (await stored.tail(store)).position)
            assert block is not None
            assert [item.number for item in items_of(block)] == [number]
            assert (await stored.tail(store)).reach.gaps == ()
            assert await faults_in(store) == ()
        await store.close()

    run(scene())


@pytest.mark.parametrize("engine", ["postgres"])
def test_a_number_that_was_given_up_is_nobodys_any_more(
    schema_url: str, new_store: NewStore, run: Run
) -> None:
    """F-S28 on PostgreSQL: what is put where a transaction was rolled back was not booked then."""
    ahead = timedelta()

    async def scene() -> None:
        nonlocal ahead
        store = new_store()
        await store.open()
        await store.record([funding(1_000_000_000)])
        connecting = psycopg.AsyncConnection.connect(schema_url, autocommit=True)
        async with await connecting as held:
            [(number,)] = await (await held.execute("SELECT nextval('entry_numbers')")).fetchall()
            async with chainer_on(store, clock=lambda: system_clock() + ahead) as chainer:
                await store.record([opening(a_transfer())])
                await chainer.link()
                assert (await stored.tail(store)).reach.gaps
                async with asyncio.timeout(30):  # transactions of the server's others may be older
                    while (await stored.tail(store)).reach.gaps:
                        ahead += timedelta(seconds=31)
                        await store.record([opening(a_transfer())])
                        await chainer.link()
                assert await faults_in(store) == ()
                await held.execute("SET session_replication_role = replica")
                await held.execute(f"INSERT INTO entries VALUES ({number}, 'm', 'put in', 2, 0)")
                assert await chainer.link() == 0
            [fault] = await faults_in(store)
            assert (fault.row, fault.what) == (f"je_{number}", "inserted")
        await store.close()

    run(scene())


def test_rows_from_before_the_chain_are_linked(tmp_path: Path, run: Run) -> None:
    """Old books: the audit keeps its lines, and gets numbers."""
    file = tmp_path / "cross.db"
    old = apsw.Connection(str(file))
    old.pragma("application_id", APPLICATION_ID)
    for migration in migrations_for("sqlite")[:13]:
        old.execute(migration.sql)
        old.pragma("user_version", migration.number)
    for number in (3, 1, 2):
        row = (f"aud_{number}", number, "ana", "x", "y", "null", "null")
        old.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    old.close()

    async def scene() -> None:
        store = SqliteStore(file, clock=system_clock, writer=OwnThread("w"), reader=OwnThread("r"))
        await store.open()
        assert [row[0] for row in await store.rows("SELECT id FROM audit ORDER BY number", {})] == [
            "aud_3",
            "aud_1",
            "aud_2",
        ]
        await store.record([funding(1_000_000_000), *[opening(a_transfer()) for _ in range(1500)]])
        await store.record([audit_line(7)])
        await link_all(store)
        found = await chain_check.check(store)
        assert (found.faults, found.until) == ((), 1505)
        waiting = await stored.unlinked(store, (await stored.tail(store)).reach)
        assert (waiting.count, waiting.since) == (0, None)
        await store.close()

    run(scene())


def test_random_edits_are_found_where_they_are(tmp_path: Path, run: Run) -> None:
    """I-34: `make tamper` tries 10 000."""
    run(furnished(tmp_path / "books.db"))

    assert run(try_edits(tmp_path / "books.db", edits=EDITS, seed=3))[:-1] == []


@pytest.mark.parametrize("word", [b"reserved", b"keys.create", b"reserved:", b'{"entry":'])
def test_bytes_that_flip_on_the_disk_are_found_or_change_nothing(
    tmp_path: Path, run: Run, word: bytes
) -> None:
    """F-D15: wherever a row reads as another, it is named."""
    file = tmp_path / "books.db"
    run(furnished(file))
    whole = file.read_bytes()
    as_it_was = _all_rows(file)
    places = [match.start() for match in re.finditer(re.escape(word), whole)]
    found = 0
    for place in places[:: max(1, len(places) // 8)]:
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x81]) + whole[place + 1 :])
        books = SqliteBooks(file)
        is_altered = _all_rows(file) != as_it_was
        assert bool(run(faults_in(books))) == is_altered
        found += is_altered
        run(books.close())
    assert found


def _all_rows(file: Path) -> object:
    """What is linked, and the links, as SQLite reads them; None where it cannot."""
    connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
    tables = ("entries", "postings", "accounts", "audit", "chain_blocks")
    try:
        return [
            connection.execute(f"SELECT * FROM {name} NOT INDEXED").fetchall() for name in tables
        ]
    except DAMAGE:
        return None
    finally:
        connection.close()


def test_both_books_are_in_one_chain(books: Store, run: Run) -> None:
    """I-35."""
    block = run(stored.block_with(books, 1))
    assert block is not None
    assert [item.book for item in items_of(block)] == [Book.ENTRY] * 9 + [Book.AUDIT] * 3
