"""S-BAK-01 to 03: a backup is whole, encrypted, of one moment; what comes out of it waits."""

import io
import secrets
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cross.sealing import MasterKeys
from cross.storage import quarantines, sqlite_backup
from cross.storage.backup_file import (
    PIECE_BYTES,
    BackupRefused,
    read_backup,
    write_backup,
    written_whole,
)
from cross.storage.figures import figures_of, migration_of
from cross.storage.migrations import migrations_for
from cross.storage.quarantines import QuarantineBegun, QuarantineEnded
from cross.storage.store import Saved, Stale, Store, StoreRefused
from tests.conftest import Run

MASTERS = MasterKeys("first", {"first": secrets.token_bytes(32)})
AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
SECRET = b"22890112233 "


def encrypted(content: bytes) -> bytes:
    target = io.BytesIO()
    size = write_backup(
        io.BytesIO(content),
        target,
        masters=MASTERS,
        about={"engine": "sqlite"},
        random_bits=secrets.randbits,
    )
    assert size == len(content)
    return target.getvalue()


def decrypted(content: bytes, masters: MasterKeys = MASTERS) -> bytes:
    target = io.BytesIO()
    about = read_backup(io.BytesIO(content), target, masters=masters)
    assert about["engine"] == "sqlite"
    return target.getvalue()


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, 2 * PIECE_BYTES, 2_500_000])
def test_what_is_encrypted_comes_back_whatever_its_size(size: int) -> None:
    content = (SECRET * (size // len(SECRET) + 1))[:size]

    backup = encrypted(content)

    assert decrypted(backup) == content
    assert SECRET not in backup


def test_no_part_of_a_backup_can_be_altered_cut_off_or_left_out() -> None:
    backup = encrypted(b"x" * (2 * PIECE_BYTES + 100))
    first = backup.index(b"}") + 1
    piece = PIECE_BYTES + 16 + 4

    flips = (20, first + 3, first + 10, first + piece + 10, len(backup) - 1)
    cuts = (10, first, first + 10, first + piece, first + 2 * piece, len(backup) - 1)
    swapped = backup[:first] + backup[first + piece : first + 2 * piece]
    for spoilt in (
        *(backup[:at] + bytes([backup[at] ^ 1]) + backup[at + 1 :] for at in flips),
        *(backup[:at] for at in cuts),
        swapped + backup[first : first + piece] + backup[first + 2 * piece :],
        swapped,
        backup + backup[first:],
        b"",
        b"SQLite format 3\0",
    ):
        with pytest.raises(BackupRefused):
            decrypted(spoilt)


def test_a_backup_opens_under_its_own_master_key_alone() -> None:
    """F-S27."""
    backup = encrypted(b"x")

    for masters in (
        MasterKeys("first", {"first": secrets.token_bytes(32)}),
        MasterKeys("second", {"second": secrets.token_bytes(32)}),
    ):
        with pytest.raises(BackupRefused):
            decrypted(backup, masters)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    def fails(part: io.BufferedIOBase) -> int:
        part.write(b"half")
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011  ours, from above
        written_whole(tmp_path / "backup", fails)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []

    written_whole(tmp_path / "backup", lambda part: part.write(b"whole"))
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("engine", ["sqlite"])
def test_books_are_copied_while_they_are_open_for_writing(
    store: Store, run: Run, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    run(store.record([QuarantineBegun(AT, AT)]))

    sqlite_backup.copy(
        tmp_path / "cross.db", tmp_path / "copy.db", told=lambda *of: told.append(of)
    )

    assert sqlite_backup.faults_in(tmp_path / "copy.db") == []
    assert told[-1][0] == told[-1][1] > 0


def test_a_copy_with_a_spoilt_page_is_told(tmp_path: Path, run: Run) -> None:
    """F-D15."""
    from cross.clock import system_clock  # noqa: PLC0415
    from cross.storage.sqlite import SqliteStore, in_line  # noqa: PLC0415

    store = SqliteStore(tmp_path / "a.db", clock=system_clock, writer=in_line, reader=in_line)
    run(store.open())
    run(store.close())
    content = bytearray((tmp_path / "a.db").read_bytes())
    content[4096 * 3 : 4096 * 3 + 64] = b"\xff" * 64
    (tmp_path / "a.db").write_bytes(content)

    assert sqlite_backup.faults_in(tmp_path / "a.db")


def test_what_is_no_database_of_ours_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"")
    with pytest.raises(StoreRefused):
        sqlite_backup.copy(tmp_path / "a.db", tmp_path / "b.db", told=lambda *_: None)
    with pytest.raises(StoreRefused):
        sqlite_backup.copy(tmp_path / "none.db", tmp_path / "b.db", told=lambda *_: None)


def test_books_tell_their_figures_and_their_migration(store: Store, run: Run) -> None:
    """S-BAK-02."""
    found = run(figures_of(store))

    assert found.faults == ()
    assert found.counted["movements"] == found.counted["unbalanced entries"] == 0
    assert run(migration_of(store, store.engine)) == migrations_for(store.engine)[-1].number


def test_a_quarantine_holds_until_it_is_ended_once(store: Store, run: Run) -> None:
    """S-BAK-03."""
    assert run(quarantines.newest(store)) is None
    assert run(store.record([QuarantineEnded(AT, "afi")])) == [Stale()]

    run(store.record([QuarantineBegun(AT, AT)]))
    begun = run(quarantines.newest(store))
    assert begun is not None
    assert begun.is_in_force

    assert run(store.record([QuarantineEnded(AT, "afi")])) == [Saved()]
    ended = run(quarantines.newest(store))
    assert ended is not None
    assert not ended.is_in_force


@pytest.mark.parametrize("engine", ["sqlite"])
def test_books_that_a_switch_holds_are_not_replaced(store: Store, run: Run, tmp_path: Path) -> None:
    """It would write on into a file that nobody finds again: what was accepted would be gone."""
    books, plain = tmp_path / "cross.db", tmp_path / "plain"
    run(store.record([QuarantineBegun(AT, AT)]))
    plain.write_bytes(b"other books")
    before = {one.name: one.read_bytes() for one in tmp_path.glob("cross.db*")}

    with pytest.raises(StoreRefused):
        sqlite_backup.put_in_place(plain, books)

    assert {one.name: one.read_bytes() for one in tmp_path.glob("cross.db*")} == before


def test_a_restoration_that_fails_leaves_the_books_that_were_there(tmp_path: Path) -> None:
    """The old ones' journal too: without it, what was committed last is not in them."""
    for name in ("a.db", "a.db-wal"):
        (tmp_path / name).write_bytes(b"old")
    with pytest.raises(OSError, match="absent"):
        sqlite_backup.put_in_place(tmp_path / "absent", tmp_path / "a.db")
    assert (tmp_path / "a.db-wal").read_bytes() == b"old"

    (tmp_path / "plain").write_bytes(b"new")
    sqlite_backup.put_in_place(tmp_path / "plain", tmp_path / "a.db")
    assert (tmp_path / "a.db").read_bytes() == b"new"
    assert not (tmp_path / "a.db-wal").exists()
    assert (tmp_path / "a.db").stat().st_mode & 0o077 == 0
