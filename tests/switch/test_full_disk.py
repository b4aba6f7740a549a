"""What was under way when the books could not be written ends once they can (F-D13)."""

import asyncio
from pathlib import Path

import pytest

from cross.domain.movement import MovementKind
from cross.domain.status import status_of
from cross.switch import schedule
from tests.switch import asking
from tests.switch.hindering import FullDisk, SilentBooks
from tests.switch.test_breaker import silenced
from tests.world import small_world, until, wallet


def test_a_request_that_ended_while_the_disk_was_full_is_given_up_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            disk = FullDisk(world, steps=2)
            monkeypatch.setattr(world.switch.store, "record", disk.record)
            lost = await asking.payout(world.switch, wallet("tmoney", "+22890112217"))
            await until(lambda: lost.id not in world.switch.live)
            ended = await world.stored(MovementKind.PAYOUT, lost.id)
            assert status_of(ended) == "failed"
            await world.assert_in_agreement()
            assert len(disk.refused) == 2

    asyncio.run(scenario())


def test_a_leg_that_waits_for_its_operator_is_looked_after_once_the_disk_has_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-21: that it needs a person could not be written, and is written then; it ends, too."""

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            books, payee = SilentBooks(world, monkeypatch), wallet("tmoney", "+22890112233")
            with books.silent():
                opening = asyncio.create_task(asking.payout(world.switch, payee))
                await until(lambda: bool(world.switch.live))
                tmoney = silenced(world, "tmoney")
            live = world.switch.live[(await opening).id]
            await until(lambda: live.waits)
            disk = FullDisk(world, steps=1)
            monkeypatch.setattr(world.switch.store, "record", disk.record)
            monkeypatch.setattr(schedule, "SECONDS_OF_SILENCE", 0)
            await until(lambda: live.movement.attention is not None)
            tmoney.away = False
            await until(lambda: live.movement.id not in world.switch.live)
            ended = await world.stored(MovementKind.PAYOUT, live.movement.id)
            assert status_of(ended) == "succeeded"
            await world.assert_in_agreement()
            assert len(disk.refused) == 1

    asyncio.run(scenario())
