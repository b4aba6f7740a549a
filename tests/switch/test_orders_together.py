"""Orders under contention: of any number of callers, in one process or in two, one wins."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cross.clock import system_clock
from cross.domain.errors import CrossError
from cross.domain.money import XOF
from cross.domain.movement import Movement
from cross.domain.order_refusals import AttemptStillOpen, LinkClosed
from cross.domain.payment_link import LinkTerms
from cross.storage.postgres import PostgresStore
from cross.switch import orders, payment_links
from cross.switch.orders import Payer
from tests.conftest import NewStore, Run, short_pause
from tests.switch import ordering
from tests.switch.ordering import WAITS, shop
from tests.world import MERCHANT, World


def waits(number: int) -> Payer:
    """A payer who takes his time; each has a phone of his own, for a phone has one prompt."""
    return Payer("flooz", f"96 11 {number:02} 00")


@asynccontextmanager
async def two_processes(folder: Path, schema_url: str) -> AsyncIterator[tuple[World, World]]:
    """Two switches that share the books of one PostgreSQL database."""

    def store() -> PostgresStore:
        return PostgresStore(schema_url, clock=system_clock, pause=short_pause)

    async with shop(folder, store()) as one, shop(folder, store()) as other:
        yield one, other


def test_of_a_hundred_attempts_at_once_one_is_opened(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            order = await ordering.order(world.switch)
            found = await asyncio.gather(
                *(ordering.attempt(world.switch, order, WAITS) for _ in range(100)),
                return_exceptions=True,
            )
            opened = [one for one in found if isinstance(one, Movement)]
            stands = await orders.find(world.switch, order.id, merchant=MERCHANT)

            assert [one.id for one in stands.attempts] == [opened[0].id]
            assert len(opened) == 1
            assert sum(isinstance(one, AttemptStillOpen) for one in found) == 99

    run(scenario())


def test_of_a_cancel_and_an_attempt_at_once_one_wins(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def race(world: World, number: int) -> tuple[bool, bool]:
        order = await ordering.order(world.switch)
        tried, canceled = await asyncio.gather(
            ordering.attempt(world.switch, order, waits(number)),
            orders.cancel(world.switch, order.id, merchant=MERCHANT),
            return_exceptions=True,
        )
        for one in (tried, canceled):
            assert not isinstance(one, BaseException) or isinstance(one, CrossError)
        stands = await orders.find(world.switch, order.id, merchant=MERCHANT)
        assert stands.order.status == ("processing" if stands.attempts else "canceled")
        return isinstance(tried, Movement), not isinstance(canceled, BaseException)

    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            found = [await race(world, number) for number in range(12)]

            assert all(tried is not canceled for tried, canceled in found)

    run(scenario())


def test_of_the_attempts_of_two_processes_one_is_opened(
    schema_url: str, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with two_processes(tmp_path, schema_url) as (one, other):
            switches = (one.switch, other.switch)
            order = await ordering.order(one.switch)
            found = await asyncio.gather(
                *(ordering.attempt(switch, order, WAITS) for switch in switches * 25),
                return_exceptions=True,
            )
            assert sum(isinstance(one, Movement) for one in found) == 1
            assert sum(isinstance(one, AttemptStillOpen) for one in found) == 49

    run(scenario())


def test_of_a_cancel_and_an_attempt_in_two_processes_one_wins(
    schema_url: str, run: Run, tmp_path: Path
) -> None:
    """Under read committed only the order's row, locked by both, tells the one of the other."""

    async def scenario() -> None:
        async with two_processes(tmp_path, schema_url) as (one, other):
            for number in range(25):
                order = await ordering.order(one.switch)
                tried, canceled = await asyncio.gather(
                    ordering.attempt(one.switch, order, waits(number)),
                    orders.cancel(other.switch, order.id, merchant=MERCHANT),
                    return_exceptions=True,
                )
                assert isinstance(tried, Movement) is isinstance(canceled, CrossError)
                assert isinstance(tried, Movement) is not isinstance(tried, CrossError)
                stands = await orders.find(one.switch, order.id, merchant=MERCHANT)
                assert bool(stands.attempts) is isinstance(tried, Movement)

    run(scenario())


def test_no_more_pay_by_a_link_in_two_processes_than_it_has_uses(
    schema_url: str, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with two_processes(tmp_path, schema_url) as (one, other):
            whole = LinkTerms(title="T", currency=XOF, operators=(), amount=2_000, uses=3)
            link = await payment_links.open_link(
                one.switch, whole, merchant=MERCHANT, livemode=False
            )
            made = [
                await payment_links.open_order(one.switch, link, None, visit=f"v{number}")
                for number in range(30)
            ]
            switches = (one.switch, other.switch)
            found = await asyncio.gather(
                *(
                    ordering.attempt(switches[number % 2], order, waits(number))
                    for number, order in enumerate(made)
                ),
                return_exceptions=True,
            )
            assert sum(isinstance(one, Movement) for one in found) == 3
            assert sum(isinstance(one, LinkClosed) for one in found) == 27

    run(scenario())
