"""Money paid into a float is booked once for each name, and only whole books result."""

import asyncio
from pathlib import Path

import pytest

from cross.domain.errors import UnknownOperator
from cross.domain.money import xof
from cross.storage import ledger
from cross.switch.funding import fund_float, fund_merchant
from tests.world import FLOAT, MERCHANT, small_world


def test_the_same_deposit_told_again_is_booked_once(tmp_path: Path) -> None:
    """I-11: at the same time or later."""

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            switch = world.switch
            told = await asyncio.gather(
                *(fund_float(switch, "tmoney", xof(700), name="monday") for _ in range(10)),
                *(
                    fund_merchant(switch, MERCHANT, "tmoney", xof(300), name="monday")
                    for _ in range(10)
                ),
            )
            later = await fund_float(switch, "tmoney", xof(700), name="monday")

            assert (sum(told[:10]), sum(told[10:]), later) == (1, 1, False)
            balances = await world.balances()
            assert balances["float:tmoney"] == FLOAT + 1_000
            assert await ledger.unbalanced(switch.store) == []
            assert await ledger.drifted(switch.store) == []

    asyncio.run(scenario())


def test_deposits_of_other_names_or_at_other_operators_are_others(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            assert await fund_float(world.switch, "tmoney", xof(1), name="monday")
            assert await fund_float(world.switch, "tmoney", xof(1), name="tuesday")
            assert await fund_float(world.switch, "flooz", xof(1), name="monday")
            assert await fund_merchant(world.switch, MERCHANT, "flooz", xof(1), name="monday")

    asyncio.run(scenario())


def test_nothing_is_booked_at_an_operator_that_is_not_connected(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            before = await world.balances()
            with pytest.raises(UnknownOperator):
                await fund_float(world.switch, "nobody", xof(1), name="monday")
            assert await world.balances() == before

    asyncio.run(scenario())
