"""SQLite copied while a switch writes it, and looked at once it is a copy."""

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

import apsw

from cross.storage.backup_file import written_whole
from cross.storage.sqlite import APPLICATION_ID, lock_file
from cross.storage.store import StoreRefused

PAGES_AT_ONCE: Final = 2_000


def copy(source: Path, target: Path, *, told: Callable[[int, int], None]) -> None:
    """A copy as of one moment; `told` gets pages copied and pages in all. Raises `StoreRefused`.

    The source is read within one transaction: what is committed meanwhile is not in the copy, and
    does not make it begin anew.
    """
    try:
        read = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)
        if read.pragma("application_id") != APPLICATION_ID:
            raise StoreRefused(f"{source}: this file holds no books of Cross")
        read.set_busy_timeout(5_000)
        read.execute("BEGIN")
        read.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        written = apsw.Connection(str(target))
        with written.backup("main", read, "main") as backup:
            while not backup.done:
                backup.step(PAGES_AT_ONCE)
                told(backup.page_count - backup.remaining, backup.page_count)
        written.close()
        read.close()
    except apsw.Error as error:
        raise StoreRefused(f"{source}: {error}") from error


def put_in_place(plain: Path, target: Path) -> None:
    """Makes a copy the books, in place of those that are there; raises `StoreRefused`.

    Never under a switch that holds them: it would write on where nobody looks. What belongs to the
    old ones goes when all of the new ones is written.
    """
    lock = lock_file(target.with_name(target.name + ".lock"))
    try:
        fresh = target.with_name(target.name + ".restored")
        with plain.open("rb") as source:
            written_whole(fresh, partial(_all_of, source))
        for beside in ("-wal", "-shm"):
            target.with_name(target.name + beside).unlink(missing_ok=True)
        fresh.replace(target)
    finally:
        os.close(lock)


def _all_of(source: BinaryIO, target: BinaryIO) -> int:
    shutil.copyfileobj(source, target)
    target.flush()
    os.fsync(target.fileno())
    return source.tell()


def faults_in(path: Path) -> list[str]:
    """What `integrity_check` and the foreign keys find wrong in a file; nothing, if it is whole."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        said = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
        strays = [
            f"a stray row of {row[0]}" for row in connection.execute("PRAGMA foreign_key_check")
        ]
    except apsw.Error as error:
        return [str(error)]
    finally:
        connection.close()
    return [line for line in said if line != "ok"] + strays
