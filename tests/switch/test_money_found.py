"""An operator that lies, contradicts itself or changes its mind: the float stays true, once."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from cross.domain.leg import LegKind
from cross.domain.money import xof
from cross.domain.movement import Movement
from cross.domain.operator import LegRequest, LookUp, Missing, Pending, RawCallback, Succeeded
from cross.domain.stop import OperatorStopped
from cross.storage import breaks, ledger
from cross.switch import callbacks, legs, losses, monitors, stops
from cross.switch.monitors import Watch
from cross.switch.switch import Switch
from tests.switch import asking, deciding
from tests.world import MERCHANT, World, small_world, until, wallet

Scene: TypeAlias = Callable[[World], Coroutine[Any, Any, None]]
PAYER = wallet("flooz", "+22896112233")
PERSON = wallet("flooz", "+22896110100")
PAYEE = wallet("tmoney", "+22890112299")
AVAILABLE = f"available:{MERCHANT}:XOF"
SUSPENSE, LOSS = "suspense:XOF", "loss:XOF"


def play(folder: Path, scene: Scene) -> None:
    async def whole() -> None:
        async with small_world(folder) as world:
            await scene(world)
            assert await ledger.unbalanced(world.switch.store) == []
            assert await ledger.drifted(world.switch.store) == []

    asyncio.run(whole())


async def plant(world: World, operator: str, lie: str, **more: Any) -> None:
    await world.control("POST", "/faults", {"operator": operator, "fault": lie, **more})


async def ended(world: World, movement: Movement) -> Movement:
    await until(lambda: movement.id not in world.switch.live)
    return await world.stored(movement.kind, movement.id)


async def kinds(world: World) -> list[str]:
    return [one.kind.value for one in await breaks.opened(world.switch.store)]


async def asked_again(world: World, movement: Movement, kind: str) -> None:
    """Somebody speaks of a request long after its end, and its operator is asked."""
    deciding.later(world.switch, days=1)
    found = await world.stored(movement.kind, movement.id)
    await legs.ask_about_final(world.switch, found, LegKind(kind))


async def lose(world: World) -> Movement:
    """A transfer whose credit was refused, given back, and made all the same."""
    await plant(world, "tmoney", "claim_failure", count=1)
    transfer = await ended(world, await asking.transfer(world.switch, PAYER, PAYEE))
    assert transfer.state == "refunded"

    async def succeeded(request: LegRequest) -> LookUp:
        del request
        return Succeeded("X1")

    connector: Any = world.switch.operators["tmoney"]
    connector.look_up_payout = succeeded
    await asked_again(world, transfer, "credit")
    return transfer


async def assert_floats_are_true(world: World, *operators: str) -> None:
    """I-02: what the books say is what the operator has."""
    books = await world.balances()
    for name in operators:
        partner = await world.control("GET", f"/partner/{name}")
        assert partner["balance"] == books[f"float:{name}"], name


def test_a_success_that_was_none_is_no_second_credit(tmp_path: Path) -> None:
    """F-O04: only a statement can tell; until then nothing is sent again."""

    async def scene(world: World) -> None:
        await plant(world, "tmoney", "claim_success")
        before = await world.balances()
        paid = await ended(world, await asking.payout(world.switch, PAYEE))
        assert paid.state == "succeeded"
        assert world.simulators.journal.find(reference=paid.legs[0].reference) == ()
        await asked_again(world, paid, "credit")
        assert (await world.balances())["float:tmoney"] == before["float:tmoney"] - 5_000
        assert await kinds(world) == []

    play(tmp_path, scene)


@pytest.mark.parametrize("kind", ["debit", "credit"])
def test_a_failure_that_was_none_is_in_suspense_once_it_is_known(tmp_path: Path, kind: str) -> None:
    """F-O05, I-25: a collection that was collected, a payout that was paid."""

    async def scene(world: World) -> None:
        switch = world.switch
        operator = "flooz" if kind == "debit" else "tmoney"
        await plant(world, operator, "claim_failure", count=1)
        asked = asking.collection(switch, PAYER) if kind == "debit" else None
        refused = await ended(world, await (asked or asking.payout(switch, PAYEE)))
        assert refused.state == "failed"
        before = await world.balances()

        async def succeeded(request: LegRequest) -> LookUp:
            del request
            return Succeeded("X1")

        connector: Any = switch.operators[operator]
        connector.look_up_collection = connector.look_up_payout = succeeded
        for _ in range(2):
            await asked_again(world, refused, kind)

        sign = 1 if kind == "debit" else -1
        after = await world.balances()
        assert after[SUSPENSE] == sign * 5_000
        assert after[AVAILABLE] == before[AVAILABLE]
        assert await kinds(world) == ["status_differs"]
        assert (await world.stored(refused.kind, refused.id)).state == "failed"
        await assert_floats_are_true(world, operator)

    play(tmp_path, scene)


def test_a_credit_that_was_made_after_its_refund_is_a_loss_and_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """F-O05: the payer has his money back, and the payee has it too."""

    async def scene(world: World) -> None:
        transfer = await lose(world)
        after = await world.balances()
        assert (after[LOSS], after.get(SUSPENSE, 0)) == (-5_000, 0)
        assert await kinds(world) == ["status_differs"]
        assert (await world.stored(transfer.kind, transfer.id)).state == "refunded"
        await assert_floats_are_true(world, "tmoney", "flooz")
        assert "page" in capsys.readouterr().out
        await until(lambda: world.switch.stops.by("tmoney", "F-O05") is not None)
        for refused in (asking.payout(world.switch, PAYEE), asking.collection(world.switch, PAYEE)):
            with pytest.raises(OperatorStopped):
                await refused
        await ended(world, await asking.collection(world.switch, PAYER))

    play(tmp_path, scene)


def test_a_loss_stops_its_operator_once_and_again_where_the_process_died_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-O05, I-46: found in the books at the next start; lifted by people, it stays lifted."""

    async def scene(world: World) -> None:
        switch = world.switch

        async def dies(switch: Switch) -> None:
            del switch

        with monkeypatch.context() as patched:
            patched.setattr(losses, "look", dies)
            await lose(world)
        assert switch.stops.by("tmoney", "F-O05") is None
        await monitors.begin(switch)
        stop = switch.stops.by("tmoney", "F-O05")
        assert stop is not None
        await stops.lift(switch, stop.id, by="ama, kofi", reason="talked to them", override=False)
        await monitors.begin(switch)
        assert switch.stops.by("tmoney", "F-O05") is None

    play(tmp_path, scene)


@pytest.mark.parametrize("kind", ["debit", "credit"])
def test_a_success_that_is_taken_back_the_next_day_is_an_entry_of_its_own(
    tmp_path: Path, kind: str
) -> None:
    """F-O07: the original entry and the state stay as they are."""

    async def scene(world: World) -> None:
        switch = world.switch
        operator = "flooz" if kind == "debit" else "tmoney"
        await plant(world, operator, "undo", value=1_000)
        asked = asking.collection(switch, PAYER) if kind == "debit" else None
        done = await ended(world, await (asked or asking.payout(switch, PAYEE)))
        assert done.state == "succeeded"
        before = await world.balances()
        await world.control("POST", "/clock", {"advance_seconds": 86_400})
        for _ in range(2):
            await asked_again(world, done, kind)

        after = await world.balances()
        assert after[AVAILABLE] == before[AVAILABLE]
        assert after[SUSPENSE] == (-5_000 if kind == "debit" else 5_000)
        assert await kinds(world) == ["status_differs"]
        await assert_floats_are_true(world, operator)
        causes = await switch.store.rows(
            "SELECT cause FROM entries WHERE movement = :id ORDER BY id", {"id": done.id}
        )
        assert [row[0] for row in causes][-2:] == [
            f"{kind}.succeeded",
            f"{kind}.operator_reversal",
        ]

    play(tmp_path, scene)


def test_another_amount_is_booked_as_what_moved_and_taken_back_once_it_is_explained(
    tmp_path: Path,
) -> None:
    """F-O09, I-02: no success, and the float says what the operator has."""

    async def scene(world: World) -> None:
        switch = world.switch
        await plant(world, "flooz", "other_amount", value=4_000, count=1)
        before = await world.balances()
        opened = await asking.collection(switch, PAYER)
        await deciding.eventually(lambda: kinds(world))
        live = switch.live[opened.id]
        assert live.movement.attention is not None
        assert live.movement.attention.reason == "amount_differs"
        await deciding.eventually(lambda: _suspense(world))
        after = await world.balances()
        assert (after[SUSPENSE], after[AVAILABLE]) == (4_000, before[AVAILABLE])
        await assert_floats_are_true(world, "flooz")

        async def right(request: LegRequest) -> LookUp:
            del request
            return Succeeded("X1", xof(5_000))

        connector: Any = switch.operators["flooz"]
        connector.look_up_collection = right
        await ended(world, opened)
        await deciding.eventually(lambda: _nothing(world))
        after = await world.balances()
        assert after["float:flooz"] == before["float:flooz"] + 5_000

    play(tmp_path, scene)


async def _suspense(world: World) -> int:
    return (await world.balances()).get(SUSPENSE, 0)


async def _nothing(world: World) -> bool:
    return await _suspense(world) == 0


def test_an_operator_that_contradicts_itself_three_times_is_looked_at_by_a_person(
    tmp_path: Path,
) -> None:
    """F-O06: it stays unknown, and *not found* proves nothing any more."""

    async def scene(world: World) -> None:
        connector: Any = world.switch.operators["flooz"]
        turns = 0

        async def flips(request: LegRequest) -> LookUp:
            nonlocal turns
            del request
            turns += 1
            return Pending("F1") if turns % 2 and turns < 9 else Missing()

        connector.look_up_collection = flips
        opened = await asking.collection(world.switch, PERSON)
        live = world.switch.live[opened.id]
        await until(lambda: live.movement.attention is not None)
        assert live.movement.attention is not None
        assert live.movement.attention.reason == "contradictory_answers"
        await until(lambda: turns > 14)
        assert world.switch.live[opened.id] is live
        leg = live.movement.legs[0]
        assert (leg.status, leg.sends) == ("unknown", 1)

    play(tmp_path, scene)


def test_a_request_that_is_forgotten_and_found_again_is_sent_once(tmp_path: Path) -> None:
    """F-O13: while it is settling, *not found* proves nothing."""

    async def scene(world: World) -> None:
        await plant(world, "flooz", "forget", count=2)
        before = await world.balances()
        done = await ended(world, await asking.collection(world.switch, PAYER))
        assert (done.state, done.legs[0].sends) == ("succeeded", 1)
        assert (await world.balances())[AVAILABLE] == before[AVAILABLE] + 5_000
        await world.assert_in_agreement()

    play(tmp_path, scene)


def test_one_reference_of_the_operator_for_two_requests_is_a_break(tmp_path: Path) -> None:
    """F-O11."""

    async def scene(world: World) -> None:
        first = await ended(world, await asking.payout(world.switch, PAYEE))
        await plant(world, "tmoney", "reuse_reference", count=1)
        second = await ended(world, await asking.payout(world.switch, PAYEE))
        assert first.legs[0].operator_reference == second.legs[0].operator_reference
        await deciding.eventually(lambda: kinds(world))
        (found,) = await breaks.opened(world.switch.store)
        assert (found.kind, found.movement) == ("reference_reused", second.id)
        assert first.legs[0].reference in found.heard
        await world.assert_in_agreement()

    play(tmp_path, scene)


def test_a_reference_used_again_after_a_restart_is_a_break_and_told_once(tmp_path: Path) -> None:
    """F-O11: the process that heard the first is gone, and so is what it remembered."""

    async def scene(world: World) -> None:
        first = await ended(world, await asking.payout(world.switch, PAYEE))
        world.switch.own_references.clear()
        await plant(world, "tmoney", "reuse_reference", count=1)
        second = await ended(world, await asking.payout(world.switch, PAYEE))
        anew = Watch(world.switch)
        await anew.look()
        (found,) = await breaks.opened(world.switch.store)
        assert (found.kind, found.movement) == ("reference_reused", second.id)
        assert first.legs[0].reference in found.heard
        await Watch(world.switch).look()
        assert await kinds(world) == ["reference_reused"]

    play(tmp_path, scene)


def test_a_request_that_is_executed_twice_is_sent_once_and_booked_once(tmp_path: Path) -> None:
    """F-O12: what the operator did besides is on its statement, and not in our answers."""

    async def scene(world: World) -> None:
        await plant(world, "tmoney", "execute_twice", count=1)
        before = await world.balances()
        paid = await ended(world, await asking.payout(world.switch, PAYEE))
        assert (paid.state, paid.legs[0].sends) == ("succeeded", 1)
        assert (await world.balances())["float:tmoney"] == before["float:tmoney"] - 5_000
        assert len(world.simulators.journal.find(reference=paid.legs[0].reference)) == 2

    play(tmp_path, scene)


async def _called_back(world: World, movement: Movement) -> RawCallback:
    """The last callback about a movement, as it was kept."""
    reference = movement.legs[0].reference

    async def kept() -> Any:
        return await world.switch.store.rows(
            "SELECT method, query, headers, body, peer FROM callbacks WHERE reference = :reference",
            {"reference": reference},
        )

    row = (await deciding.eventually(kept))[-1]
    return RawCallback(row[0], row[1], (), bytes(row[3]), row[4])


@pytest.mark.parametrize("days", [0, 30])
def test_a_callback_that_contradicts_the_end_is_kept_and_the_query_decides(
    tmp_path: Path, days: int
) -> None:
    """F-C05, F-C09: `Completed` and `Failure` for one order, at once and thirty days late."""

    async def scene(world: World) -> None:
        done = await ended(world, await asking.collection(world.switch, PAYER))
        told = await _called_back(world, done)
        before = await world.balances()
        deciding.later(world.switch, days=days)
        failure = told.body.replace(b"SUCCESS", b"FAILED") + b" "
        for body in (failure, told.body + b"  "):
            again = RawCallback(told.method, told.query, told.headers, body, told.peer)
            await callbacks.receive(world.switch, "flooz", again)
        await deciding.eventually(lambda: _nothing_waits(world))

        assert await world.balances() == before
        assert await kinds(world) == []
        assert (await world.stored(done.kind, done.id)).state == "succeeded"
        kept = await world.switch.store.rows("SELECT count(*) FROM callbacks", {})
        assert kept[0][0] >= 3

    play(tmp_path, scene)


async def _nothing_waits(world: World) -> bool:
    found = await world.switch.store.rows("SELECT count(*) FROM callbacks WHERE waiting = 1", {})
    return int(found[0][0]) == 0
