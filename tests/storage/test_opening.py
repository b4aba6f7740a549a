"""Opening a store: what is refused, and a schema that is there whole or not at all."""

import signal
import subprocess
import sys
from importlib import resources
from pathlib import Path

import apsw
import psycopg
import pytest

from cross.clock import system_clock
from cross.storage import postgres, postgres_connections, sqlite
from cross.storage.migrations import Migration, migrations_for
from cross.storage.postgres import PostgresStore
from cross.storage.sqlite import OwnThread, SqliteStore
from cross.storage.store import StoreRefused, StoreUnavailable
from tests.conftest import NewStore, Run
from tests.storage.making import funding

OWN_PROCESS = """
import asyncio, sys
from pathlib import Path
from cross.clock import system_clock
from cross.storage.sqlite import OwnThread, SqliteStore
path = Path(sys.argv[1])
store = SqliteStore(path, clock=system_clock, writer=OwnThread("w"), reader=OwnThread("r"))
"""
HOLDS_THE_FILE = OWN_PROCESS + "asyncio.run(store.open()); print('open', flush=True); input()"
DIES_MIGRATING = (
    "import os, signal, apsw\n"
    "from cross.storage import sqlite\n"
    "from cross.storage.migrations import Migration, migrations_for\n"
    "die = lambda: os.kill(os.getpid(), signal.SIGKILL)\n"
    "apsw.connection_hooks.append(lambda made: made.create_scalar_function('die', die, 0))\n"
    "[first] = migrations_for('sqlite')[:1]\n"
    "sqlite.migrations_for = lambda engine: (Migration(1, 'x', first.sql + ';SELECT die();'),)\n"
    + OWN_PROCESS
    + "asyncio.run(store.open())"
)


def sqlite_at(path: Path) -> SqliteStore:
    return SqliteStore(
        path, clock=system_clock, writer=OwnThread("writer"), reader=OwnThread("reader")
    )


def postgres_at(url: str) -> PostgresStore:
    return PostgresStore(url, clock=system_clock)


def newest(engine: str) -> int:
    return migrations_for(engine)[-1].number


def test_a_store_is_opened_again_with_what_it_kept(new_store: NewStore, run: Run) -> None:
    for verdict_is_fresh in (True, False):
        store = new_store()
        run(store.open())
        [verdict] = run(store.record([funding(5)]))
        assert verdict.fresh is verdict_is_fresh  # type: ignore[union-attr]
        run(store.close())


def test_a_second_process_does_not_get_the_file(tmp_path: Path, run: Run) -> None:
    """F-P09."""
    path = tmp_path / "cross.db"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS_THE_FILE, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"

        with pytest.raises(StoreRefused, match="another process"):
            run(sqlite_at(path).open())

        holder.kill()
    store = sqlite_at(path)
    run(store.open())
    run(store.close())


def test_a_second_store_does_not_get_the_file(tmp_path: Path, run: Run) -> None:
    """F-P09."""
    first, second = sqlite_at(tmp_path / "cross.db"), sqlite_at(tmp_path / "cross.db")
    run(first.open())

    with pytest.raises(StoreRefused, match="another process"):
        run(second.open())

    run(first.close())
    run(second.open())
    run(second.close())


def test_an_older_sqlite_is_refused(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-SUP-07, F-D18."""
    monkeypatch.setattr(sqlite, "VERSION_FLOOR", 9_000_000)

    with pytest.raises(StoreRefused, match="older"):
        run(sqlite_at(tmp_path / "cross.db").open())

    assert not list(tmp_path.iterdir())


def test_the_floor_keeps_out_what_corrupts_its_journal() -> None:
    """F-D18: money-safety.md, decision 5."""
    assert sqlite.VERSION_FLOOR >= 3_051_003


def test_what_sqlite_commits_is_synced_before_it_is_told(tmp_path: Path, run: Run) -> None:
    """F-P07: at synchronous NORMAL the journal is synced when it is full, not at a commit."""
    store = sqlite_at(tmp_path / "cross.db")
    run(store.open())

    assert store._write.pragma("synchronous") == 2
    assert store._write.pragma("journal_mode") == "wal"
    run(store.close())


def test_an_older_postgresql_is_refused(
    schema_url: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-D18."""
    monkeypatch.setattr(postgres_connections, "VERSION_FLOOR", 990_000)

    with pytest.raises(StoreRefused, match="older"):
        run(postgres_at(schema_url).open())


def test_a_server_that_forgets_what_it_commits_is_refused(
    schema_url: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decision 5: synchronous_commit=on."""
    monkeypatch.setattr(postgres_connections, "_OPTIONS", "-c synchronous_commit=off")

    with pytest.raises(StoreRefused, match="forgets"):
        run(postgres_at(schema_url).open())


def test_a_server_told_to_forget_commits_durably_all_the_same(schema_url: str, run: Run) -> None:
    """What the address says about durability does not count."""
    store = postgres_at(f"{schema_url[:-1]} -c synchronous_commit=off'")

    run(store.open())

    assert run(store.rows("SHOW synchronous_commit", {})) == [("on",)]
    run(store.close())


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path, run: Run) -> None:
    with pytest.raises(StoreUnavailable):
        run(postgres_at(f"host={tmp_path} dbname=postgres user=postgres").open())


def test_a_file_of_another_program_is_refused(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "other.db"
    with apsw.Connection(str(path)) as other:
        other.pragma("application_id", 7)
    other.close()

    for _ in range(2):
        with pytest.raises(StoreRefused, match="another program"):
            run(sqlite_at(path).open())


def test_a_file_of_a_newer_cross_is_refused_unchanged(tmp_path: Path, run: Run) -> None:
    """F-P11."""
    path = tmp_path / "cross.db"
    store = sqlite_at(path)
    run(store.open())
    run(store.close())
    raw = apsw.Connection(str(path))
    raw.pragma("user_version", newest("sqlite") + 1)

    with pytest.raises(StoreRefused, match="newer"):
        run(sqlite_at(path).open())

    assert raw.pragma("user_version") == newest("sqlite") + 1
    raw.pragma("user_version", newest("sqlite"))
    raw.close()
    again = sqlite_at(path)
    run(again.open())
    run(again.close())


def test_a_database_of_a_newer_cross_is_refused_unchanged(schema_url: str, run: Run) -> None:
    """F-P11."""
    store = postgres_at(schema_url)
    run(store.open())
    with psycopg.connect(schema_url, autocommit=True) as raw:
        raw.execute(
            "INSERT INTO schema_migrations VALUES (%s, 'later', 0)", (newest("postgres") + 1,)
        )

        with pytest.raises(StoreRefused, match="newer"):
            run(postgres_at(schema_url).open())

        found = raw.execute("SELECT max(number) FROM schema_migrations").fetchone()
    assert found == (newest("postgres") + 1,)
    run(store.close())


def test_a_migration_of_a_file_killed_half_way_leaves_nothing(tmp_path: Path, run: Run) -> None:
    """F-D23: the process is killed after the last table was made."""
    path = tmp_path / "cross.db"

    ended = subprocess.run([sys.executable, "-c", DIES_MIGRATING, str(path)], check=False)

    assert ended.returncode == -signal.SIGKILL
    raw = apsw.Connection(str(path))
    assert raw.execute("SELECT count(*) FROM sqlite_schema").get == 0
    raw.close()
    store = sqlite_at(path)
    run(store.open())
    run(store.close())


def test_a_migration_of_a_database_killed_half_way_leaves_nothing(
    schema_url: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-D23: the server process is ended after the last table was made."""
    whole = migrations_for("postgres")
    deadly = Migration(whole[-1].number, "x", "SELECT pg_terminate_backend(pg_backend_pid())")
    monkeypatch.setattr(postgres, "migrations_for", lambda _: (*whole[:-1], deadly))

    with pytest.raises(StoreUnavailable):
        run(postgres_at(schema_url).open())

    with psycopg.connect(schema_url) as raw:
        found = raw.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = current_schema()"
        ).fetchone()
    assert found == (0,)
    monkeypatch.undo()
    store = postgres_at(schema_url)
    run(store.open())
    run(store.close())


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_migrations_are_numbered_without_gaps(engine: str) -> None:
    folder = resources.files("cross.storage.migrations").joinpath(engine)
    names = sorted(script.name for script in folder.iterdir())

    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
