"""F-P12: an exception in a task: tried again with back-off, counted, told; others go on."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from cross.domain.operator import LegRequest, LookUp, Unknown
from cross.storage import alarms as stored
from cross.switch import recovery
from cross.switch.failures import OFTEN
from tests.switch import asking
from tests.world import quick_settings, small_world, until, wallet

PAYER = wallet("flooz", "+22896112121")
PAYEE = wallet("tmoney", "+22890112233")


class Mistake(Exception):
    """A bug of ours."""


def test_the_workers_standing_tasks_go_on_after_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else nothing would be adopted any more, and nobody would know."""
    looked = 0
    really = recovery.take_up_left

    async def fails_at_first(switch: Any) -> None:
        nonlocal looked
        looked += 1
        if looked == 1:
            raise Mistake
        await really(switch)

    monkeypatch.setattr(recovery, "take_up_left", fails_at_first)

    async def go_on() -> None:
        async with small_world(tmp_path, settings=quick_settings(only=("flooz",))) as world:
            await until(lambda: looked > 3)
            assert world.switch.failures.total == 1

    with capture_logs() as logged:
        asyncio.run(go_on())
    assert "standing_task_failed" in [one["event"] for one in logged]


def test_a_movement_whose_task_fails_is_tried_again_and_told_and_others_go_on(  # noqa: PLR0915
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its timer is set whatever happens; at five in a row there is an alarm, which ends."""
    settings = quick_settings(only=("flooz", "tmoney"))

    async def fail() -> None:
        async with small_world(tmp_path, settings=settings) as world:
            switch = world.switch
            flooz, failing = switch.operators["flooz"], True
            really = flooz.look_up_collection

            async def look_up(request: LegRequest) -> LookUp:
                if failing:
                    raise Mistake
                return await really(request)

            async def lost(_: LegRequest) -> Any:
                raise Mistake

            monkeypatch.setattr(flooz, "look_up_collection", look_up)
            with monkeypatch.context() as first:
                first.setattr(flooz, "collect", lost)
                hit = await asking.collection(switch, PAYER)
                await until(lambda: switch.failures.total > 0)
            other = await asking.payout(switch, PAYEE)
            await until(lambda: other.id not in switch.live)
            await until(lambda: switch.failures.often().get(hit.id, 0) >= OFTEN)
            async with asyncio.timeout(20):
                while ("task_failing", hit.id) not in await standing(switch):
                    await asyncio.sleep(0.02)

            failing = False
            await until(lambda: hit.id not in switch.live)  # it never arrived: it is sent again
            assert (await world.stored(hit.kind, hit.id)).state == "succeeded"
            async with asyncio.timeout(20):
                while await standing(switch):
                    await asyncio.sleep(0.02)

    with capture_logs() as logged:
        asyncio.run(fail())
    assert [one["times"] for one in logged if one["event"] == "task_failed"][:3] == [1, 2, 3]


def test_a_request_that_ended_by_a_mistake_may_have_arrived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-23: a query that could not be sent says nothing of the request: it is not sent again."""
    settings = quick_settings(only=("flooz",))

    async def go_wrong() -> None:
        async with small_world(tmp_path, settings=settings) as world:
            flooz, asked, sent = world.switch.operators["flooz"], 0, 0
            collect, look_up = flooz.collect, flooz.look_up_collection

            async def fails_afterwards(request: LegRequest) -> Any:
                nonlocal sent
                sent += 1
                await collect(request)
                raise Mistake

            async def cannot_ask(request: LegRequest) -> LookUp:
                nonlocal asked
                asked += 1
                if asked < 3:
                    return Unknown("connection refused", sent=False)
                return await look_up(request)

            monkeypatch.setattr(flooz, "collect", fails_afterwards)
            monkeypatch.setattr(flooz, "look_up_collection", cannot_ask)
            hit = await asking.collection(world.switch, PAYER)
            await until(lambda: hit.id not in world.switch.live)

            assert (await world.stored(hit.kind, hit.id)).state == "succeeded"
            assert sent == 1
            await world.assert_in_agreement()

    with capture_logs():
        asyncio.run(go_wrong())


async def standing(switch: Any) -> list[tuple[str, str]]:
    found = await stored.standing(switch.store)
    return [(one.name, one.subject) for one in found if one.name == "task_failing"]
