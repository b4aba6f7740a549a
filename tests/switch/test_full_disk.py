"""What was under way when the books could not be written ends once they can (F-D13)."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from cross.domain.movement import MovementKind
from cross.domain.status import status_of
from cross.storage.store import Advance, StoreUnavailable, Verdict, Write
from cross.switch import legs
from tests.switch import asking
from tests.switch.hindering import SilentBooks
from tests.switch.test_breaker import silenced
from tests.world import small_world, until, wallet


def test_a_request_that_ended_while_the_disk_was_full_is_given_up_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[Write] = []

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            record = world.switch.store.record

            async def record_unless_full(writes: Sequence[Write]) -> Sequence[Verdict]:
                steps = [write for write in writes if isinstance(write, Advance)]
                if steps and len(refused) < 2:
                    refused.extend(steps)
                    raise StoreUnavailable("database or disk is full")
                return await record(writes)

            monkeypatch.setattr(world.switch.store, "record", record_unless_full)
            lost = await asking.payout(world.switch, wallet("tmoney", "+22890112217"))
            await until(lambda: lost.id not in world.switch.live)
            ended = await world.stored(MovementKind.PAYOUT, lost.id)
            assert status_of(ended) == "failed"
            await world.assert_in_agreement()

    asyncio.run(scenario())
    assert len(refused) == 2


def test_a_leg_that_waits_for_its_operator_is_looked_after_once_the_disk_has_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-21: that it needs a person could not be written, and is written then; it ends, too."""
    refused: list[Write] = []

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            record = world.switch.store.record

            async def record_unless_full(writes: Sequence[Write]) -> Sequence[Verdict]:
                steps = [write for write in writes if isinstance(write, Advance)]
                if steps and not refused:
                    refused.extend(steps)
                    raise StoreUnavailable("database or disk is full")
                return await record(writes)

            books, payee = SilentBooks(world, monkeypatch), wallet("tmoney", "+22890112233")
            with books.silent():
                opening = asyncio.create_task(asking.payout(world.switch, payee))
                await until(lambda: bool(world.switch.live))
                tmoney = silenced(world, "tmoney")
            live = world.switch.live[(await opening).id]
            await until(lambda: live.waits)
            monkeypatch.setattr(world.switch.store, "record", record_unless_full)
            monkeypatch.setattr(legs, "SECONDS_OF_SILENCE", 0)
            await until(lambda: live.movement.attention is not None)
            tmoney.away = False
            await until(lambda: live.movement.id not in world.switch.live)
            ended = await world.stored(MovementKind.PAYOUT, live.movement.id)
            assert status_of(ended) == "succeeded"
            await world.assert_in_agreement()

    asyncio.run(scenario())
    assert len(refused) == 1
