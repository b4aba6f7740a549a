"""Orders: at most one success, nothing lost, and the projection follows whatever happens."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from cross.domain.errors import (
    IdempotencyKeyReused,
    NotCancelable,
    NotFound,
    OutcomeUnknown,
    ReferenceAlreadyUsed,
)
from cross.domain.money import xof
from cross.domain.movement import Terms
from cross.domain.order import OrderTerms
from cross.domain.order_refusals import (
    AttemptStillOpen,
    OperatorNotOffered,
    OrderAlreadyPaid,
    OrderCanceled,
    OrderExpired,
)
from cross.storage import orders as stored
from cross.switch import orders, projection, refunds
from cross.switch.movements import Request
from cross.switch.orders import Payer
from tests.conftest import NewStore, Run
from tests.switch import asking, ordering
from tests.switch.ordering import APPROVES, REFUSES, SILENT, WAITS, shop
from tests.world import MERCHANT, until

TERMS = OrderTerms(reference="CMD-1", title="Pagne", operators=())


def test_an_order_is_paid_by_an_attempt_and_its_merchant_is_told_once(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            order = await ordering.order(world.switch)
            tried = await ordering.attempt(world.switch, order)
            paid = await ordering.until_stored(world.switch, order, "paid")

            assert (paid.amount_paid, paid.paid_by, paid.paid_late) == (5_000, tried.id, False)
            assert await ordering.events_of(world.switch, order) == [("order.paid", 1)]
            assert await stored.behind(world.switch.store) == []
            with pytest.raises(OrderAlreadyPaid):
                await ordering.attempt(world.switch, order)
            await world.assert_in_agreement()

    run(scenario())


def test_an_order_is_made_once_a_key_and_once_a_reference(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    """I-27, I-29, I-30 for orders."""

    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            switch, request = world.switch, asking.request("key-of-an-order")
            made = await asyncio.gather(
                *(
                    orders.open_order(switch, xof(5_000), TERMS, request, minutes=120)
                    for _ in range(20)
                )
            )
            other = Request(MERCHANT, livemode=False, key=request.key, digest="another")

            assert len({one.order.id for one in made}) == 1
            assert Counter(one.replayed for one in made)[False] == 1
            with pytest.raises(IdempotencyKeyReused):
                await orders.open_order(switch, xof(5_000), TERMS, other, minutes=120)
            with pytest.raises(ReferenceAlreadyUsed) as taken:
                await orders.open_order(switch, xof(5), TERMS, asking.request(), minutes=120)
            assert taken.value.existing_id == made[0].order.id

    run(scenario())


def test_the_same_form_sent_twice_is_one_attempt(tmp_path: Path, run: Run) -> None:
    """S-WEB-08."""

    async def scenario() -> None:
        async with shop(tmp_path) as world:
            order = await ordering.order(world.switch)
            first = await orders.open_attempt(world.switch, order, WAITS, key="form")
            second = await orders.open_attempt(world.switch, order, WAITS, key="form")

            assert (second.movement.id, second.replayed) == (first.movement.id, True)
            with pytest.raises(IdempotencyKeyReused):
                await orders.open_attempt(world.switch, order, REFUSES, key="form")

    run(scenario())


def test_after_a_refusal_another_operator_may_be_tried(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            order = await ordering.order(world.switch)
            await ordering.attempt(world.switch, order, REFUSES)
            await ordering.until_stored(world.switch, order, "unpaid")
            await until(lambda: not world.switch.live)
            await ordering.attempt(world.switch, order, Payer("tmoney", "90 11 22 01"))
            paid = await ordering.until_stored(world.switch, order, "paid")
            stands = await orders.find(world.switch, order.id, merchant=MERCHANT)

            assert [one.state for one in stands.attempts] == ["failed", "succeeded"]
            assert paid.attempts == 2
            await world.assert_in_agreement()

    run(scenario())


def test_an_unknown_outcome_locks_the_next_attempt(run: Run, tmp_path: Path) -> None:
    """The commonest double payment: trying again while the first may still go through."""

    async def scenario() -> None:
        async with shop(tmp_path) as world:
            order = await ordering.order(world.switch)
            down = {"operator": "flooz", "fault": "status_query_down", "count": 1_000}
            await world.control("POST", "/faults", down)
            tried = await ordering.attempt(world.switch, order, Payer("flooz", "96110116"))
            await until(lambda: world.switch.live[tried.id].movement.outcome_unknown)
            with pytest.raises(AttemptStillOpen) as locked:
                await ordering.attempt(world.switch, order, Payer("tmoney", "90112201"))

            assert locked.value.existing_id == tried.id
            with pytest.raises(OutcomeUnknown):
                await orders.withdraw(world.switch, order)

    run(scenario())


def test_an_operator_that_the_merchant_left_out_is_refused(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as world:
            whole = OrderTerms(reference="CMD-2", title="Pagne", operators=("tmoney",))
            order = (
                await orders.open_order(
                    world.switch, xof(5_000), whole, asking.request(), minutes=120
                )
            ).order
            with pytest.raises(OperatorNotOffered):
                await ordering.attempt(world.switch, order, APPROVES)

    run(scenario())


def test_an_order_that_nobody_tries_expires_and_takes_no_attempt(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            order = await ordering.order(world.switch, minutes=1)
            ordering.pass_time(world.switch, minutes=2)
            await ordering.until_stored(world.switch, order, "expired")

            assert await ordering.events_of(world.switch, order) == [("order.expired", 1)]
            with pytest.raises(OrderExpired):
                await ordering.attempt(world.switch, order)
            with pytest.raises(OrderExpired):
                await orders.cancel(world.switch, order.id, merchant=MERCHANT)

    run(scenario())


def test_an_attempt_still_open_keeps_the_order_and_pays_it_late(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    """F-O17, F-T05: the query decides, not the clock; late money is never lost."""

    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            order = await ordering.order(world.switch, minutes=1)
            await ordering.attempt(world.switch, order, WAITS)
            ordering.pass_time(world.switch, seconds=61)
            await ordering.until_stored(world.switch, order, "processing")
            await asyncio.sleep(0.3)  # several looks later
            assert (await ordering.as_stored(world.switch, order)).status == "processing"
            await ordering.answer(world, WAITS, "approve")
            paid = await ordering.until_stored(world.switch, order, "paid")

            assert paid.paid_late
            assert await ordering.events_of(world.switch, order) == [("order.paid", 1)]
            await world.assert_in_agreement()

    run(scenario())


def test_an_attempt_refused_after_expiry_expires_the_order(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            order = await ordering.order(world.switch, minutes=1)
            await ordering.attempt(world.switch, order, WAITS)
            ordering.pass_time(world.switch, seconds=61)
            await ordering.answer(world, WAITS, "refuse")
            await ordering.until_stored(world.switch, order, "expired")

            assert await ordering.events_of(world.switch, order) == [("order.expired", 1)]

    run(scenario())


def test_an_unpaid_order_is_canceled_once_and_for_all(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            order = await ordering.order(world.switch)
            canceled = await orders.cancel(world.switch, order.id, merchant=MERCHANT)

            assert canceled.order.status == "canceled"
            assert await ordering.events_of(world.switch, order) == [("order.canceled", 1)]
            with pytest.raises(OrderCanceled):
                await orders.cancel(world.switch, order.id, merchant=MERCHANT)
            with pytest.raises(OrderCanceled):
                await ordering.attempt(world.switch, order)
            with pytest.raises(NotFound):
                await orders.cancel(world.switch, order.id, merchant="mer_another")

    run(scenario())


def test_the_books_refuse_an_attempt_for_an_order_that_has_ended(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    """Whatever a process believed when it decided, the other one's cancel stands."""

    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            switch = world.switch
            order = await ordering.order(switch)
            record = switch.recorder.record
            held: asyncio.Future[None] = asyncio.get_running_loop().create_future()

            async def record_late(write: object) -> object:
                if type(write).__name__ == "Opening":
                    await held
                return await record(write)  # type: ignore[arg-type]

            switch.recorder.record = record_late  # type: ignore[method-assign,assignment]
            trying = asyncio.ensure_future(ordering.attempt(switch, order))
            await until(lambda: bool(switch.live))
            await orders.cancel(switch, order.id, merchant=MERCHANT)
            held.set_result(None)
            with pytest.raises(OrderCanceled):
                await trying

            assert (await orders.find(switch, order.id, merchant=MERCHANT)).attempts == []

    run(scenario())


def test_an_order_with_an_open_attempt_is_not_canceled(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as world:
            order = await ordering.order(world.switch)
            await ordering.attempt(world.switch, order, WAITS)
            with pytest.raises(AttemptStillOpen):
                await orders.cancel(world.switch, order.id, merchant=MERCHANT)

    run(scenario())


def test_a_crash_between_the_success_and_its_projection_is_caught_up_with_on_start(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    """F-T05, I-16."""

    async def scenario() -> None:
        async with shop(tmp_path, new_store(), look_every_seconds=30) as world:
            world.switch.followers.clear()  # the process ends before it comes to it
            order = await ordering.order(world.switch)
            await ordering.attempt(world.switch, order)
            await until(lambda: not world.switch.live)
            before = await ordering.as_stored(world.switch, order)
        assert before.status != "paid"

        async with shop(tmp_path, new_store(), look_every_seconds=30) as world:
            await ordering.until_stored(world.switch, order, "paid")

            assert await ordering.events_of(world.switch, order) == [("order.paid", 1)]
            assert await stored.behind(world.switch.store) == []

    run(scenario())


def test_what_was_not_followed_at_once_is_found_by_the_next_look(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    """As where another process's attempt moved on."""

    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            world.switch.followers.clear()
            order = await ordering.order(world.switch)
            await ordering.attempt(world.switch, order)
            await ordering.until_stored(world.switch, order, "paid")

    run(scenario())


def test_a_payer_withdraws_only_what_is_open(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as world:
            order = await ordering.order(world.switch)
            with pytest.raises(NotCancelable):
                await orders.withdraw(world.switch, order)
            await ordering.attempt(world.switch, order, SILENT)
            with pytest.raises(OutcomeUnknown):
                await orders.withdraw(world.switch, order)

    run(scenario())


def test_a_refund_of_the_attempt_shows_on_the_order(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            switch = world.switch
            order = await ordering.order(switch)
            tried = await ordering.attempt(switch, order)
            await ordering.until_stored(switch, order, "paid")
            for amount, status in ((2_000, "partially_refunded"), (3_000, "refunded")):
                await refunds.open_refund(switch, tried.id, xof(amount), Terms(), asking.request())
                await ordering.until_stored(switch, order, status)

            assert (await ordering.as_stored(switch, order)).amount_refunded == 5_000
            assert await ordering.events_of(switch, order) == [("order.paid", 1)]

    run(scenario())


def test_what_changes_nothing_is_not_written(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as world:
            order = await ordering.order(world.switch)
            await ordering.attempt(world.switch, order)
            paid = await ordering.until_stored(world.switch, order, "paid")
            for _ in range(3):
                await projection.project(world.switch, order.id)
            assert (await ordering.as_stored(world.switch, order)).version == paid.version

    run(scenario())
