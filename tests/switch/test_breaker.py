"""An operator that is down is asked for nothing new until it has answered one question (F-O02)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cross.domain.movement import MovementKind
from cross.domain.operator import RefusalCode, Refused, Unknown
from cross.domain.status import status_of
from cross.switch import breaker
from cross.switch.health import DOWN_AFTER, ROW_SECONDS, Health
from tests.switch import asking
from tests.switch.hindering import Hindered, SilentBooks, hindered
from tests.switch.paying import ONLINE, asked_for
from tests.switch.test_overload import collection_of, payout_of, require_refused, rows_of
from tests.world import World, small_world, until, wallet

SILENCE = Unknown("nobody answers")
QUICK = (0.05, 0.05)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "PAUSES_SECONDS", QUICK)


def silenced(world: World, operator: str) -> Hindered:
    """The operator is away, and this process has noticed."""
    found = hindered(world, operator)
    found.away = True
    for _ in range(DOWN_AFTER):
        world.switch.health.heard(operator, SILENCE)
    return found


def test_an_operator_that_is_down_gets_nothing_new_and_is_probed_by_questions_only(
    tmp_path: Path,
) -> None:
    """F-O02, F-O03: refused at once with a clear code, no row; the probe is never a debit."""

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            tmoney = silenced(world, "tmoney")
            bodies: dict[str, Any] = {
                "payouts": payout_of(),
                "collections": collection_of("+22890112233"),
                "transfers": {
                    "source": {"operator": "flooz", "msisdn": "+22896112233"},
                    "destination": {"operator": "tmoney", "msisdn": "+22890112233"},
                    "amount": 500,
                    "currency": "XOF",
                },
            }
            for noun, body in bodies.items():
                answer, problem = await world.ask("POST", f"/v1/{noun}", body, key=noun)
                require_refused(answer, problem, "operator_unavailable")
                assert problem["category"] == "operator"
                assert problem["operator"]["name"] == "tmoney"
            assert await rows_of(world) == 0
            _, listed = await world.ask("GET", "/v1/operators")
            health = {one["name"]: one["health"] for one in listed["data"]}
            assert (health["tmoney"], health["flooz"]) == ("down", "up")
            await until(lambda: len(tmoney.asked) >= 2)  # the probes go on while it is away
            assert tmoney.sent == []
            tmoney.away = False
            await until(lambda: not world.switch.health.is_down("tmoney"))
            answer, _ = await world.ask("POST", "/v1/payouts", payout_of(), key="payouts")
            assert answer.status == 202
            await until(lambda: not world.switch.live)
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_a_planned_leg_waits_until_its_operator_has_answered(tmp_path: Path) -> None:
    """What was accepted is not refused afterwards: the credit waits, and is sent once."""

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            tmoney = hindered(world, "tmoney")
            flooz = hindered(world, "flooz")
            flooz.door.clear()
            calls_back = {"operator": "flooz", "fault": "lose_callback", "match": "22896112233"}
            await world.control("POST", "/faults", {**calls_back, "count": 9})  # asks about it
            moved = await asking.transfer(
                world.switch, wallet("flooz", "+22896112233"), wallet("tmoney", "+22890112233")
            )
            await until(lambda: flooz.under_way == 1)
            tmoney.away = True
            for _ in range(DOWN_AFTER):
                world.switch.health.heard("tmoney", SILENCE)
            flooz.door.set()
            await until(lambda: world.switch.live[moved.id].waits)
            await until(lambda: len(tmoney.asked) >= 3)
            assert tmoney.sent == []
            live = world.switch.live[moved.id]
            assert live.movement.state == "crediting"
            assert not live.movement.outcome_unknown
            tmoney.away = False
            await until(lambda: moved.id not in world.switch.live)
            assert len(tmoney.sent) == 1
            ended = await world.stored(MovementKind.TRANSFER, moved.id)
            assert status_of(ended) == "completed"
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_a_debit_waits_no_longer_than_its_payer_may_approve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails as not sent: nothing moved, and nobody is asked to pay after the time."""

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            books = SilentBooks(world, monkeypatch)
            with books.silent():
                payer = wallet("tmoney", "+22890112233")
                opening = asyncio.create_task(asking.collection(world.switch, payer))
                await until(lambda: bool(world.switch.live))
                tmoney = silenced(world, "tmoney")
            late = await opening
            live = world.switch.live[late.id]
            await until(lambda: live.waits)
            object.__setattr__(live.movement, "approve_by", world.switch.clock())
            world.switch.bulkheads.let_go("tmoney")
            await until(lambda: late.id not in world.switch.live)
            ended = await world.stored(MovementKind.COLLECTION, late.id)
            assert ended.failure is not None
            assert ended.failure.code == "operator_unavailable"
            assert tmoney.sent == []
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_an_operator_without_queries_is_tried_with_one_page(tmp_path: Path) -> None:
    """There a request opens a page and moves nothing: one a pause, and the first answer closes."""

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            online = silenced(world, ONLINE)
            body = {"operator": ONLINE, "amount": 500, "currency": "XOF"}
            answer, problem = await world.ask("POST", "/v1/collections", body, key="page")
            require_refused(answer, problem, "operator_unavailable")
            online.away = False
            await until(lambda: ONLINE in world.switch.trials)
            await asked_for(world, ONLINE)
            assert not world.switch.health.is_down(ONLINE)
            assert len(online.sent) == 1

    asyncio.run(scenario())


def test_refusals_open_no_circuit_and_far_silences_are_no_row() -> None:
    seen = Health()
    for _ in range(DOWN_AFTER * 2):
        seen.heard("tmoney", Refused(RefusalCode.INSUFFICIENT_FUNDS, "500", ""))
    assert not seen.is_down("tmoney")
    for number in range(DOWN_AFTER * 2):
        seen.heard("tmoney", SILENCE, now_seconds=number * (ROW_SECONDS + 1))
    assert not seen.is_down("tmoney")
    for _ in range(DOWN_AFTER):
        seen.heard("tmoney", SILENCE, now_seconds=99_999.0)
    assert seen.is_down("tmoney")
    seen.heard("tmoney", SILENCE, now_seconds=999_999.0)  # open until it has answered
    assert (seen.is_down("tmoney"), seen.of("tmoney")) == (True, "down")
