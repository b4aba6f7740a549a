"""A refusal beside a callback: asked about before it is believed, and never forgotten (I-25)."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cross.domain.leg import Leg, LegStatus
from cross.domain.movement import Movement, MovementKind
from cross.domain.operator import LookUp, Missing, Outcome, RefusalCode, Refused, Unknown
from cross.domain.status import status_of
from cross.storage import breaks
from cross.storage.store import Advance, Verdict, Write
from cross.switch import legs, requests, schedule
from cross.switch.switch import Live, Switch
from tests.switch import asking
from tests.switch.test_callbacks import success_of, tell
from tests.world import World, quick_settings, small_world, until, wallet

PAYEE = wallet("tmoney", "+22890110101")
REFUSED = Refused(RefusalCode.WALLET_NOT_FOUND, "nonce", None)
SUSPENSE = "suspense:XOF"
SELDOM: Mapping[str, Any] = {"query_schedule_seconds": (600.0,), "query_every_seconds": 600.0}


@asynccontextmanager
async def unasked_and_uncalled(folder: Path) -> AsyncIterator[World]:
    """A world that asks nothing by itself, and whose TMoney's own callback is lost."""
    at_once = quick_settings(**SELDOM, settling_seconds=0, apart_seconds=0)
    async with small_world(folder, settings=at_once) as world:
        await world.control("POST", "/faults", {"operator": "tmoney", "fault": "lose_callback"})
        yield world


def test_a_refusal_of_what_was_called_back_about_is_asked_about_though_a_query_was_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-25, F-N14: what seed 1932 of the simulation found; its transfer was paid and refunded."""
    send = requests.send

    async def scenario() -> None:
        async with unasked_and_uncalled(tmp_path) as world:

            async def done_called_back_and_refused(
                switch: Switch, movement: Movement, leg: Leg
            ) -> Outcome:
                down = {"operator": "tmoney", "fault": "status_query_down", "count": 1}
                await world.control("POST", "/faults", {**down, "match": leg.reference})
                await send(switch, movement, leg)
                await tell(world, success_of(leg.reference))
                live = switch.live[movement.id]
                await until(lambda: live.asked_at > 0 and not live.asking)
                return REFUSED

            monkeypatch.setattr(requests, "send", done_called_back_and_refused)
            opened = await asking.payout(world.switch, PAYEE)
            await until(lambda: opened.id not in world.switch.live)

            found = await world.stored(MovementKind.PAYOUT, opened.id)
            assert status_of(found) == "succeeded"
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_a_refusal_stands_once_the_operator_said_twice_that_it_knows_of_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-36, I-23: a forged callback makes us ask; what was refused is not sent again."""
    sent: list[str] = []

    async def scenario() -> None:
        async with small_world(tmp_path) as world:

            async def called_back_and_refused(_: Switch, __: Movement, leg: Leg) -> Outcome:
                sent.append(leg.reference)
                await tell(world, success_of(leg.reference))
                return REFUSED

            monkeypatch.setattr(requests, "send", called_back_and_refused)
            opened = await asking.payout(world.switch, PAYEE)
            await until(lambda: opened.id not in world.switch.live)

            (leg,) = (await world.stored(MovementKind.PAYOUT, opened.id)).legs
            assert leg.failure is not None
            assert (leg.failure.code, leg.failure.operator_code) == ("wallet_not_found", "nonce")
            assert sent == [leg.reference]
            await world.assert_in_agreement()

    asyncio.run(scenario())


async def paid_in_silence(world: World, patch: pytest.MonkeyPatch) -> Live:
    """A payout that its operator has made, and of which this process has heard nothing."""
    send = requests.send

    async def done_in_silence(switch: Switch, movement: Movement, leg: Leg) -> Outcome:
        await send(switch, movement, leg)
        return Unknown("no answer")

    patch.setattr(requests, "send", done_in_silence)
    opened = await asking.payout(world.switch, PAYEE)
    live = world.switch.live[opened.id]
    await until(lambda: live.movement.legs[0].status is LegStatus.UNKNOWN)
    return live


async def assert_it_succeeds(world: World, live: Live) -> None:
    """Once somebody has asked about it again."""
    await until(lambda: live.movement.id not in world.switch.live)
    found = await world.stored(MovementKind.PAYOUT, live.movement.id)
    assert (status_of(found), found.legs[0].sends) == ("succeeded", 1)
    await world.assert_in_agreement()


@pytest.mark.parametrize("stale", [[REFUSED], [Missing(), Missing()]], ids=["no", "unknown twice"])
def test_a_query_that_a_callback_overtakes_is_asked_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stale: list[LookUp]
) -> None:
    """F-N14, F-N03, seed 968: what it did it did after it was asked; its answer says *before*."""
    look_up, left = requests.look_up, list(stale)

    async def scenario() -> None:
        async with unasked_and_uncalled(tmp_path) as world:

            async def as_it_was_before(_: Switch, __: Movement, leg: Leg) -> LookUp:
                answer = left.pop(0)
                if not left:
                    monkeypatch.setattr(requests, "look_up", look_up)
                    await tell(world, success_of(leg.reference))
                return answer

            live = await paid_in_silence(world, monkeypatch)
            monkeypatch.setattr(requests, "look_up", as_it_was_before)
            for _ in stale:
                await legs.ask(world.switch, live)
            await assert_it_succeeds(world, live)

    asyncio.run(scenario())


def test_whoever_calls_back_without_end_ends_nothing_and_a_person_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-21, I-36: every query is overtaken; so nobody knows how it ended."""
    look_up = requests.look_up

    async def scenario() -> None:
        async with unasked_and_uncalled(tmp_path) as world:

            async def always_before(_: Switch, __: Movement, leg: Leg) -> LookUp:
                await tell(world, success_of(leg.reference))
                return REFUSED

            live = await paid_in_silence(world, monkeypatch)
            monkeypatch.setattr(requests, "look_up", always_before)
            monkeypatch.setattr(schedule, "SECONDS_OF_SILENCE", 0)
            asked = asyncio.create_task(legs.ask(world.switch, live))
            await until(lambda: live.movement.attention is not None)
            assert live.movement.legs[0].status is LegStatus.UNKNOWN
            monkeypatch.setattr(requests, "look_up", look_up)
            await asked
            await assert_it_succeeds(world, live)

    asyncio.run(scenario())


def test_a_callback_that_comes_while_a_refusal_waits_to_be_heard_is_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-25: the query was answered before it, and its answer is acted on after it."""
    look_up, answered = requests.look_up, asyncio.Event()

    async def scenario() -> None:
        async with unasked_and_uncalled(tmp_path) as world:

            async def refused_before(_: Switch, __: Movement, ___: Leg) -> LookUp:
                monkeypatch.setattr(requests, "look_up", look_up)
                answered.set()
                return REFUSED

            live = await paid_in_silence(world, monkeypatch)
            monkeypatch.setattr(requests, "look_up", refused_before)
            async with live.lock:
                asked = asyncio.create_task(legs.ask(world.switch, live))
                await answered.wait()
                for _ in range(5):
                    await asyncio.sleep(0)  # until that answer waits for the lock
                await tell(world, success_of(live.movement.legs[0].reference))
            await asked
            await assert_it_succeeds(world, live)

    asyncio.run(scenario())


def test_a_callback_that_comes_while_the_failure_is_being_written_is_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-25: its leg is open in memory still, and nobody will ask about it by himself."""
    send = requests.send

    async def scenario() -> None:
        async with unasked_and_uncalled(tmp_path) as world:
            record = world.switch.recorder.record
            told: list[object] = []

            async def done_and_refused(switch: Switch, movement: Movement, leg: Leg) -> Outcome:
                await send(switch, movement, leg)
                return REFUSED

            async def called_back_meanwhile(write: Write) -> Verdict:
                if not isinstance(write, Advance) or told:
                    return await record(write)
                (leg,) = write.movement.legs
                assert leg.status is LegStatus.FAILED
                told.append(asyncio.ensure_future(record(write)))
                await asyncio.sleep(0)
                callback = asyncio.ensure_future(tell(world, success_of(leg.reference)))
                told.append(callback)
                verdict: Verdict = await told[0]  # type: ignore[misc]
                return verdict

            monkeypatch.setattr(requests, "send", done_and_refused)
            monkeypatch.setattr(world.switch.recorder, "record", called_back_meanwhile)
            await asking.payout(world.switch, PAYEE)
            async with asyncio.timeout(10):
                while not (opened := await breaks.opened(world.switch.store)):
                    await asyncio.sleep(0.01)

            assert (await world.balances())[SUSPENSE] == -asking.AMOUNT.amount
            await world.assert_in_agreement()
            (found,) = opened
            assert (found.kind, found.expected) == ("status_differs", "failed")

    asyncio.run(scenario())
