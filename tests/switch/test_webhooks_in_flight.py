"""Endpoints that change, fail or break while webhooks are on their way to them."""

import asyncio
from contextvars import ContextVar
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from cross.domain.webhook import DeliveryState, EndpointStatus
from cross.storage.deliveries import AttemptsMade
from cross.storage.store import Verdict, Write
from cross.switch import attempts, clock_jumps, events, webhooks
from cross.switch.attempts import Sending
from cross.switch.deliveries import Deliverer
from cross.switch.webhooks import Change
from tests.conftest import NewStore, Run
from tests.switch import asking
from tests.switch.receiving import RECEIVER, Answer, Receiver, Request, never
from tests.switch.test_webhooks import heard_world, now, standing, subscribed, told
from tests.world import MERCHANT, until, wallet

PAYEE = wallet("tmoney", "+22890112233")


async def down(request: Request) -> Answer:
    """Answers that it cannot now."""
    del request
    return Answer(503)


def test_an_endpoint_that_was_brought_back_begins_with_a_clean_slate(tmp_path: Path) -> None:
    """S-OUT-06: what it failed before it was disabled does not disable it at its first failure."""

    async def bring_back() -> None:
        receiver = Receiver(never)
        quick: dict[str, Any] = {"webhook_failing_seconds": 1.0, "webhook_timeout_seconds": 0.05}
        schedule = {"webhook_schedule_seconds": (0.1,) * 20}
        async with heard_world(tmp_path, receiver, **quick, **schedule) as world:
            endpoint, _ = await subscribed(world, f"{RECEIVER}/hooks", "payout.created")
            await asking.payout(world.switch, PAYEE)
            async with asyncio.timeout(10):
                while (await now(world, endpoint)).status is EndpointStatus.ENABLED:
                    await asyncio.sleep(0.02)

            receiver.behaviour = down
            heard = len(receiver.heard)
            on = Change(enabled=True)
            after = await webhooks.change_endpoint(world.switch, endpoint.id, on, merchant=MERCHANT)
            assert after.failing_since is None
            await until(lambda: len(receiver.heard) >= heard + 2)
            assert (await now(world, endpoint)).status is EndpointStatus.ENABLED

    asyncio.run(bring_back())


def test_the_old_address_does_not_disable_the_new_one(tmp_path: Path) -> None:
    """A 410 to a request that was on its way while the URL changed is the old address's own."""

    async def move() -> None:
        receiver, leave = Receiver(), asyncio.Event()

        async def behaviour(request: Request) -> Answer:
            if request.path == "/old":
                await leave.wait()
                return Answer(410)
            return Answer()

        receiver.behaviour = behaviour
        slow: dict[str, Any] = {"webhook_timeout_seconds": 5.0}
        async with heard_world(tmp_path, receiver, **slow) as world:
            endpoint, _ = await subscribed(world, f"{RECEIVER}/old", "payout.created")
            await asking.payout(world.switch, PAYEE)
            await until(lambda: receiver.open == 1)
            there = Change(url=f"{RECEIVER}/new")
            await webhooks.change_endpoint(world.switch, endpoint.id, there, merchant=MERCHANT)
            leave.set()
            await until(lambda: len(receiver.accepted) == 1)
            assert receiver.accepted[0].path == "/new"
            assert (await now(world, endpoint)).status is EndpointStatus.ENABLED

    asyncio.run(move())


def test_an_attempt_that_breaks_is_made_again(tmp_path: Path, monkeypatch: Any) -> None:
    """I-38: a defect, or books that are away in the middle of an attempt, lose no event."""

    async def break_down() -> None:
        receiver, broken = Receiver(), 3
        make = attempts.make

        async def breaks(switch: Any, outbound: Any, sending: Sending) -> Any:
            nonlocal broken
            broken -= 1
            if broken >= 0:
                raise ValueError("a defect")
            return await make(switch, outbound, sending)

        monkeypatch.setattr(attempts, "make", breaks)
        async with heard_world(tmp_path, receiver) as world:
            await subscribed(world, f"{RECEIVER}/hooks", "payout.created")
            for _ in range(3):
                await asking.payout(world.switch, PAYEE)
            await until(lambda: len(receiver.accepted) == 3)

    with capture_logs() as lines:  # a traceback with all its values takes seconds to print
        asyncio.run(break_down())

    assert [line["event"] for line in lines].count("webhook_attempt_broken") == 3


def test_results_that_the_books_refuse_end_no_delivery(tmp_path: Path, monkeypatch: Any) -> None:
    """I-38: whatever a commit breaks on, the results after it are written down."""

    async def refuse() -> None:
        receiver = Receiver()
        async with heard_world(tmp_path, receiver) as world:
            endpoint, _ = await subscribed(world, f"{RECEIVER}/hooks", "payout.created")
            record, broken = world.switch.store.record, 2

            async def breaks(writes: list[Write]) -> list[Verdict]:
                nonlocal broken
                if broken and all(isinstance(one, AttemptsMade) for one in writes):
                    broken -= 1
                    raise ValueError("a defect")
                return list(await record(writes))

            monkeypatch.setattr(world.switch.recorder, "_store", _Recording(breaks))
            for _ in range(3):
                await asking.payout(world.switch, PAYEE)
            await until(lambda: broken == 0)
            async with asyncio.timeout(5):
                while (await standing(world, endpoint))["waiting"]:
                    await asyncio.sleep(0.02)

    asyncio.run(refuse())


class _Recording:
    """A store that records as it is told to."""

    def __init__(self, record: Any) -> None:
        self.record = record


def test_a_clock_that_was_far_ahead_delays_nothing_for_ever(
    tmp_path: Path, new_store: NewStore, run: Run
) -> None:
    """I-45: what was planned while the clock stood in another year is due once it is right."""

    async def come_back() -> None:
        receiver = Receiver()
        async with heard_world(tmp_path, receiver, store=new_store()) as world:
            right = world.switch.clock
            endpoint, _ = await subscribed(world, f"{RECEIVER}/hooks", "payout.created")
            receiver.behaviour = down
            world.switch.clock = lambda: right() + timedelta(days=400)
            await asking.payout(world.switch, PAYEE)
            await until(lambda: len(receiver.heard) == 1)
            world.switch.clock = right
            receiver.behaviour = Receiver().behaviour
            await until(lambda: len(receiver.accepted) == 1, seconds=5)
            assert (await now(world, endpoint)).status is EndpointStatus.ENABLED

    run(come_back())


def test_what_was_never_sent_does_not_wait_for_the_day_that_a_clock_was_ahead(
    tmp_path: Path, new_store: NewStore, run: Run
) -> None:
    """I-45, F-T01: an event of a wrong tomorrow, which nobody was told of, is due today."""

    async def come_back() -> None:
        receiver = Receiver()
        async with heard_world(tmp_path, receiver, store=new_store()) as world:
            switch, right = world.switch, world.switch.clock
            await subscribed(world, f"{RECEIVER}/hooks", "payout.created")
            assert switch.deliveries is not None
            await switch.deliveries.stop()  # as where the process ends before the first try
            switch.recorder.listeners.clear()
            switch.clock = lambda: right() + timedelta(days=1)
            await asking.payout(switch, PAYEE)
            switch.clock = right
            await Deliverer(switch, world.network).start()
            await until(lambda: len(receiver.accepted) == 1, seconds=5)

    run(come_back())


def test_a_clock_that_was_ahead_between_two_looks_puts_no_event_off_for_a_day(
    tmp_path: Path, new_store: NewStore, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-38, I-45: nobody who looks has seen it ahead, as also where a commit outlasts the jump."""
    monkeypatch.setattr(clock_jumps, "UNSEEN", timedelta(seconds=1))
    ahead: ContextVar[timedelta] = ContextVar("ahead", default=timedelta(0))

    async def come_back() -> None:
        receiver = Receiver()
        async with heard_world(tmp_path, receiver, store=new_store()) as world:
            switch, right = world.switch, world.switch.clock
            await subscribed(world, f"{RECEIVER}/hooks", "payout.created")
            switch.clock = lambda: right() + ahead.get()  # who looks is another task: never ahead
            switch.recorder.listeners.clear()
            await asking.payout(switch, PAYEE)
            await until(lambda: len(receiver.accepted) == 1)
            await asking.payout(switch, PAYEE)  # found by a later look than the first one
            await until(lambda: len(receiver.accepted) == 2)
            ahead.set(timedelta(days=1))
            await asking.payout(switch, PAYEE)
            await until(lambda: len(receiver.accepted) == 3)

    run(come_back())


def test_a_resend_is_not_undone_by_the_last_attempt_before_it(
    tmp_path: Path, new_store: NewStore, run: Run
) -> None:
    """I-38: asked for while the last try is on its way, it begins the schedule anew."""

    async def ask_again() -> None:
        receiver, leave = Receiver(), asyncio.Event()

        async def behaviour(request: Request) -> Answer:
            if len(receiver.heard) == 2:
                await leave.wait()
            return await down(request)

        receiver.behaviour = behaviour
        plan: dict[str, Any] = {
            "webhook_schedule_seconds": (0.05,),
            "webhook_timeout_seconds": 5.0,
        }
        async with heard_world(tmp_path, receiver, store=new_store(), **plan) as world:
            endpoint, _ = await subscribed(world, f"{RECEIVER}/hooks", "payout.created")
            await asking.payout(world.switch, PAYEE)
            await until(lambda: len(receiver.heard) == 2)
            [waiting] = await told(world, endpoint)
            await events.resend(world.switch, waiting.event.id, merchant=MERCHANT)
            receiver.behaviour = Receiver().behaviour
            leave.set()
            await until(lambda: len(receiver.accepted) == 1, seconds=5)
            async with asyncio.timeout(5):
                while (await told(world, endpoint))[0].delivery.state is DeliveryState.WAITING:
                    await asyncio.sleep(0.02)
            assert (await told(world, endpoint))[0].delivery.state is DeliveryState.DELIVERED

    run(ask_again())


def test_a_test_of_one_endpoint_is_never_resent_to_another(tmp_path: Path) -> None:
    async def resend() -> None:
        receiver = Receiver()
        async with heard_world(tmp_path, receiver) as world:
            chosen, _ = await subscribed(world, f"{RECEIVER}/a")
            other, _ = await subscribed(world, f"{RECEIVER}/b")
            sent = await webhooks.send_test(world.switch, chosen.id, merchant=MERCHANT)
            await until(lambda: len(receiver.accepted) == 1)
            _, names = await events.resend(world.switch, sent.id, merchant=MERCHANT)
            assert names == [chosen.id]
            since = sent.created_at
            count = await events.resend_range(
                world.switch, other.id, merchant=MERCHANT, created_from=since
            )
            assert count == 0
            count = await events.resend_range(
                world.switch, chosen.id, merchant=MERCHANT, created_from=since
            )
            assert count == 1

    asyncio.run(resend())
