"""An operator answers again: what is open there is asked about soon, however old it is (I-21)."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cross.settings import QUERY_SCHEDULE_SECONDS
from cross.switch import breaker, schedule
from tests.switch import asking
from tests.switch.hindering import hindered
from tests.switch.test_breaker import QUICK, silenced
from tests.world import World, quick_settings, small_world, until, wallet

SELDOM = 3600.0
SOON = 600.0
PAYERS = ("+22890110101", "+22890110201", "+22890110301", "+22890110401")


async def opened(world: World) -> None:
    """Collections that their payers have paid, and of which this process has heard nothing."""
    for number in PAYERS:
        await asking.collection(world.switch, wallet("tmoney", number))


def test_all_that_is_open_is_asked_about_once_an_operator_that_was_down_has_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-21, found by seed 7481: only the one that the probe asked about was, others in an hour."""
    monkeypatch.setattr(breaker, "PAUSES_SECONDS", QUICK)

    async def scenario() -> None:
        seldom = quick_settings(query_schedule_seconds=(0.05,), query_every_seconds=SELDOM)
        async with small_world(tmp_path, settings=seldom) as world:
            await world.control("POST", "/faults", {"operator": "tmoney", "fault": "lose_callback"})
            slow = hindered(world, "tmoney")
            slow.door.clear()
            await opened(world)
            silent = silenced(world, "tmoney")
            await until(lambda: all(live.unheard for live in world.switch.live.values()))
            await until(lambda: "tmoney" in world.switch.probings)

            slow.door.set()
            silent.away = False

            await until(lambda: not world.switch.live)
            await world.assert_in_agreement()

    asyncio.run(scenario())


@pytest.mark.parametrize("asked", range(len(QUERY_SCHEDULE_SECONDS) + 2))
def test_a_question_that_led_nowhere_is_asked_again_in_time(asked: int) -> None:
    """I-21: by its age it would be in twenty minutes or an hour, whenever the operator returns."""
    times = {"query_schedule_seconds": QUERY_SCHEDULE_SECONDS, "query_every_seconds": SELDOM}
    switch: Any = SimpleNamespace(settings=SimpleNamespace(**times))
    movement = SimpleNamespace(planned_leg=None)
    live: Any = SimpleNamespace(movement=movement, asked=asked, unheard=False)

    planned = schedule.seconds_until_next(switch, live)
    live.unheard = True

    assert schedule.seconds_until_next(switch, live) == min(planned, SOON)
