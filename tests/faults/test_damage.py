"""F-D15: pages of the database that are not what was written there, and what a start makes of them.

Through the real start-up: the application as a server runs it, on books that were at work before.
"""

import asyncio
import json
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import apsw
import psycopg
import pytest

from cross.bootstrap import Application
from cross.clock import system_clock
from cross.domain.stop import EVERYWHERE, PAGE_DAMAGED
from cross.outbound import HttpRequest
from cross.settings import Settings
from cross.simulation.loopback import AsgiOutbound
from cross.storage import alarms as stored_alarms
from cross.storage import stops as stored_stops
from cross.storage.postgres import PostgresStore
from cross.storage.store import StoreDamaged
from cross.switch import lifting, monitors
from cross.switch.monitors import Watch
from tests.api.till import PAYOUT
from tests.conftest import short_pause
from tests.crash.sweep import own_server
from tests.switch import asking
from tests.world import (
    SECRET,
    SWITCH_ADDRESS,
    quick_settings,
    small_world,
    until,
    wallet,
    with_master_key,
)

PAYEE: Final = wallet("tmoney", "+22890112233")
SPOILT: Final = b"\xff" * 64


async def at_work(folder: Path) -> Settings:
    """Books in which money has moved, closed as they should be; what opens them again."""
    settings = quick_settings(only=("tmoney",))
    async with small_world(folder, settings=settings) as world:
        paid = await asking.payout(world.switch, PAYEE)
        await until(lambda: paid.id not in world.switch.live)
    url = f"sqlite:{folder / 'books.db'}"
    return with_master_key(settings.model_copy(update={"database_url": url}), folder)


def spoil(file: Path, table: str) -> None:
    """The head of a table's first page is overwritten, as a disk might do it."""
    books = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
    page = books.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).get
    size = books.pragma("page_size")
    books.close()
    with file.open("r+b") as content:
        content.seek((page - 1) * size)
        content.write(SPOILT)


@asynccontextmanager
async def started(settings: Settings) -> AsyncIterator[tuple[Application, dict[str, Any]]]:
    """The application, as a server starts it; with what it said of its start."""
    application = Application(settings)
    heard: asyncio.Queue[Any] = asyncio.Queue()
    told: asyncio.Queue[Any] = asyncio.Queue()
    living = asyncio.ensure_future(application({"type": "lifespan"}, heard.get, told.put))
    await heard.put({"type": "lifespan.startup"})
    try:
        yield application, await told.get()
    finally:
        await heard.put({"type": "lifespan.shutdown"})
        await living


@pytest.mark.parametrize("table", ["postings_by_account", "events", "stops"])
def test_a_damaged_file_starts_with_a_stop_everywhere_and_sends_nothing_new(
    tmp_path: Path, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """F-D15, I-46: by the quick check, before anything is sent; also where no stop can be kept."""

    async def start() -> None:
        settings = await at_work(tmp_path)
        spoil(tmp_path / "books.db", table)
        async with started(settings) as (application, told):
            assert told["type"] == "lifespan.startup.complete", told
            switch = application._switch
            assert [(one.operator, one.cause) for one in switch.stops] == [
                (EVERYWHERE, PAGE_DAMAGED)
            ]
            network = AsgiOutbound({SWITCH_ADDRESS: application})
            headers = (
                ("Authorization", f"Bearer {SECRET}"),
                ("Content-Type", "application/json"),
                ("Idempotency-Key", "k"),
            )
            body = json.dumps(PAYOUT).encode()
            url = f"{SWITCH_ADDRESS}/v1/payouts"
            answer = await network.send(HttpRequest("POST", url, headers, body))
            assert json.loads(answer.body)["code"] == "operator_stopped", answer.body
            assert switch.live == {}
            [stop] = switch.stops
            assert await lifting.still_found(switch, stop)
            if table == "stops":
                assert switch.stops.unsaved == [stop]
                return
            [kept] = await stored_stops.in_force(switch.store)
            raised = [(one.name, one.subject) for one in await stored_alarms.standing(switch.store)]
            assert kept == stop
            assert ("safety_stop", f"* {PAGE_DAMAGED}") in raised

    asyncio.run(start())
    assert "safety_stop" in capsys.readouterr().out


@pytest.mark.parametrize("table", ["processes", "movements", "secrets"])
def test_a_file_too_damaged_to_start_on_is_refused_in_words(tmp_path: Path, table: str) -> None:
    """F-D15: written by its first transaction, read by its first question: no process runs."""

    async def start() -> None:
        settings = await at_work(tmp_path)
        spoil(tmp_path / "books.db", table)
        async with started(settings) as (_, told):
            assert told["type"] == "lifespan.startup.failed"
            assert "books.db is damaged: " in told["message"]

    asyncio.run(start())


def test_a_wrong_checksum_that_postgresql_met_is_a_stop_in_every_process() -> None:
    """F-D15, I-46: read by us or by anybody; also where no process of ours ran meanwhile."""
    with tempfile.TemporaryDirectory(prefix="cross-damage-") as name, own_server(Path(name)) as on:
        folder = Path(name)
        url = on.get_uri().replace("/postgres?", "/crash?")

        async def work() -> None:
            store = PostgresStore(url, clock=system_clock, pause=short_pause)
            settings = quick_settings(only=("tmoney",))
            async with small_world(folder, store=store, settings=settings) as world:
                switch = world.switch
                assert await monitors.page_damage(switch, bytes_max=0) == ""
                [(file,)] = await store.rows("SELECT pg_relation_filepath('events')", {})
                paid = await asking.payout(switch, PAYEE)
                await until(lambda: paid.id not in switch.live)
            _stopped_and_spoilt(on, Path(name) / "postgres" / str(file))
            with psycopg.connect(url) as anybody, suppress(psycopg.errors.DataCorrupted):
                anybody.execute("SELECT * FROM events")
            store = PostgresStore(url, clock=system_clock, pause=short_pause)
            async with small_world(folder, store=store, settings=settings) as world:
                switch = world.switch
                [stop] = switch.stops
                assert (stop.operator, stop.cause) == (EVERYWHERE, PAGE_DAMAGED)
                assert await lifting.still_found(switch, stop)
                with pytest.raises(StoreDamaged):
                    await store.rows("SELECT * FROM events", {})
                await Watch(switch).look()
                assert [one.id for one in switch.stops] == [stop.id]

        asyncio.run(work())


def _stopped_and_spoilt(server: Any, file: Path) -> None:
    """Half of a page is overwritten while the server is down; PostgreSQL 18 has their checksums."""
    stop = (server.bin_path / "pg_ctl", "stop", "-m", "fast", "-w", "-D", server.pgdata)
    owner = server.pgdata.stat().st_uid
    subprocess.run(stop, user=owner, cwd="/", capture_output=True, check=True)
    with file.open("r+b") as content:
        content.seek(4_096)
        content.write(SPOILT)
    server.ensure_postgres_running()
