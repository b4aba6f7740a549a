"""Clocks that are stepped while money is under way: what is decided does not depend on them."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cross.clock import system_clock
from cross.domain.leg import LegKind, LegStatus
from cross.domain.movement import Movement
from cross.settings import Settings
from cross.simulation.app import create_simulators
from cross.storage import movements
from cross.switch.switch import Live
from tests.switch import asking
from tests.world import World, quick_settings, small_world, until, wallet

PAYER = wallet("tmoney", "+22890110101")
ANOTHER = wallet("tmoney", "+22890120101")
PAYEE = wallet("flooz", "+22896110101")

STEPS = {
    "an hour ahead": timedelta(hours=1),
    "an hour back": -timedelta(hours=1),
    "a day ahead": timedelta(days=1),
    "a day back": -timedelta(days=1),
    "to 1970": datetime(1970, 1, 2, tzinfo=UTC) - datetime(2026, 11, 22, tzinfo=UTC),
    "beyond 2038": timedelta(days=365 * 20),
    "a leap second": timedelta(seconds=1),
}


class SteppedClock:
    """The machine's clock, and by how much somebody has moved it."""

    def __init__(self) -> None:
        self.moved = timedelta(0)

    def __call__(self) -> datetime:
        return system_clock() + self.moved


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SteppedClock:
    """The clock of the switch and of its books; the operators keep their own."""
    stepped = SteppedClock()

    def with_true_time(**parts: object) -> object:
        return create_simulators(**{**parts, "clock": system_clock})  # type: ignore[arg-type]

    monkeypatch.setattr("tests.world.system_clock", stepped)
    monkeypatch.setattr("tests.world.create_simulators", with_true_time)
    return stepped


def patient(settling_seconds: float) -> Settings:
    return quick_settings(only=("tmoney", "flooz"), settling_seconds=settling_seconds)


async def queries(world: World) -> int:
    """How often the payer's operator was asked."""
    kept = (await world.control("GET", "/requests?operator=tmoney&limit=1000"))["data"]
    return sum(request["method"] == "GET" for request in kept)


async def asked_again(world: World, times: int) -> None:
    """Until the payer's operator was asked so many times more."""
    before = await queries(world)
    async with asyncio.timeout(20):
        while await queries(world) < before + times:
            await asyncio.sleep(0.02)


async def unheard(world: World) -> Live:
    """A collection whose request was lost on its way."""
    lost = {"operator": "tmoney", "fault": "drop_before", "match": PAYER.msisdn.digits, "count": 1}
    await world.control("POST", "/faults", lost)
    opened = await asking.collection(world.switch, PAYER)
    live = world.switch.live[opened.id]
    await until(lambda: live.movement.legs[0].quiet_at is not None)
    return live


@pytest.mark.parametrize("step", STEPS)
def test_a_transfer_ends_the_same_whatever_the_clock_is_moved_by(
    clock: SteppedClock, tmp_path: Path, step: str
) -> None:
    """F-T01, I-45: between its debit and its credit, and once more before its end."""

    async def scenario() -> None:
        async with small_world(tmp_path, settings=patient(0.2)) as world:
            held = {"operator": "tmoney", "fault": "latency", "value": 100}
            await world.control("POST", "/faults", held)
            begun = [
                await asking.transfer(world.switch, payer, PAYEE) for payer in (PAYER, ANOTHER)
            ]
            clock.moved = STEPS[step]
            await until(lambda: not world.switch.live)
            ended = [await movements.get(world.switch.store, one.id) for one in begun]

            assert [one.state for one in ended if one] == ["completed", "completed"]
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_a_clock_set_ahead_ends_no_settling_window(clock: SteppedClock, tmp_path: Path) -> None:
    """I-45, F-T01, F-O13: not found for now; an hour on the wall is no hour of waiting (I-23)."""

    async def scenario() -> Movement:
        async with small_world(tmp_path, settings=patient(600.0)) as world:
            live = await unheard(world)
            clock.moved = timedelta(hours=1)
            await asked_again(world, 4)
            return live.movement

    leg = asyncio.run(scenario()).leg(LegKind.DEBIT)

    assert (leg.status, leg.sends, leg.missing_at) == (LegStatus.UNKNOWN, 1, None)


def test_a_clock_set_back_keeps_nothing_waiting(clock: SteppedClock, tmp_path: Path) -> None:
    """I-45, I-21: the settling window goes on, though the wall says that it has not begun."""

    async def scenario() -> None:
        async with small_world(tmp_path, settings=patient(0.2)) as world:
            await unheard(world)
            clock.moved = -timedelta(days=1)
            await until(lambda: not world.switch.live)
            await world.assert_in_agreement()

    asyncio.run(scenario())
