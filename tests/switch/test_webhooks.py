"""Webhooks out: every event to every endpoint, signed, tried again, and held up by nobody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from cross.domain.event import UnknownEventType
from cross.domain.webhook import (
    DeliveryState,
    DisabledReason,
    Endpoint,
    EndpointDisabled,
    EndpointStatus,
    EndpointTerms,
)
from cross.storage import webhook_endpoints as stored
from cross.storage.pages import Page
from cross.switch import events, webhooks
from cross.switch.delivery_views import delivery_view
from cross.switch.webhooks import Change
from tests.conftest import NewStore, Run
from tests.switch import asking
from tests.switch.receiving import RECEIVER, Answer, Receiver, Request, never, verified
from tests.world import MERCHANT, World, quick_settings, small_world, until, wallet

PAYER = wallet("flooz", "+22896110100")
PAYEE = wallet("tmoney", "+22890112233")


@asynccontextmanager
async def heard_world(
    folder: Path, receiver: Receiver, *, store: Any = None, **changed: Any
) -> AsyncIterator[World]:
    quick: dict[str, Any] = {
        "webhook_private_networks": True,
        "webhook_schedule_seconds": (0.1, 0.2, 0.3),
        "webhook_timeout_seconds": 0.5,
        "only": ("flooz", "tmoney"),
    }
    settings = quick_settings(**{**quick, **changed})
    async with small_world(folder, store=store, settings=settings) as world:
        world.network._routes[RECEIVER] = receiver  # type: ignore[index]
        yield world


async def subscribed(
    world: World, url: str = f"{RECEIVER}/hooks", *types: str
) -> tuple[Endpoint, str]:
    terms = EndpointTerms(url, types or ("*",))
    return await webhooks.open_endpoint(world.switch, terms, merchant=MERCHANT, livemode=False)


async def standing(world: World, endpoint: Endpoint) -> dict[str, int]:
    return dict(await webhooks.counts_of(world.switch, endpoint))


async def now(world: World, endpoint: Endpoint) -> Endpoint:
    return await webhooks.find_endpoint(world.switch, endpoint.id, merchant=MERCHANT)


async def told(world: World, endpoint: Endpoint) -> list[webhooks.Delivered]:
    found, _ = await webhooks.deliveries_of(world.switch, endpoint, part=Page(limit=100))
    return list(found)


def test_every_event_of_a_payout_arrives_signed_and_in_order(
    tmp_path: Path, new_store: NewStore, run: Run
) -> None:
    """I-38, S-OUT-01: verified by the unmodified package; a subscription is a filter."""

    async def pay() -> None:
        receiver = Receiver()
        async with heard_world(tmp_path, receiver, store=new_store()) as world:
            _, secret = await subscribed(world)
            few, _ = await subscribed(world, f"{RECEIVER}/few", "payout.succeeded")
            payout = await asking.payout(world.switch, PAYEE)
            await until(lambda: len(receiver.accepted) == 3)

            every = [one for one in receiver.accepted if one.path == "/hooks"]
            said = [verified(secret, one) for one in every]
            assert sorted(one["sequence"] for one in said) == [1, 2]
            assert {one["type"] for one in said} == {"payout.created", "payout.succeeded"}
            assert {one["data"]["object"]["id"] for one in said} == {payout.id}
            assert all(one["object"] == "event" and one["livemode"] is False for one in said)
            with pytest.raises(WebhookVerificationError):
                verified(secret, replace(every[0], body=every[0].body + b" "))
            [only] = [one for one in receiver.accepted if one.path == "/few"]
            assert only.event["type"] == "payout.succeeded"
            assert (await now(world, few)).failing_since is None

    run(pay())


def test_one_that_fails_is_tried_again_with_the_same_bytes(
    tmp_path: Path, new_store: NewStore, run: Run
) -> None:
    """I-38: the id is stable over retries, and each attempt is seen with its answer."""

    async def fail_twice() -> None:
        answers = [Answer(500, b"busy\x00\n"), Answer(302, headers={"location": "http://m/"})]

        async def behaviour(request: Request) -> Answer:
            del request
            return answers.pop(0) if answers else Answer()

        receiver = Receiver(behaviour)
        async with heard_world(tmp_path, receiver, store=new_store()) as world:
            endpoint, secret = await subscribed(world, f"{RECEIVER}/hooks", "payout.created")
            await asking.payout(world.switch, PAYEE)
            await until(lambda: len(receiver.accepted) == 1)
            async with asyncio.timeout(5):
                while (await told(world, endpoint))[0].delivery.state is DeliveryState.WAITING:
                    await asyncio.sleep(0.01)

            assert len({one.body for one in receiver.heard}) == 1
            assert len({one.headers["webhook-id"] for one in receiver.heard}) == 1
            for one in receiver.heard:
                verified(secret, one)
            [delivered] = await told(world, endpoint)
            assert delivered.delivery.state is DeliveryState.DELIVERED
            assert [one.status for one in delivered.attempts] == [500, 302, 204]
            assert delivered.attempts[0].answer == "busy\\x00\\x0a"
            view = delivery_view(delivered, url=endpoint.terms.url)
            assert view["request"]["body"].encode() == receiver.heard[0].body
            assert view["attempts"][0]["headers"]["webhook-id"] == delivered.event.id
            assert secret not in str(view)
            assert (await now(world, endpoint)).failing_since is None

    run(fail_twice())


def test_after_the_last_attempt_it_is_shown_as_exhausted_and_may_be_sent_again(
    tmp_path: Path, new_store: NewStore, run: Run
) -> None:
    async def exhaust() -> None:
        receiver = Receiver()

        async def refuse(request: Request) -> Answer:
            del request
            return Answer(503)

        receiver.behaviour = refuse
        async with heard_world(tmp_path, receiver, store=new_store()) as world:
            endpoint, secret = await subscribed(world, f"{RECEIVER}/hooks", "payout.created")
            await asking.payout(world.switch, PAYEE)
            async with asyncio.timeout(10):
                while not (await standing(world, endpoint))["exhausted"]:
                    await asyncio.sleep(0.02)
            assert len(receiver.heard) == 4  # once, and three times again
            assert (await now(world, endpoint)).failing_since is not None

            receiver.behaviour = Receiver().behaviour
            [given_up] = await told(world, endpoint)
            event, sent_to = await events.resend(world.switch, given_up.event.id, merchant=MERCHANT)
            await until(lambda: len(receiver.accepted) == 1)
            assert sent_to == [endpoint.id]
            assert verified(secret, receiver.accepted[0])["id"] == event.id

    run(exhaust())


def test_an_endpoint_that_is_gone_is_disabled_and_its_merchant_told(
    tmp_path: Path, new_store: NewStore, run: Run
) -> None:
    """S-OUT-06: 410 disables; another endpoint hears of it; enabled again, what waited is sent."""

    async def vanish() -> None:
        receiver = Receiver()

        async def gone(request: Request) -> Answer:
            return Answer(410) if request.path == "/gone" else Answer()

        receiver.behaviour = gone
        async with heard_world(tmp_path, receiver, store=new_store()) as world:
            endpoint, _ = await subscribed(world, f"{RECEIVER}/gone", "payout.created")
            await subscribed(world, f"{RECEIVER}/told", "webhook_endpoint.disabled")
            await asking.payout(world.switch, PAYEE)
            await until(lambda: len(receiver.accepted) == 1)

            news = receiver.accepted[0].event
            assert news["type"] == "webhook_endpoint.disabled"
            assert news["data"]["object"]["id"] == endpoint.id
            after = await now(world, endpoint)
            assert (after.status, after.reason) == (EndpointStatus.DISABLED, DisabledReason.GONE)
            with pytest.raises(EndpointDisabled):
                await webhooks.send_test(world.switch, endpoint.id, merchant=MERCHANT)

            receiver.behaviour = Receiver().behaviour
            change = Change(enabled=True)
            await webhooks.change_endpoint(world.switch, endpoint.id, change, merchant=MERCHANT)
            await until(lambda: len(receiver.accepted) == 2)

    run(vanish())


def test_an_endpoint_that_fails_for_too_long_is_disabled(tmp_path: Path) -> None:
    async def fail() -> None:
        receiver = Receiver(never)
        quick: dict[str, Any] = {"webhook_failing_seconds": 0.3, "webhook_timeout_seconds": 0.05}
        async with heard_world(tmp_path, receiver, **quick) as world:
            endpoint, _ = await subscribed(world, f"{RECEIVER}/hooks", "payout.created")
            await asking.payout(world.switch, PAYEE)
            async with asyncio.timeout(10):
                while (await now(world, endpoint)).status is EndpointStatus.ENABLED:
                    await asyncio.sleep(0.02)
            assert (await now(world, endpoint)).reason is DisabledReason.FAILING

    asyncio.run(fail())


def test_retry_after_is_honoured(tmp_path: Path) -> None:
    async def wait() -> None:
        receiver = Receiver()

        async def later(request: Request) -> Answer:
            del request
            return Answer(429, headers={"retry-after": "3600"})

        receiver.behaviour = later
        async with heard_world(tmp_path, receiver) as world:
            endpoint, _ = await subscribed(world, f"{RECEIVER}/hooks", "payout.created")
            await asking.payout(world.switch, PAYEE)
            async with asyncio.timeout(5):
                while not (found := await told(world, endpoint)) or not found[0].attempts:
                    await asyncio.sleep(0.01)
            pause = found[0].delivery.next_at - found[0].attempts[0].at
            assert 3_600 <= pause.total_seconds() < 3_700

    asyncio.run(wait())


def test_an_endpoint_that_never_answers_delays_no_other(tmp_path: Path) -> None:
    """I-39, S-OUT-06: a queue an endpoint, four at a time."""

    async def hang() -> None:
        receiver = Receiver()

        async def behaviour(request: Request) -> Answer:
            return await never(request) if request.path == "/dead" else Answer()

        receiver.behaviour = behaviour
        async with heard_world(tmp_path, receiver, webhook_timeout_seconds=15.0) as world:
            await subscribed(world, f"{RECEIVER}/dead")
            await subscribed(world, f"{RECEIVER}/live")
            for _ in range(10):
                await asking.payout(world.switch, PAYEE)
            await until(lambda: len(receiver.accepted) == 20, seconds=5)

            assert receiver.open == 4
            assert {one.path for one in receiver.accepted} == {"/live"}

    asyncio.run(hang())


def test_while_a_secret_is_rotated_both_verify(tmp_path: Path) -> None:
    """F-S06, S-OUT-01: two signatures, until the older secret's time is over."""

    async def rotate() -> None:
        receiver = Receiver()
        async with heard_world(tmp_path, receiver, webhook_overlap_seconds=0.6) as world:
            switch = world.switch
            endpoint, first = await subscribed(world, f"{RECEIVER}/hooks", "payout.created")
            _, second = await webhooks.rotate_secret(switch, endpoint.id, merchant=MERCHANT)
            await asking.payout(switch, PAYEE)
            await until(lambda: len(receiver.accepted) == 1)
            verified(first, receiver.accepted[0])
            verified(second, receiver.accepted[0])

            ends = (await now(world, endpoint)).previous_until
            assert ends is not None
            await until(lambda: switch.clock() > ends)
            await asking.payout(switch, PAYEE)
            await until(lambda: len(receiver.accepted) == 2)
            verified(second, receiver.accepted[1])
            with pytest.raises(WebhookVerificationError):
                verified(first, receiver.accepted[1])
            rows = await switch.store.rows("SELECT secret FROM webhook_endpoints", {})
            assert first not in str(rows)
            assert second not in str(rows)

    asyncio.run(rotate())


def test_what_was_not_delivered_when_the_process_ended_is_delivered_by_the_next(
    tmp_path: Path, new_store: NewStore, run: Run
) -> None:
    """I-38: the schedule is in the books and survives a restart; events meanwhile are not lost."""

    async def restart() -> None:
        receiver = Receiver()

        async def down(request: Request) -> Answer:
            del request
            return Answer(500)

        receiver.behaviour = down
        slow = {"webhook_schedule_seconds": (0.1, 600.0)}
        async with heard_world(tmp_path, receiver, store=new_store(), **slow) as world:
            endpoint, secret = await subscribed(world, f"{RECEIVER}/hooks", "payout.created")
            for _ in range(3):
                await asking.payout(world.switch, PAYEE)
            await until(lambda: len(receiver.heard) == 6)
            before = {one.headers["webhook-id"] for one in receiver.heard}

        receiver.behaviour = Receiver().behaviour
        async with heard_world(tmp_path, receiver, store=new_store(), **slow) as world:
            waiting = await told(world, endpoint)
            assert [one.delivery.tries for one in waiting] == [2, 2, 2]
            assert receiver.accepted == []
            start = min(one.event.created_at for one in waiting)
            sent = await events.resend_range(
                world.switch, endpoint.id, merchant=MERCHANT, created_from=start
            )
            assert sent == 3
            await until(lambda: len(receiver.accepted) == 3)
            assert receiver.ids() == before
            for one in receiver.accepted:
                verified(secret, one)

    run(restart())


def test_what_is_waiting_for_a_deleted_endpoint_is_canceled(tmp_path: Path) -> None:
    async def delete() -> None:
        receiver = Receiver()

        async def down(request: Request) -> Answer:
            del request
            return Answer(500)

        receiver.behaviour = down
        slow = {"webhook_schedule_seconds": (600.0,)}
        async with heard_world(tmp_path, receiver, **slow) as world:
            endpoint, _ = await subscribed(world)
            await asking.payout(world.switch, PAYEE)
            await until(lambda: len(receiver.heard) == 2)
            await webhooks.close_endpoint(world.switch, endpoint.id, merchant=MERCHANT)
            assert (await standing(world, endpoint))["waiting"] == 0
            assert await stored.of(world.switch.store, MERCHANT) == []

    asyncio.run(delete())


def test_a_test_goes_to_its_endpoint_alone(tmp_path: Path, new_store: NewStore, run: Run) -> None:
    async def test() -> None:
        receiver = Receiver()
        async with heard_world(tmp_path, receiver, store=new_store()) as world:
            chosen, secret = await subscribed(world, f"{RECEIVER}/a", "order.paid")
            await subscribed(world, f"{RECEIVER}/b")
            sent = await webhooks.send_test(world.switch, chosen.id, merchant=MERCHANT)
            again = await webhooks.send_test(world.switch, chosen.id, merchant=MERCHANT)
            await until(lambda: len(receiver.accepted) == 2)

            assert (sent.sequence, again.sequence) == (1, 2)
            assert {one.path for one in receiver.heard} == {"/a"}
            assert verified(secret, receiver.accepted[0])["type"] == "webhook_endpoint.test"
            found = await webhooks.find_delivery(
                world.switch, chosen, (await told(world, chosen))[0].delivery.id
            )
            assert found.event == again

    run(test())


def test_a_type_that_is_never_told_is_refused(tmp_path: Path) -> None:
    async def ask() -> None:
        async with heard_world(tmp_path, Receiver()) as world:
            with pytest.raises(UnknownEventType):
                await subscribed(world, f"{RECEIVER}/hooks", "payout.imagined")

    asyncio.run(ask())
