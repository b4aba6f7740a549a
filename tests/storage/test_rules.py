"""What the database itself refuses, whoever asks: tried with plain SQL on both engines."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import apsw
import psycopg
import pytest

from cross.domain.leg import LegKind
from cross.storage import ledger, movements
from cross.storage.pages import Page
from cross.storage.store import Advance, Broken, Saved, Store
from tests.conftest import Run
from tests.storage import making
from tests.storage.making import a_transfer, funding, opening

Execute: TypeAlias = Callable[[str], Sequence[tuple[object, ...]]]
Book: TypeAlias = Callable[[int, int, Sequence[tuple[int, int, int]]], None]

REFUSED = (apsw.ConstraintError, psycopg.IntegrityError)


@pytest.fixture
def by_hand(
    store: Store, engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Execute]:
    """Runs plain SQL on the store's database, on a connection of its own."""
    assert store.engine == engine
    if engine == "sqlite":
        file = apsw.Connection(str(tmp_path / "cross.db"))
        file.pragma("foreign_keys", 1)  # as every connection of the store: SQLite asks each
        yield lambda sql: file.execute(sql).fetchall()
        file.close()
        return
    with psycopg.connect(request.getfixturevalue("schema_url"), autocommit=True) as connection:

        def execute(sql: str) -> Sequence[tuple[object, ...]]:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

        yield execute


@pytest.fixture
def book(by_hand: Execute, engine: str) -> Book:
    """Writes an entry of that number and so many lines, with (line, account, amount) as given."""

    def on_sqlite(number: int, lines: int, given: Sequence[tuple[int, int, int]]) -> None:
        by_hand("BEGIN IMMEDIATE")
        try:
            for line, account, amount in given:
                by_hand(
                    f"INSERT INTO postings VALUES ({number}, {line}, {account}, {amount})"  # noqa: S608
                )
            by_hand(f"INSERT INTO entries VALUES ({number}, 'm', 'c{number}', {lines}, 0)")  # noqa: S608
            by_hand("COMMIT")
        except apsw.Error:
            by_hand("ROLLBACK")
            raise

    def on_postgres(number: int, lines: int, given: Sequence[tuple[int, int, int]]) -> None:
        values = ", ".join(f"({number}, {', '.join(map(str, line))})" for line in given)
        by_hand(
            f"WITH e AS (INSERT INTO entries VALUES ({number}, 'm', 'c{number}', {lines}, 0))"  # noqa: S608
            f" INSERT INTO postings VALUES {values}"
        )

    return on_sqlite if engine == "sqlite" else on_postgres


@pytest.fixture
def accounts(store: Store, run: Run, by_hand: Execute) -> tuple[int, int, int]:
    """Two accounts in francs CFA and one in Djibouti francs."""
    run(store.record([funding(1_000)]))
    by_hand("INSERT INTO accounts (name, kind, currency) VALUES ('far', 'asset', 'DJF')")
    found = by_hand("SELECT id FROM accounts ORDER BY currency DESC, name")
    first, second, third = (int(str(row[0])) for row in found)
    return first, second, third


def test_a_balanced_entry_with_all_its_lines_is_taken(
    book: Book, accounts: tuple[int, int, int], store: Store, run: Run
) -> None:
    """So that the refusals below are for what they say."""
    one, two, _ = accounts

    book(900, 2, [(1, one, 5), (2, two, -5)])

    assert run(ledger.unbalanced(store)) == []


@pytest.mark.parametrize(
    ("lines", "given"),
    [
        pytest.param(2, [(1, 0, 5), (2, 1, -4)], id="unbalanced"),
        pytest.param(2, [(1, 0, 5), (2, 2, -5)], id="balanced across currencies only"),
        pytest.param(3, [(1, 0, 5), (2, 1, -5)], id="a line missing"),
        pytest.param(2, [(1, 0, 5), (2, 1, -4), (3, 1, -1)], id="a line too many"),
        pytest.param(2, [(1, 0, 0), (2, 1, 0)], id="lines of nothing"),
        pytest.param(2, [(1, 0, 5), (1, 1, -5)], id="one line twice"),
        pytest.param(1, [(1, 0, 5)], id="one line"),
        pytest.param(2, [(1, 0, 5), (2, 77, -5)], id="an account that is not there"),
    ],
)
def test_an_entry_that_is_not_whole_is_refused(
    book: Book,
    by_hand: Execute,
    accounts: tuple[int, int, int],
    lines: int,
    given: list[tuple[int, int, int]],
) -> None:
    """I-01: by the database, whatever the program does."""
    placed = [
        (line, accounts[place] if place < 3 else 999, amount) for line, place, amount in given
    ]
    before = by_hand("SELECT count(*) FROM postings")

    with pytest.raises(REFUSED):
        book(900, lines, placed)

    assert by_hand("SELECT count(*) FROM postings") == before
    assert by_hand("SELECT count(*) FROM entries WHERE id = 900") == [(0,)]


@pytest.mark.parametrize("lines", [[(3, 0, 5), (4, 1, -5)], [(1, 0, 5), (2, 1, -5)]])
def test_a_closed_entry_gets_no_posting(
    by_hand: Execute, accounts: tuple[int, int, int], lines: list[tuple[int, int, int]]
) -> None:
    """I-32: not even a balanced pair."""
    values = ", ".join(f"(1, {line}, {accounts[place]}, {amount})" for line, place, amount in lines)

    with pytest.raises(REFUSED):
        by_hand(f"INSERT INTO postings VALUES {values}")  # noqa: S608


def test_an_entry_without_postings_is_refused(by_hand: Execute, store: Store) -> None:
    assert store.engine

    with pytest.raises(REFUSED):
        by_hand("INSERT INTO entries VALUES (900, 'm', 'c', 2, 0)")


def test_postings_without_an_entry_are_refused(
    by_hand: Execute, accounts: tuple[int, int, int]
) -> None:
    one, two, _ = accounts

    with pytest.raises(REFUSED):
        by_hand(f"INSERT INTO postings VALUES (900, 1, {one}, 5), (900, 2, {two}, -5)")  # noqa: S608


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET at = 1",
        "UPDATE postings SET amount = amount * 2",
        "DELETE FROM entries",
        "DELETE FROM postings",
        "UPDATE accounts SET name = 'float:other' WHERE name = 'float:flooz'",
        "DELETE FROM accounts",
        "DELETE FROM movements",
        "DELETE FROM legs",
    ],
)
def test_what_is_written_stays(by_hand: Execute, store: Store, run: Run, statement: str) -> None:
    """I-32."""
    run(store.record([funding(50_000), opening(a_transfer())]))
    content = "SELECT id, at FROM entries", "SELECT * FROM postings", "SELECT * FROM movements"
    before = [by_hand(sql) for sql in content]

    with pytest.raises(REFUSED):
        by_hand(statement)

    assert [by_hand(sql) for sql in content] == before


@pytest.mark.parametrize("table", ["entries", "postings", "movements", "legs", "accounts"])
@pytest.mark.parametrize("engine", ["postgres"])
def test_no_table_of_the_books_is_emptied(by_hand: Execute, table: str) -> None:
    """I-32; SQLite has no such statement."""
    with pytest.raises(REFUSED):
        by_hand(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    "change",
    [
        "merchant = 'mer_2'",
        "debit_amount = debit_amount + 1",
        "credit_currency = 'DJF'",
        "reference = 'other'",
        "idempotency_key = 'other'",
        "request_digest = 'other'",
        "customer = 'other'",
        "terms = '{}'",
        "created_at = 0",
        "version = version + 2",
        "version = version",
        "version = version - 1",
    ],
)
def test_terms_stay_and_a_version_rises_by_one(
    by_hand: Execute, store: Store, run: Run, change: str
) -> None:
    """I-16."""
    movement = a_transfer()
    run(store.record([funding(50_000), opening(movement)]))

    with pytest.raises(REFUSED):
        by_hand(f"UPDATE movements SET {change}")  # noqa: S608

    assert run(movements.get(store, movement.id)) == movement


@pytest.mark.parametrize(
    "change",
    [
        "reference = 'OTHER'",
        "amount = amount + 1",
        "msisdn = '+22899999999'",
        "operator = 'tmoney'",
        "currency = 'DJF'",
    ],
)
def test_the_request_of_a_leg_does_not_change(
    by_hand: Execute, store: Store, run: Run, change: str
) -> None:
    """I-24."""
    movement = a_transfer()
    run(store.record([funding(50_000), opening(movement)]))

    with pytest.raises(REFUSED):
        by_hand(f"UPDATE legs SET {change} WHERE kind = 'credit'")  # noqa: S608

    assert run(movements.get(store, movement.id)) == movement


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE movements SET state = 'debiting', is_final = 0, version = version + 1",
        "UPDATE movements SET owner = 7",
        "UPDATE movements SET failure = NULL, version = version + 1",
        "UPDATE legs SET status = 'sent'",
        "UPDATE legs SET failure = NULL",
    ],
)
def test_what_is_final_does_not_change(
    by_hand: Execute, store: Store, run: Run, statement: str
) -> None:
    """I-20."""
    movement = a_transfer()
    debited = making.debited(movement)
    credited = making.credited(debited.movement)
    verdicts = run(store.record([funding(50_000), opening(movement), debited, credited]))
    assert verdicts == [Saved()] * 4

    with pytest.raises(REFUSED):
        by_hand(statement)

    assert run(movements.get(store, movement.id)) == making.as_stored(credited.movement)


def test_a_step_of_a_final_movement_is_refused(store: Store, run: Run) -> None:
    """I-20: also through the store."""
    movement = a_transfer()
    failed = making.refused(movement, LegKind.DEBIT)
    run(store.record([funding(50_000), opening(movement), failed]))
    again = Advance(replace(failed.movement, version=3, state="debiting"), 1, (), (), ())

    [verdict] = run(store.record([again]))

    assert isinstance(verdict, Broken)
    assert "final movement" in verdict.detail


def test_a_second_success_of_a_leg_is_refused(store: Store, run: Run) -> None:
    """I-11: one booking a movement and cause, for ever."""
    movement = a_transfer()
    debited = making.debited(movement)
    run(store.record([funding(50_000), opening(movement), debited]))
    again = Advance(replace(debited.movement, version=3), 1, (), debited.entries)

    [verdict] = run(store.record([again]))

    assert isinstance(verdict, Broken)
    assert run(ledger.drifted(store)) == []
    assert run(movements.get(store, movement.id)) == making.as_stored(debited.movement)


def test_a_leg_without_its_movement_is_refused(by_hand: Execute, store: Store) -> None:
    assert store.engine

    with pytest.raises(REFUSED):
        by_hand(
            "INSERT INTO legs (movement, kind, operator, msisdn, amount, currency, reference,"
            " status, sends) VALUES ('none', 'debit', 'o', 'm', 1, 'XOF', 'R', 'planned', 0)"
        )


def test_entry_numbers_rise(store: Store, run: Run) -> None:
    for number in range(5):
        run(store.record([funding(1, cause=f"c{number}")]))

    found, _ = run(ledger.entries(store, part=Page(10)))

    assert [entry.cause for entry in found] == ["c4", "c3", "c2", "c1", "c0"]
    assert sorted({entry.number for entry in found}, reverse=True) == [
        entry.number for entry in found
    ]
