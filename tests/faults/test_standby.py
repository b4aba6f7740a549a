"""A primary and its standby, both real: what is told of the standby, and what waits for it."""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg import sql

from cross.clock import system_clock
from cross.storage import alarms as stored
from cross.storage.postgres import PostgresStore
from cross.switch import in_time
from cross.switch.trouble import Looker
from tests.api.till import PAYOUT
from tests.conftest import short_pause
from tests.crash.sweep import own_server
from tests.switch.receiving import Receiver
from tests.world import World, quick_settings, small_world, until

PAGER: Final = "http://pager"
NAME: Final = "second"


class Standby:
    """A copy of a server that follows it, on a socket in its own folder."""

    def __init__(self, primary: Any, folder: Path) -> None:
        self._primary, self._folder = primary, folder
        self._owner = primary.pgdata.stat().st_uid
        at = f"host={primary.get_postmaster_info().socket_dir} user=postgres"
        given = ("-d", f"{at} application_name={NAME}", "-D", folder, "-R", "--no-sync")
        self._does("pg_basebackup", *given, "--checkpoint=fast")
        for lock in folder.glob(".s.PGSQL.*"):  # the primary's socket is in its folder, too
            lock.unlink()

    def start(self) -> None:
        listening = f"-h '' -k {self._folder}"
        given = ("-w", "-D", self._folder, "-o", listening, "-l", self._folder / "log")
        self._does("pg_ctl", "start", *given)

    def stop(self) -> None:
        self._does("pg_ctl", "stop", "-m", "immediate", "-w", "-D", self._folder)

    def is_wanted(self, *, synchronous: bool) -> None:
        """Whether the primary's commits wait for it, from now on."""
        names = sql.Literal(NAME if synchronous else "")
        with psycopg.connect(self._primary.get_uri(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("ALTER SYSTEM SET synchronous_standby_names = {}").format(names)
            )
            connection.execute("SELECT pg_reload_conf()")

    def _does(self, program: str, *given: object) -> None:
        command = [str(self._primary.bin_path / program), *map(str, given)]
        done = subprocess.run(
            command,
            user=self._owner,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            umask=0o077,
        )
        assert done.returncode == 0, done.stderr


@contextmanager
def a_pair() -> Iterator[tuple[str, Standby]]:
    """The primary's address, and a standby that is not started yet."""
    with (
        tempfile.TemporaryDirectory(prefix="cross-standby-") as name,
        own_server(Path(name)) as primary,
    ):
        folder = Path(name) / "standby"
        folder.mkdir(mode=0o700)
        os.chown(folder, primary.pgdata.stat().st_uid, -1)
        yield primary.get_uri().replace("/postgres?", "/crash?"), Standby(primary, folder)


async def said(world: World) -> list[str]:
    """What is said of replication after one more look."""
    await Looker(world.switch).look(watches=True)
    return [
        one.detail for one in await stored.standing(world.switch.store) if one.name == "replication"
    ]


async def of_its_life(world: World, standby: Standby, pager: Receiver) -> None:
    """It follows, is waited for, is lost, and comes back."""
    assert await said(world) == []
    await asyncio.to_thread(standby.start)
    await until_said(world, f"{NAME} is not synchronous")
    await asyncio.to_thread(standby.is_wanted, synchronous=True)
    await until_said(world)

    await asyncio.to_thread(standby.stop)
    before = len(pager.accepted)
    answer, problem = await world.ask("POST", "/v1/payouts", dict(PAYOUT), key="k")
    assert (answer.status, problem["code"]) == (503, "acceptance_unknown")
    await until(lambda: len(pager.accepted) > before)
    page = pager.accepted[-1].event
    assert (page["name"], page["detail"]) == ("replication", "no standby is synchronous")

    await asyncio.to_thread(standby.start)
    await until_said(world)
    await until(lambda: not world.switch.accepting and not world.switch.live)
    answer, paid = await world.ask("POST", "/v1/payouts", dict(PAYOUT), key="k")
    assert (answer.status, paid["id"]) == (202, problem["existing_id"])
    await world.assert_in_agreement()


async def until_said(world: World, *words: str) -> None:
    async with asyncio.timeout(20):
        while await said(world) != list(words):
            await asyncio.sleep(0.05)


def test_of_a_standby_that_is_lost_people_are_told_though_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """S-LOG-05, F-D04: `replication`, its page too, while every commit waits for the standby.

    What was asked for meanwhile is accepted once the standby is back, and sent then.
    """
    monkeypatch.setattr(in_time, "SECONDS", 0.3)

    async def scene(url: str, standby: Standby) -> None:
        pager = Receiver()
        settings = quick_settings(
            only=("tmoney",),
            watch={"alarm_url": f"{PAGER}/page"},
            capacity={"answer_seconds_max": 0.5, "writes_seconds_max": 60.0, "lag_seconds_max": 60},
        )
        store = PostgresStore(url, clock=system_clock, pause=short_pause)
        async with small_world(tmp_path, store=store, settings=settings) as world:
            world.network._routes[PAGER] = pager  # type: ignore[index]
            try:
                await of_its_life(world, standby, pager)
            finally:  # else nothing could be closed
                await asyncio.to_thread(standby.is_wanted, synchronous=False)
            await world.assert_in_agreement()

    with a_pair() as (url, standby):
        asyncio.run(scene(url, standby))
    assert "alarm_raised" in capsys.readouterr().out
