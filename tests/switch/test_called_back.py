"""A refusal beside a callback: asked about before it is believed, and never forgotten (I-25)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cross.domain.leg import Leg, LegStatus
from cross.domain.movement import Movement, MovementKind
from cross.domain.operator import LookUp, Outcome, RefusalCode, Refused, Unknown
from cross.domain.status import status_of
from cross.storage import breaks
from cross.storage.store import Advance, Verdict, Write
from cross.switch import legs, requests
from cross.switch.switch import Switch
from tests.switch import asking
from tests.switch.test_callbacks import never_asked, success_of, tell
from tests.world import World, small_world, until, wallet

PAYEE = wallet("tmoney", "+22890110101")
REFUSED = Refused(RefusalCode.WALLET_NOT_FOUND, "nonce", None)
SUSPENSE = "suspense:XOF"


@asynccontextmanager
async def unasked_and_uncalled(folder: Path) -> AsyncIterator[World]:
    """A world that asks nothing by itself, and whose TMoney's own callback is lost."""
    async with small_world(folder, settings=never_asked()) as world:
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


def test_a_query_that_refuses_what_is_called_back_about_meanwhile_is_asked_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-N14: what it did it did after it was asked, and its callback overtook that answer."""
    send, look_up = requests.send, requests.look_up

    async def scenario() -> None:
        async with unasked_and_uncalled(tmp_path) as world:

            async def done_in_silence(switch: Switch, movement: Movement, leg: Leg) -> Outcome:
                await send(switch, movement, leg)
                return Unknown("no answer")

            async def refused_before(_: Switch, __: Movement, leg: Leg) -> LookUp:
                monkeypatch.setattr(requests, "look_up", look_up)
                await tell(world, success_of(leg.reference))
                return REFUSED

            monkeypatch.setattr(requests, "send", done_in_silence)
            monkeypatch.setattr(requests, "look_up", refused_before)
            opened = await asking.payout(world.switch, PAYEE)
            live = world.switch.live[opened.id]
            await until(lambda: live.movement.legs[0].status is LegStatus.UNKNOWN)
            await legs.ask(world.switch, live)
            await until(lambda: opened.id not in world.switch.live)

            found = await world.stored(MovementKind.PAYOUT, opened.id)
            assert status_of(found) == "succeeded"
            await world.assert_in_agreement()

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
