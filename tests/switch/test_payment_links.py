"""Payment links: one order a visit, uses counted when they are paid."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cross.domain.money import XOF, xof
from cross.domain.order_refusals import AmountNotOfLink, LinkClosed
from cross.domain.payment_link import LinkTerms, PaymentLink
from cross.switch import payment_links
from cross.switch.orders import Payer
from cross.switch.switch import Switch
from tests.conftest import NewStore, Run
from tests.switch import ordering
from tests.switch.ordering import APPROVES, REFUSES, WAITS, shop
from tests.world import MERCHANT, until

TWO_PAYERS = (APPROVES, Payer("flooz", "96 11 01 21"))


async def link(switch: Switch, **terms: Any) -> PaymentLink:
    whole = LinkTerms(
        **{"title": "Cotisation", "amount": 2_000, **terms}, currency=XOF, operators=()
    )
    return await payment_links.open_link(switch, whole, merchant=MERCHANT, livemode=False)


def test_a_reload_makes_no_second_order_and_another_visit_does(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            opened = await link(world.switch)
            found = await payment_links.by_code(world.switch, opened.code)
            made = await asyncio.gather(
                *(payment_links.open_order(world.switch, found, None, visit="v1") for _ in range(9))
            )
            other = await payment_links.open_order(world.switch, found, None, visit="v2")

            assert len({order.id for order in made}) == 1
            assert other.id != made[0].id
            assert other.amount == xof(2_000)
            assert other.terms.payment_link == opened.id

    run(scenario())


def test_uses_are_counted_when_they_are_paid(new_store: NewStore, run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            switch = world.switch
            opened = await link(switch, uses=1)
            first, second = [
                await payment_links.open_order(switch, opened, None, visit=visit)
                for visit in ("v1", "v2")
            ]
            await ordering.attempt(switch, first, REFUSES)
            await until(lambda: not switch.live)
            assert (await payment_links.find(switch, opened.id, merchant=MERCHANT)).paid == 0
            await ordering.attempt(switch, first)
            await ordering.until_stored(switch, first, "paid")

            used = await payment_links.find(switch, opened.id, merchant=MERCHANT)
            assert (used.paid, used.status(switch.clock())) == (1, "used_up")
            with pytest.raises(LinkClosed):
                await ordering.attempt(switch, second)
            with pytest.raises(LinkClosed):
                await payment_links.open_order(switch, used, None, visit="v3")
            assert await payment_links.open_order(switch, used, None, visit="v1")

    run(scenario())


def test_of_two_payers_of_the_last_use_one_pays(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            switch = world.switch
            opened = await link(switch, uses=1)
            both = [
                await payment_links.open_order(switch, opened, None, visit=visit)
                for visit in ("v1", "v2")
            ]
            tried = await asyncio.gather(
                *(
                    ordering.attempt(switch, order, payer)
                    for order, payer in zip(both, TWO_PAYERS, strict=True)
                ),
                return_exceptions=True,
            )
            await until(lambda: not switch.live)

            assert sum(isinstance(one, LinkClosed) for one in tried) == 1
            assert len((await world.control("GET", "/journal?operator=flooz"))["data"]) == 1
            paid = both[0] if isinstance(tried[1], LinkClosed) else both[1]
            await ordering.until_stored(switch, paid, "paid")

    run(scenario())


def test_the_last_use_is_free_again_once_its_payer_has_refused(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            switch = world.switch
            opened = await link(switch, uses=1)
            first, second = [
                await payment_links.open_order(switch, opened, None, visit=visit)
                for visit in ("v1", "v2")
            ]
            await ordering.attempt(switch, first, WAITS)
            with pytest.raises(LinkClosed):
                await ordering.attempt(switch, second)
            await ordering.answer(world, WAITS, "refuse")
            await until(lambda: not switch.live)
            await ordering.attempt(switch, second)
            await ordering.until_stored(switch, second, "paid")

    run(scenario())


def test_a_link_that_has_ended_makes_no_order(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as world:
            switch = world.switch
            closed = await payment_links.close(switch, (await link(switch)).id, merchant=MERCHANT)
            expires = switch.clock() + timedelta(minutes=5)
            passing = await link(switch, expires_at=expires)
            ordering.pass_time(switch, minutes=6)
            for ended in (closed, passing):
                with pytest.raises(LinkClosed):
                    await payment_links.open_order(switch, ended, None, visit="v")

    run(scenario())


def test_where_the_payer_chooses_the_amount_it_has_bounds(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as world:
            opened = await link(world.switch, amount=None, least=500, most=900)
            order = await payment_links.open_order(world.switch, opened, xof(700), visit="v")
            assert order.amount == xof(700)
            for wrong in (None, xof(499), xof(901)):
                with pytest.raises(AmountNotOfLink):
                    await payment_links.open_order(world.switch, opened, wrong, visit="v")

    run(scenario())
