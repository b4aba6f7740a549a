"""S-LOG-05: alarms about what surrounds the books: their standby, their backups, their log."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from typing import Final

import apsw
import pytest

from cross.clock import system_clock
from cross.storage import alarms as stored
from cross.switch.trouble import Looker
from tests.switch import asking
from tests.world import World, quick_settings, small_world, until, wallet

PAYEE: Final = wallet("tmoney", "+22890112233")


async def standing(world: World, name: str) -> list[str]:
    """What is said of an alarm after one more look."""
    await Looker(world.switch).look(watches=True)
    found = await stored.standing(world.switch.store)
    return [one.detail for one in found if one.name == name]


async def aged(file: Path, hours: float) -> None:
    at = (system_clock() - timedelta(hours=hours)).timestamp()
    await asyncio.to_thread(os.utime, file, (at, at))


def test_a_backup_that_is_too_old_is_an_alarm_until_there_is_a_newer_one(tmp_path: Path) -> None:
    """S-LOG-05, `backup_old`: there is none, the newest is a day old, the folder is gone."""

    async def scene() -> None:
        folder = tmp_path / "backups"
        folder.mkdir()
        settings = quick_settings(
            only=("tmoney",), watch={"backup_folder": folder, "backup_hours": 24}
        )
        async with small_world(tmp_path, settings=settings) as world:
            assert await standing(world, "backup_old") == ["there is none"]
            (folder / "older").write_bytes(b"copy")
            await aged(folder / "older", 25)
            (folder / "newer").write_bytes(b"copy")
            await aged(folder / "newer", 23.9)
            assert await standing(world, "backup_old") == []
            await aged(folder / "newer", 24.1)
            assert await standing(world, "backup_old") == ["the newest is 24 hours old"]
            (folder / "newest").write_bytes(b"copy")
            assert await standing(world, "backup_old") == []
            for file in folder.iterdir():
                file.unlink()
            folder.rmdir()
            [said] = await standing(world, "backup_old")
            assert "cannot be read" in said

    asyncio.run(scene())


def test_without_a_folder_of_backups_nobody_is_told_of_any(tmp_path: Path) -> None:
    """`backup_old` is silent where no folder is set."""

    async def scene() -> None:
        async with small_world(tmp_path, settings=quick_settings(only=("tmoney",))) as world:
            assert await standing(world, "backup_old") == []

    asyncio.run(scene())


def test_a_log_that_grows_is_an_alarm_until_it_is_emptied(tmp_path: Path) -> None:
    """F-D17, `wal`: a reader of somebody else's keeps what is committed in the log."""

    async def scene() -> None:
        books = tmp_path / "books.db"
        settings = quick_settings(
            only=("tmoney",), watch={"wal_bytes": 40_000}, database_url=f"sqlite:{books}"
        )
        async with small_world(tmp_path, settings=settings) as world:
            beside = apsw.Connection(str(books))
            beside.execute("SELECT count(*) FROM events").fetchall()
            beside.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            assert await standing(world, "wal") == []
            forgotten = apsw.Connection(str(books), flags=apsw.SQLITE_OPEN_READONLY)
            forgotten.execute("BEGIN")
            forgotten.execute("SELECT count(*) FROM events").fetchall()
            for _ in range(3):
                paid = await asking.payout(world.switch, PAYEE)
                await until(lambda: paid.id not in world.switch.live)  # noqa: B023  at once
            assert await standing(world, "wal") == ["0 MB"]
            with pytest.raises(apsw.BusyError):
                beside.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            forgotten.close()
            beside.set_busy_timeout(5_000)
            beside.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            beside.close()
            assert await standing(world, "wal") == []

    asyncio.run(scene())
