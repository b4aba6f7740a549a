"""I-03, live: the operator's own figure and our float differ by no more than what is under way."""

import asyncio
from pathlib import Path
from typing import Any

from cross.switch import floats
from tests.switch import asking
from tests.world import World, quick_settings, small_world, until, wallet

PAYEE = wallet("flooz", "+22896112121")
SOAP = {
    "credit_driver": "soap",
    "soap_url": "http://simulators/flooz/com.tlc.merchant.api/UssdPush?wsdl",
}


def settings() -> Any:
    quick = quick_settings(
        only=("flooz", "tmoney"), watch={"float_operators": ("flooz",), "float_seconds": 1}
    )
    operators = {**quick.operators, "flooz": {**quick.operators["flooz"], **SOAP}}
    return quick.model_copy(update={"operators": operators})


async def theirs(world: World) -> int:
    return int((await world.control("GET", "/partner/flooz"))["balance"])


def test_a_float_that_the_operator_tells_otherwise_stops_it_and_holds_its_credits(
    tmp_path: Path,
) -> None:
    """I-03, I-46: money went that we know nothing of."""

    async def differ() -> None:
        async with small_world(tmp_path, settings=settings()) as world:
            switch = world.switch
            assert await floats.difference(switch, "flooz") == 0
            await world.control("PUT", "/partner/flooz", {"balance": await theirs(world) - 700})
            await until(lambda: switch.stops.by("flooz", "I-03") is not None)

            stop = switch.stops.by("flooz", "I-03")
            assert stop is not None
            assert stop.holds_credits
            assert "700 less" in stop.found
            assert switch.stops.at("tmoney") is None

    asyncio.run(differ())


def test_what_is_under_way_while_the_operator_is_asked_is_no_difference(tmp_path: Path) -> None:
    """I-03: at every instant, a switch at work included."""

    async def work() -> None:
        async with small_world(tmp_path, settings=settings()) as world:
            switch, found = world.switch, []

            async def ask() -> None:
                while True:
                    found.append(await floats.difference(switch, "flooz"))

            asks = asyncio.get_running_loop().create_task(ask())
            for _ in range(40):
                await asking.payout(switch, PAYEE)
            await until(lambda: not switch.live)
            asks.cancel()
            assert len(found) > 3
            assert set(found) == {0}
            assert await floats.difference(switch, "tmoney") is None  # it tells nothing

    asyncio.run(work())
