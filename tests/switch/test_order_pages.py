"""Attempts on an operator's own page: written down before the payer is sent there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cross.domain.money import djf, xof
from cross.domain.movement import Movement
from cross.domain.order import Order, OrderTerms
from cross.domain.order_refusals import NotHandedOver
from cross.storage import orders as stored
from cross.storage.store import Store
from cross.switch import order_log, orders
from cross.switch.orders import Payer
from tests.conftest import NewStore, Run
from tests.switch import asking
from tests.world import World, quick_settings, small_world

PAGES = ("tmoney-online", "dmoney")


@asynccontextmanager
async def pages(folder: Path, store: Store | None = None) -> AsyncIterator[World]:
    async with small_world(folder, store=store, settings=quick_settings(only=PAGES)) as world:
        yield world


async def tried(world: World, operator: str, key: str) -> tuple[Order, Movement]:
    amount = djf(5_000) if operator == "dmoney" else xof(5_000)
    terms = OrderTerms(reference=key, title="Pagne", operators=(operator,))
    opened = await orders.open_order(world.switch, amount, terms, asking.request(), minutes=30)
    order = opened.order
    attempt = await orders.open_attempt(world.switch, order, Payer(operator), key=key)
    return order, attempt.movement


@pytest.mark.parametrize("operator", PAGES)
def test_the_payer_is_sent_to_the_page_once_it_is_written_down(
    operator: str, new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with pages(tmp_path, new_store()) as world:
            order, attempt = await tried(world, operator, "P-1")
            switch, store = world.switch, world.switch.store
            shown = orders.way_there(switch, attempt)
            assert not await stored.was_handed_over(store, attempt.id)
            assert not await switch.handed_over(attempt)
            way = await orders.hand_over(switch, order, attempt)

            assert way.url == shown.url or operator == "dmoney"
            assert await stored.was_handed_over(store, attempt.id)
            assert await switch.handed_over(attempt)
            types = [entry.type for entry in await order_log.entries(switch, order)]
            assert "handed_over" in types
            assert attempt.terms.return_url == f"{orders.checkout_url(switch, order)}/return"

    run(scenario())


def test_an_attempt_by_push_has_no_page(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = quick_settings(only=("flooz",))
        async with small_world(tmp_path, settings=settings) as world:
            terms = OrderTerms(reference="P-2", title="Pagne", operators=())
            opened = await orders.open_order(
                world.switch, xof(5_000), terms, asking.request(), minutes=30
            )
            attempt = await orders.open_attempt(
                world.switch, opened.order, Payer("flooz", "96110100"), key="P-2"
            )
            with pytest.raises(NotHandedOver):
                await orders.hand_over(world.switch, opened.order, attempt.movement)

    run(scenario())
