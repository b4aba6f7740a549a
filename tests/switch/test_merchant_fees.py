"""A merchant's own fees win over the house's, for what is priced from then on."""

from pathlib import Path

import pytest

from cross.domain.money import xof
from cross.domain.movement import Terms
from cross.domain.quote import Fixed
from cross.settings import FeeBandSettings, FeeSettings
from cross.switch import merchant_terms, quotes, transfers
from cross.switch.merchant_terms import InvalidFees
from cross.switch.quotes import Wish
from cross.switch.switch import Switch
from tests.conftest import NewStore, Run
from tests.switch import asking
from tests.switch.ordering import shop
from tests.world import MERCHANT, wallet

HERE, THERE = wallet("tmoney", "+22890112233"), wallet("flooz", "+22896112233")


def schedule(movement: str, basis_points: int, **more: str) -> FeeSettings:
    band = FeeBandSettings(least=1, most=10_000_000, basis_points=basis_points)
    return FeeSettings(name="own", movement=movement, currency="XOF", bands=(band,), **more)


async def charged(switch: Switch, *fees: FeeSettings) -> None:
    await merchant_terms.set_fees(switch, MERCHANT, fees, who="ama")


def test_ones_own_schedule_wins_and_a_quote_keeps_its_price(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            switch = world.switch
            wish = Wish(HERE, THERE, xof(5_000), Fixed.CREDIT)

            async def fee(merchant: str = MERCHANT) -> int:
                quote = await quotes.offer(switch, wish, merchant=merchant, livemode=False)
                return quote.price.fee.charged.amount

            before = await quotes.offer(switch, wish, merchant=MERCHANT, livemode=False)
            assert before.price.fee.charged == xof(50)  # the house's 1 %
            await charged(switch, schedule("transfer", 300), schedule("collection", 200))
            assert (await fee(), await fee("mer_another")) == (150, 50)
            collected = (await asking.collection(switch, THERE)).price
            assert collected.fee.charged == xof(99)  # 2 % of the 4 901 F that are the merchant's
            assert (await asking.payout(switch, THERE)).price.fee.charged == xof(0)

            opened = await transfers.open_transfer(switch, before, Terms(), asking.request())
            assert opened.movement.price.fee.charged == xof(50)

            await charged(switch, schedule("transfer", 700, valid_until="2021-01-01T00:00:00Z"))
            assert await fee() == 50  # its own is over: the house's holds
            await charged(switch)
            assert (await merchant_terms.fees_told(switch, MERCHANT))["fees"] == []

    run(scenario())


def test_ones_own_fees_are_there_after_a_restart(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            await charged(world.switch, schedule("payout", 100))
        async with shop(tmp_path, new_store()) as world:
            assert (await asking.payout(world.switch, THERE)).price.fee.charged == xof(50)

    run(scenario())


@pytest.mark.parametrize(
    "wrong",
    [
        schedule("transfer", 1, valid_from="2026-01-01T00:00:00"),
        schedule("transfer", 1, valid_from="soon"),
        schedule("transfer", 1, valid_until="2019-01-01T00:00:00Z"),
        schedule("transfer", 1).model_copy(update={"currency": "EUR"}),
        schedule("transfer", 1).model_copy(update={"bands": schedule("payout", 1).bands * 2}),
    ],
)
def test_fees_that_no_price_can_be_made_from_are_refused(
    run: Run, tmp_path: Path, wrong: FeeSettings
) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as world:
            with pytest.raises(InvalidFees):
                await charged(world.switch, wrong)
            assert (await merchant_terms.fees_told(world.switch, MERCHANT))["fees"] == []

    run(scenario())
