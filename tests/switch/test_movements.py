"""Accepted once a key, finished whoever goes away, asked about gently, taken back if never sent."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cross.domain.errors import (
    IdempotencyKeyReused,
    NotCancelable,
    NotFound,
    OutcomeUnknown,
    SwitchUnavailable,
)
from cross.domain.movement import Movement, MovementKind, Terms
from cross.domain.status import status_of
from cross.outbound import HttpRequest, HttpResponse, NoAnswer
from cross.settings import Settings
from cross.switch import movements, payouts
from cross.switch.legs import ASK_APART_SECONDS
from cross.switch.movements import Request
from cross.switch.switch import Accepted
from tests.switch import asking
from tests.world import MERCHANT, World, quick_settings, small_world, until, wallet

PAYEE = wallet("flooz", "+22896110101")
PAYER = wallet("tmoney", "+22890110101")
UNDECIDED = wallet("tmoney", "+22890110100")


def never_asked() -> Settings:
    return quick_settings(query_schedule_seconds=(600.0,), query_every_seconds=600.0)


def with_key(key: str, *, digest: str = "same") -> Request:
    return Request(MERCHANT, livemode=False, key=key, digest=digest)


async def pay(world: World, request: Request) -> Accepted:
    return await payouts.open_payout(world.switch, PAYEE, asking.AMOUNT, Terms(), request)


async def queries(world: World) -> int:
    got = (await world.control("GET", "/requests?operator=tmoney&limit=1000"))["data"]
    return sum(request["method"] == "GET" for request in got)


async def undecided(world: World) -> Movement:
    """A collection that the operator has and whose payer has not decided."""
    opened = await asking.collection(world.switch, UNDECIDED)
    live = world.switch.live[opened.id]
    await until(lambda: live.movement.legs[0].status == "pending")
    return live.movement


async def unheard(world: World) -> Movement:
    """A collection whose answer was lost, and no query comes by itself."""
    fault = {"operator": "tmoney", "fault": "drop_after", "match": UNDECIDED.msisdn.digits}
    await world.control("POST", "/faults", {**fault, "count": 1})
    opened = await asking.collection(world.switch, UNDECIDED)
    live = world.switch.live[opened.id]
    await until(lambda: live.movement.legs[0].status == "unknown")
    down = {"operator": "tmoney", "fault": "status_query_down"}
    await world.control("POST", "/faults", down)
    return live.movement


def test_two_hundred_at_once_with_one_key_open_one_payout(tmp_path: Path) -> None:
    """I-27."""

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            same = with_key("one")
            accepted = await asyncio.gather(*(pay(world, same) for _ in range(200)))
            await until(lambda: not world.switch.live)

            assert len({each.movement.id for each in accepted}) == 1
            assert sum(not each.replayed for each in accepted) == 1
            assert len(world.simulators.journal.find()) == 1
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_two_hundred_at_once_with_two_bodies_open_one_payout(tmp_path: Path) -> None:
    """I-27, I-29: whoever comes second with another body is told so."""

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            asked = [with_key("one", digest=f"{number % 2}") for number in range(200)]
            outcomes = await asyncio.gather(
                *(pay(world, request) for request in asked), return_exceptions=True
            )
            await until(lambda: not world.switch.live)

            accepted = [each for each in outcomes if isinstance(each, Accepted)]
            refused = [each for each in outcomes if isinstance(each, IdempotencyKeyReused)]
            assert (len(accepted), len(refused)) == (100, 100)
            assert len({each.movement.id for each in accepted}) == 1
            assert len(world.simulators.journal.find()) == 1

    asyncio.run(scenario())


def test_a_caller_that_goes_away_at_any_moment_stops_nothing(tmp_path: Path) -> None:
    """F-Y02: what was begun ends; asked again with the key, it is the same movement."""

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            for turns in range(40):
                caller = asyncio.create_task(pay(world, with_key(f"left after {turns}")))
                for _ in range(turns):
                    await asyncio.sleep(0)
                caller.cancel()
                await asyncio.gather(caller, return_exceptions=True)
            await until(lambda: not world.switch.live and not world.switch.accepting)

            for turns in range(40):
                await pay(world, with_key(f"left after {turns}"))
            await until(lambda: not world.switch.live)
            assert len(world.simulators.journal.find()) == 40
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_a_caller_that_waits_for_another_may_go_away_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            first = asyncio.create_task(pay(world, with_key("one")))
            await asyncio.sleep(0)
            second = asyncio.create_task(pay(world, with_key("one")))
            await asyncio.sleep(0)
            second.cancel()

            assert not (await first).replayed
            await until(lambda: not world.switch.live)
            assert len(world.simulators.journal.find()) == 1

    asyncio.run(scenario())


def test_a_switch_that_stops_accepts_nothing(tmp_path: Path) -> None:
    """F-P04."""

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            world.switch.stopping = True
            with pytest.raises(SwitchUnavailable):
                await pay(world, with_key("one"))
            assert await movements.replay(world.switch, with_key("one")) is None

    asyncio.run(scenario())


def test_many_readers_of_an_unknown_outcome_make_one_query(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_world(tmp_path, settings=never_asked()) as world:
            opened = await unheard(world)
            live = world.switch.live[opened.id]

            async def read_often() -> None:
                for _ in range(50):
                    await movements.read(
                        world.switch, opened.id, merchant=MERCHANT, kind=opened.kind
                    )
                await until(lambda: not live.asking and not world.switch.tasks)

            live.asked_at -= ASK_APART_SECONDS
            await read_often()
            assert await queries(world) == 1
            live.asked_at -= ASK_APART_SECONDS
            await read_often()
            assert await queries(world) == 2

    asyncio.run(scenario())


def test_reading_what_is_pending_asks_nobody(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_world(tmp_path, settings=never_asked()) as world:
            opened = await undecided(world)
            await movements.read(world.switch, opened.id, merchant=MERCHANT, kind=opened.kind)
            await until(lambda: not world.switch.tasks)
            assert await queries(world) == 0

    asyncio.run(scenario())


def test_a_recheck_asks_now_and_shows_what_was_said(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_world(tmp_path, settings=never_asked()) as world:
            await world.control("POST", "/faults", {"operator": "tmoney", "fault": "lose_callback"})
            opened = await undecided(world)
            number = UNDECIDED.msisdn.digits
            (prompt,) = (await world.control("GET", f"/handsets/{number}"))["prompts"]
            body = {"action": "approve", "pin": "1234"}
            await world.control("POST", f"/handsets/{number}/prompts/{prompt['id']}", body)

            found = await movements.recheck(
                world.switch, opened.id, merchant=MERCHANT, kind=opened.kind
            )
            assert status_of(found) == "succeeded"
            assert await queries(world) == 1
            again = await movements.recheck(
                world.switch, opened.id, merchant=MERCHANT, kind=opened.kind
            )
            assert again.version == found.version
            assert await queries(world) == 1
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_a_recheck_whose_caller_goes_away_is_heard_all_the_same(tmp_path: Path) -> None:
    """F-Y02."""

    async def scenario() -> None:
        async with small_world(tmp_path, settings=never_asked()) as world:
            opened = await unheard(world)
            await world.control("DELETE", "/faults")
            caller = asyncio.create_task(
                movements.recheck(world.switch, opened.id, merchant=MERCHANT, kind=opened.kind)
            )
            live = world.switch.live[opened.id]
            while not live.asking:
                await asyncio.sleep(0)
            caller.cancel()
            await until(lambda: live.movement.legs[0].status == "pending")

    asyncio.run(scenario())


def nothing_leaves(world: World) -> Callable[[], None]:
    """No connection to any operator; what is given ends that."""
    carry = world.network.send

    async def refuse(request: HttpRequest) -> HttpResponse:
        if "/control" in request.url:
            return await carry(request)
        raise NoAnswer("the port is closed", sent=False)

    world.network.send = refuse  # type: ignore[method-assign]

    def again() -> None:
        world.network.send = carry  # type: ignore[method-assign]

    return again


def test_what_was_never_sent_can_be_taken_back_and_is_not_sent_later(tmp_path: Path) -> None:
    """The port was closed: nothing left, and the merchant has its money again."""

    async def scenario() -> None:
        async with small_world(tmp_path, settings=never_asked()) as world:
            before = await world.balances()
            open_again = nothing_leaves(world)
            opened = (await pay(world, with_key("one"))).movement
            live = world.switch.live[opened.id]
            await until(lambda: live.movement.legs[0].status == "planned")

            taken_back = await movements.cancel(
                world.switch, opened.id, merchant=MERCHANT, kind=opened.kind
            )
            open_again()

            assert status_of(taken_back) == "canceled"
            assert opened.id not in world.switch.live
            now = await world.balances()
            assert {name: now[name] for name in before} == before
            with pytest.raises(NotCancelable):
                await movements.cancel(world.switch, opened.id, merchant=MERCHANT, kind=opened.kind)
            assert not world.simulators.journal.find()

    asyncio.run(scenario())


def test_what_is_taken_back_while_it_is_to_be_sent_again_is_left_as_it_ended(
    tmp_path: Path,
) -> None:
    """I-16, seed 5842: whoever waits to send it finds that it has ended, and writes nothing."""

    async def scenario() -> None:
        soon = quick_settings(query_schedule_seconds=(0.05,), query_every_seconds=0.05)
        async with small_world(tmp_path, settings=soon) as world:
            nothing_leaves(world)
            opened = (await pay(world, with_key("one"))).movement
            live = world.switch.live[opened.id]
            await until(
                lambda: live.movement.legs[0].status == "planned" and live.timer is not None
            )
            async with live.lock:
                canceling = asyncio.create_task(
                    movements.cancel(world.switch, opened.id, merchant=MERCHANT, kind=opened.kind)
                )
                await until(lambda: live.timer is None)
            with capture_logs() as logs:
                assert status_of(await canceling) == "canceled"
                await until(lambda: not world.switch.tasks)

            assert not [line for line in logs if line["event"] == "step_broken"]

    asyncio.run(scenario())


def test_what_may_have_been_sent_cannot_be_taken_back(tmp_path: Path) -> None:
    """I-23: the payer may approve while the merchant cancels."""

    async def scenario() -> None:
        async with small_world(tmp_path, settings=never_asked()) as world:
            pending = await undecided(world)
            transfer = await asking.transfer(world.switch, wallet("tmoney", "+22890110200"), PAYEE)

            with pytest.raises(OutcomeUnknown):
                await movements.cancel(
                    world.switch, pending.id, merchant=MERCHANT, kind=pending.kind
                )
            with pytest.raises(NotCancelable):
                await movements.cancel(
                    world.switch, transfer.id, merchant=MERCHANT, kind=transfer.kind
                )
            assert world.switch.live[pending.id].movement == pending

    asyncio.run(scenario())


@pytest.mark.parametrize("what", ["another merchant", "another kind", "another id"])
def test_what_is_not_ones_own_is_not_found(tmp_path: Path, what: str) -> None:
    """I-40: held in memory or in the books."""

    async def scenario() -> None:
        async with small_world(tmp_path, settings=never_asked()) as world:
            opened = await undecided(world)
            merchant = "mer_other" if what == "another merchant" else MERCHANT
            kind = MovementKind.PAYOUT if what == "another kind" else opened.kind
            movement_id = "col_other" if what == "another id" else opened.id
            for use in (movements.find, movements.read, movements.recheck, movements.cancel):
                with pytest.raises(NotFound):
                    await use(world.switch, movement_id, merchant=merchant, kind=kind)

    asyncio.run(scenario())
