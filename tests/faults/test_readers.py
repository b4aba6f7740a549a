"""Readings that do not end: ours are ended, and nobody who writes is (F-D17)."""

from pathlib import Path

import apsw
import pytest

from cross.clock import system_clock
from cross.storage import sqlite_reading
from cross.storage.postgres import PostgresStore
from cross.storage.postgres_connections import Connections
from cross.storage.reading import SqliteBooks
from cross.storage.store import ReadingTooLong, Store, StoreUnavailable
from tests.conftest import Run, short_pause
from tests.storage.making import a_transfer, funding, opening

FOR_EVER = (
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000000)"
    " SELECT count(*) FROM n"
)
"""Some seconds: a defect fails the test and does not hang it."""


def test_a_reading_of_ours_that_does_not_end_is_ended_and_the_log_is_emptied(
    store: Store, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-D17: after 60 s, here after a part of one; the next reading is as any other."""
    monkeypatch.setattr(sqlite_reading, "READING_SECONDS_MAX", 0.1)
    run(store.record([funding(90_000)]))
    if store.engine == "postgres":
        with pytest.raises(StoreUnavailable, match="statement timeout"):
            run(briefly(store, FOR_EVER))
    else:
        with pytest.raises(ReadingTooLong):
            run(store.rows(FOR_EVER, {}))
        beside = SqliteBooks(tmp_path / "cross.db")
        with pytest.raises(ReadingTooLong):
            run(beside.rows(FOR_EVER, {}))
        run(store.record([opening(a_transfer())]))
        store._write.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)  # type: ignore[attr-defined]
        assert (tmp_path / "cross.db-wal").stat().st_size == 0
        run(beside.close())

    assert run(store.rows("SELECT 1", {}))[0][0] == 1


async def briefly(store: Store, statement: str) -> None:
    """A minute is too long for a test: a reader that is told to wait less obeys the same rule."""
    shown = await store.rows("SELECT current_setting('statement_timeout')", {})
    assert shown[0][0] == "1min"
    await store.rows("SELECT set_config('statement_timeout', '100ms', false)", {})
    await store.rows(statement, {})


def test_no_statement_that_writes_is_ended_for_taking_long(schema_url: str, run: Run) -> None:
    """F-D17, F-D06: a commit that waits for its standby is never cancelled, by a time either."""
    store = PostgresStore(schema_url, clock=system_clock, pause=short_pause)
    run(store.open())
    for connections in (store._writers, store._leases):
        assert run(told_limit(connections)) == "0"
    assert run(told_limit(store._readers)) == "1min"
    run(store.close())


async def told_limit(connections: Connections) -> str:
    async with connections.one() as session:
        cursor = await session.connection.execute("SHOW statement_timeout")
        return str((await cursor.fetchall())[0][0])
