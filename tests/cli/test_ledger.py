"""`cross ledger`: the books, and the names of what is wrong in them."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode

import apsw
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from cross.cli.agreement import Check, Sight, trial_balance
from cross.clock import system_clock
from cross.domain import accounts
from cross.domain.ledger import entry
from cross.domain.money import XOF, xof
from cross.storage.ledger import AccountBalance
from cross.storage.postgres import PostgresStore
from cross.storage.sqlite import OwnThread, SqliteStore
from cross.storage.store import Addition, Store
from tests.cli.running import Running, Typed

FUNDED = entry(
    "funded",
    debits=[(accounts.float_at("tmoney", XOF), xof(700))],
    credits_=[(accounts.capital(XOF), xof(700))],
)


async def _fill(store: Store) -> None:
    await store.open()
    await store.record([Addition("funding:tmoney:test", (FUNDED,), system_clock())])
    await store.close()


@pytest.fixture(params=["sqlite", "postgres"])
def books(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Callable[[str], None]]:
    """A ledger with one entry, by its URL, and how somebody would tamper with it."""
    if request.param == "sqlite":
        path = tmp_path / "cross.db"
        writer, reader = OwnThread("writer"), OwnThread("reader")
        asyncio.run(_fill(SqliteStore(path, clock=system_clock, writer=writer, reader=reader)))
        return f"sqlite:{path}", lambda sql: _tamper_sqlite(path, sql)
    url = _as_url(request.getfixturevalue("schema_url"))
    asyncio.run(_fill(PostgresStore(url, clock=system_clock)))
    return url, lambda sql: _tamper_postgres(url, sql)


def _as_url(conninfo: str) -> str:
    return f"postgresql:///?{urlencode(conninfo_to_dict(conninfo), quote_via=quote)}"


def _tamper_sqlite(path: Path, sql: str) -> None:
    connection = apsw.Connection(str(path))
    for trigger in ("postings_are_immutable", "entries_are_immutable"):
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(sql)
    connection.close()


def _tamper_postgres(url: str, sql: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(sql.encode())


Books = tuple[str, Callable[[str], None]]


def test_sound_books_are_told_to_be_sound(typed: Typed, books: Books) -> None:
    url, _ = books
    place = ("--database-url", url)

    verified = typed("ledger", "verify", *place, "--json")
    assert verified.code == 0
    assert verified.document == {
        "object": "ledger_verification",
        "agrees": True,
        "whole_ledger": True,
        "unbalanced_entries": [],
        "drifted_accounts": [],
        "chain": {"linked": 0, "hash": "00" * 32, "agrees": True, "faults": [], "heads": []},
    }
    (total,) = typed.document("ledger", "trial-balance", *place)["totals"]
    assert total == {"currency": "XOF", "debits": 700, "credits": 700, "balanced": True}
    assert "700" in typed("ledger", "balances", *place).out


def test_a_balance_that_is_not_its_postings_is_named(typed: Typed, books: Books) -> None:
    """I-33, and what the trial balance makes of it."""
    url, tamper = books
    tamper("UPDATE accounts SET balance = balance + 5 WHERE name = 'float:tmoney'")
    place = ("--database-url", url)

    verified = typed("ledger", "verify", *place)
    assert verified.code == 4
    assert "I-33: the balance of float:tmoney" in verified.out
    assert typed.document("ledger", "verify", *place)["drifted_accounts"] == ["float:tmoney"]
    trial = typed("ledger", "trial-balance", *place)
    assert trial.code == 4
    assert "DIFFER" in trial.out


def test_an_entry_that_does_not_balance_is_named(typed: Typed, books: Books) -> None:
    """I-01: even where somebody got past the triggers."""
    url, tamper = books
    tamper("UPDATE postings SET amount = amount + 3 WHERE amount > 0")

    verified = typed("ledger", "verify", "--database-url", url)

    assert verified.code == 4
    assert "I-01: entry 1 does not balance" in verified.out


def test_reading_the_books_makes_and_changes_nothing(typed: Typed, tmp_path: Path) -> None:
    missing = tmp_path / "missing.db"
    said = typed("ledger", "verify", "--database-url", f"sqlite:{missing}")
    assert said.code == 1
    assert "--database-url" in said.err
    assert not missing.exists()

    (tmp_path / "letter.db").write_text("Dear reader, this is a letter and no database at all.")
    assert typed("ledger", "verify", "--database-url", f"sqlite:{tmp_path}/letter.db").code == 1
    apsw.Connection(str(tmp_path / "other.db")).execute("CREATE TABLE t (a)")
    other = typed("ledger", "verify", "--database-url", f"sqlite:{tmp_path}/other.db")
    assert "holds no books of Cross" in other.err
    assert typed("ledger", "verify", "--database-url", "books.txt").code == 1


def test_a_database_without_books_is_told(typed: Typed, postgres_url: str) -> None:
    said = typed("ledger", "verify", "--database-url", _as_url(postgres_url))

    assert said.code == 1
    assert "holds no books of Cross" in said.err


@pytest.fixture
def by_key(running: Running) -> tuple[str, ...]:
    """The flags with which a merchant reads what its key may see."""
    return ("--api-url", running.said["api_url"], "--api-key", running.said["api_key"])


def test_a_key_sees_what_concerns_its_merchant(
    typed: Typed, running: Running, by_key: tuple[str, ...]
) -> None:
    typed("transfer", "90112233", "96112233", "5000", *by_key)

    own = typed.document("ledger", "balances", *by_key)["data"]
    assert {one["account"].partition(":")[0] for one in own} <= {"available", "reserved"}
    trial = typed("ledger", "trial-balance", *by_key)
    assert trial.code == 0
    assert "What this key may see" in trial.out
    verified = typed("ledger", "verify", *by_key, "--json")
    assert verified.code == 0
    assert verified.document["whole_ledger"] is False
    assert running.said["api_key"] not in trial.out


def test_beside_a_sandbox_the_whole_ledger_is_read(typed: Typed, running: Running) -> None:
    assert running.process.poll() is None
    assert typed.document("ledger", "verify")["whole_ledger"] is True


def test_a_float_that_is_not_the_operators_differs() -> None:
    line = AccountBalance(accounts.float_at("tmoney", XOF), 700)
    sight = Sight({}, {"tmoney": 695}, {"tmoney": 695}, (line,))

    assert not Check("float", "tmoney", 695, sight.booked("float:tmoney")).agrees
    assert [check.agrees for check in trial_balance([line])] == [False]
