"""When a caller is told, and a leg is asked about: many deadlines, few timers (F-D04, I-21)."""

import asyncio
from collections.abc import Coroutine, Iterator
from random import Random
from typing import Any

import pytest

from cross.domain.changed import changed
from cross.domain.leg import LegStatus
from cross.domain.movement import Movement
from cross.settings import SwitchSettings
from cross.switch import legs
from cross.switch.deadlines import Deadlines
from cross.switch.switch import Live
from tests.simulation.loop import SimulatedLoop
from tests.storage.making import a_payout

SECONDS = 4.5


class Late(Exception):
    """Nobody answered in time."""


@pytest.fixture
def loop() -> Iterator[SimulatedLoop]:
    virtual = SimulatedLoop(Random(5))  # noqa: S311  of an order, not of secrets
    yield virtual
    virtual.close()


def test_each_answer_has_its_own_time_and_one_that_came_is_left_alone(loop: SimulatedLoop) -> None:
    async def scenario() -> None:
        deadlines = Deadlines(SECONDS)
        first, second, third = (loop.create_future() for _ in range(3))
        deadlines.of(first, Late)
        await asyncio.sleep(1)
        deadlines.of(second, Late)
        deadlines.of(third, Late)
        second.set_result("there")
        with pytest.raises(Late):
            await first
        assert loop.time() == SECONDS
        with pytest.raises(Late):
            await third
        assert loop.time() == 1 + SECONDS
        assert await second == "there"
        again = deadlines.of(loop.create_future(), Late)
        with pytest.raises(Late):
            await again
        assert loop.time() == 1 + 2 * SECONDS

    loop.run_until_complete(scenario())


class Asking:
    """As much of a switch as a leg's clock needs; `asked_at` is when its operator was asked."""

    def __init__(self, loop: SimulatedLoop, movement: Movement, *seconds: float) -> None:
        self.settings = SwitchSettings(query_schedule_seconds=seconds, query_every_seconds=60.0)
        self.stopping = False
        self.held = Live(movement)
        self.live = {movement.id: self.held}
        self.asked_at: list[float] = []
        self._loop = loop

    def spawn(self, work: Coroutine[Any, Any, None], *, about: str) -> None:
        """Instead of the question."""
        del about
        work.close()
        self.asked_at.append(self._loop.time())


def test_a_clock_that_is_set_for_later_or_for_sooner_comes_once_at_the_time_set_last(
    loop: SimulatedLoop,
) -> None:
    payout = a_payout()
    (leg,) = payout.legs
    under_way = payout.with_leg(changed(leg, status=LegStatus.SENT))

    async def scenario() -> None:
        switch: Any = Asking(loop, under_way, 5.0, 20.0)
        legs.ask_later(switch, switch.held)
        await asyncio.sleep(2)
        legs.ask_later(switch, switch.held)  # for later: the timer stays, and waits on
        await asyncio.sleep(10)
        assert switch.asked_at == [7.0]
        legs.ask_later(switch, switch.held)  # 15 s on: at 27
        await asyncio.sleep(1)
        switch.held.asked = 0
        legs.ask_later(switch, switch.held)  # for sooner: at 18
        await asyncio.sleep(60)
        assert switch.asked_at == [7.0, 18.0]

    loop.run_until_complete(scenario())
