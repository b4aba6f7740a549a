"""A disk that fails: nothing is written after it, and what was acknowledged is there (F-D14)."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw
import pytest

from cross.clock import system_clock
from cross.storage.sqlite import OwnThread, SqliteStore
from cross.storage.sqlite_disk import DISK_FAILED
from cross.storage.store import Saved, StoreUnavailable
from tests.conftest import Run
from tests.power_loss import PowerLossDisk
from tests.storage.making import a_transfer, funding, opening

ENDS: Final = "from cross.storage.sqlite_disk import end_process; end_process('no more')"


@pytest.fixture
def disk() -> Iterator[PowerLossDisk]:
    with PowerLossDisk() as disk:
        yield disk


def a_store(path: Path, told: list[str]) -> SqliteStore:
    return SqliteStore(
        path,
        clock=system_clock,
        writer=OwnThread("writer"),
        reader=OwnThread("reader"),
        lost=told.append,
    )


def test_after_a_sync_that_failed_nothing_is_written_on_that_connection(
    disk: PowerLossDisk, tmp_path: Path, run: Run
) -> None:
    """F-D14: a second sync would say yes of what the kernel has forgotten."""
    told: list[str] = []
    store = a_store(tmp_path / "books.db", told)
    run(store.open())
    assert run(store.record([funding(1_000)])) == [Saved()]
    disk.broken_syncs = 1

    with pytest.raises(StoreUnavailable):
        run(store.record([opening(a_transfer(100))]))
    syncs = disk.syncs
    with pytest.raises(StoreUnavailable, match="the disk failed"):
        run(store.record([opening(a_transfer(100))]))

    assert disk.syncs == syncs
    assert len(told) == 1
    run(store.close())


def test_what_was_acknowledged_before_a_disk_failed_is_there_after_it(
    disk: PowerLossDisk, tmp_path: Path, run: Run
) -> None:
    """F-D14, I-14: power goes as well, and the next process starts on what was synced."""
    store = a_store(tmp_path / "books.db", [])
    run(store.open())
    run(store.record([funding(1_000)]))
    assert run(store.record([opening(a_transfer(100))])) == [Saved()]
    disk.broken_syncs = 1
    with pytest.raises(StoreUnavailable):
        run(store.record([opening(a_transfer(200))]))
    disk.is_off = True
    run(store.close())
    disk.lose_power()

    again = a_store(tmp_path / "books.db", [])
    run(again.open())

    assert run(again.rows("SELECT credit_amount FROM movements", {})) == [(100,)]
    assert run(again.record([opening(a_transfer(300))])) == [Saved()]
    run(again.close())


def test_a_log_that_a_process_left_is_in_the_database_before_anything_is_added(
    tmp_path: Path, run: Run
) -> None:
    """F-D14: after a failed sync the log may be in memory alone; it is written down again."""
    path, before = tmp_path / "books.db", a_store(tmp_path / "books.db", [])
    run(before.open())
    run(before.record([funding(1_000)]))
    left = path.read_bytes(), path.with_name("books.db-wal").read_bytes()
    run(before.close())
    path.write_bytes(left[0])
    path.with_name("books.db-wal").write_bytes(left[1])

    after = a_store(path, [])
    run(after.open())

    alone = apsw.Connection(
        f"file:{path}?immutable=1", apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    )
    assert alone.execute("SELECT count(*) FROM entries").get == 1
    alone.close()
    run(after.close())


def test_a_process_whose_disk_failed_ends_at_once_and_says_why() -> None:
    """F-D14: with an exit code of its own, so that whoever restarts it may tell."""
    ended = subprocess.run([sys.executable, "-c", ENDS], capture_output=True, check=False)

    assert ended.returncode == DISK_FAILED
    assert b'"event": "disk_failed", "reason": "no more"' in ended.stderr
