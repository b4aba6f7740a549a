"""F-D19: restored books send nothing; released, they ask first about what may have been sent."""

import asyncio
import secrets
from datetime import timedelta
from pathlib import Path

import pytest

from cross.bootstrap import Surroundings, close_switch, open_switch
from cross.clock import system_clock
from cross.outbound import HttpRequest, HttpResponse, Outbound
from cross.simulation.settings import SimulationSettings
from cross.storage import movements as stored
from cross.storage import sqlite_backup
from cross.storage.quarantines import QuarantineBegun, QuarantineEnded
from cross.storage.sqlite import OwnThread, SqliteStore
from tests.world import quick_settings, small_world, until, with_master_key

CREDIT = "/cv/credit"
TRANSFER = {
    "source": {"operator": "tmoney", "msisdn": "90112233"},
    "destination": {"operator": "flooz", "msisdn": "96112233"},
    "amount": 5000,
    "currency": "XOF",
}


class Tape:
    """The network, and every request that went through it."""

    def __init__(self, network: Outbound) -> None:
        self._network = network
        self.paths: list[str] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The answer."""
        self.paths.append(request.url)
        return await self._network.send(request)


def books(file: Path) -> SqliteStore:
    return SqliteStore(file, clock=system_clock, writer=OwnThread("w"), reader=OwnThread("r"))


async def marked(file: Path, *, is_released: bool, behind: timedelta = timedelta(0)) -> None:
    """`behind`: by how much the clock of the machine that restored them was."""
    store = books(file)
    await store.open()
    now = system_clock() - behind
    if is_released:
        await store.record([QuarantineEnded(now, "afi")])
    else:
        await store.record([QuarantineBegun(now, now)])
    await store.close()


def test_in_quarantine_reads_are_answered_and_nothing_begins(tmp_path: Path) -> None:
    """S-BAK-03."""

    async def scene() -> None:
        await marked(tmp_path / "books.db", is_released=False)
        async with small_world(tmp_path) as world:
            reads, _ = await world.ask("GET", "/v1/transfers")
            answer, problem = await world.ask("POST", "/v1/transfers", TRANSFER, key="k")

        assert reads.status == 200
        assert (answer.status, problem["code"]) == (503, "quarantined")

        await marked(tmp_path / "books.db", is_released=True)
        async with small_world(tmp_path) as world:
            answer, _ = await world.ask("POST", "/v1/transfers", TRANSFER, key="k")
        assert answer.status == 202

    asyncio.run(scene())


@pytest.mark.parametrize("behind", [timedelta(0), timedelta(hours=3)])
def test_what_was_sent_after_the_backup_is_found_and_not_sent_again(
    tmp_path: Path, behind: timedelta
) -> None:
    """I-45: the backup knows of the debit's request only; operators have done all of it since."""

    async def scene() -> None:
        copy, settings = tmp_path / "copy.db", quick_settings(only=("flooz", "tmoney"))
        slow = SimulationSettings(prompt_delay_seconds=0.5)
        async with small_world(tmp_path, settings=settings, simulation=slow) as world:
            _, made = await world.ask("POST", "/v1/transfers", TRANSFER, key="k")
            sqlite_backup.copy(tmp_path / "books.db", copy, told=lambda *_: None)
            await until(lambda: made["id"] not in world.switch.live)

            for is_released in (False, True):
                await marked(copy, is_released=is_released, behind=behind)
                tape = Tape(world.network)
                around = Surroundings(system_clock, secrets.randbits, tape, books(copy))
                restored, worker = await open_switch(with_master_key(settings, tmp_path), around)
                if is_released:
                    await until(lambda: not restored.live)  # noqa: B023  of this turn
                else:
                    assert restored.live == {}
                    assert tape.paths == []
                found = await stored.get(restored.store, made["id"])
                await close_switch(restored, worker)

            assert found is not None
            assert found.state == "completed"
            assert tape.paths
            assert not [path for path in tape.paths if CREDIT in path]
            assert world.simulators.totals() == world.totals_at_start

    asyncio.run(scene())
