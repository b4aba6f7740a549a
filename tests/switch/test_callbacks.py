"""A callback is kept, answered, and moves nothing: the operator is asked on our own connection."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cross.domain.errors import SwitchUnavailable, UnknownOperator
from cross.domain.movement import Movement, MovementKind
from cross.domain.operator import CallbackReply, RawCallback
from cross.domain.status import status_of
from cross.settings import Settings
from cross.storage import callbacks as stored
from cross.storage.store import StoreUnavailable, Verdict, Write
from cross.switch import callbacks
from tests.switch import asking
from tests.switch.test_late_success import SUSPENSE, refuse_then_execute
from tests.world import World, quick_settings, small_world, until, wallet

UNDECIDED = wallet("tmoney", "+22890110100")  # waits for a person on the handset
PAYEE = wallet("flooz", "+22896110101")


def never_asked() -> Settings:
    """A switch that asks only when something makes it ask."""
    return quick_settings(query_schedule_seconds=(600.0,), query_every_seconds=600.0)


def success_of(reference: str, *, amount: int = 5_050, note: str = "") -> RawCallback:
    """What tmoney would call back with, made by anybody."""
    body = {"idRequete": reference, "statutRequete": "SUCCES", "code": "2002", "montant": amount}
    return RawCallback("POST", "", (), json.dumps({**body, "note": note}).encode(), "192.0.2.9")


async def tell(world: World, callback: RawCallback, *, operator: str = "tmoney") -> CallbackReply:
    return await callbacks.receive(world.switch, operator, callback)


async def requests(world: World, operator: str) -> Sequence[dict[str, Any]]:
    """What the operator got, oldest first, without tokens."""
    got = (await world.control("GET", f"/requests?operator={operator}&limit=1000"))["data"]
    return [request for request in reversed(got) if not {"login", "token"} & set(_words(request))]


def _words(request: dict[str, Any]) -> list[str]:
    return str(request["path"]).lower().split("/")


async def prompted(world: World) -> Movement:
    """A transfer whose payer has the prompt on the phone, the operator's answer heard."""
    opened = await asking.transfer(world.switch, UNDECIDED, PAYEE)
    live = world.switch.live[opened.id]
    await until(lambda: live.movement.legs[0].status == "pending")
    return live.movement


async def approve(world: World) -> None:
    number = UNDECIDED.msisdn.digits
    (prompt,) = (await world.control("GET", f"/handsets/{number}"))["prompts"]
    body = {"action": "approve", "pin": "1234"}
    await world.control("POST", f"/handsets/{number}/prompts/{prompt['id']}", body)


async def asked_and_heard(world: World, movement: Movement, *, times: int) -> None:
    """Waits until tmoney was asked about the debit so often, and what it said was heard."""
    live = world.switch.live[movement.id]
    async with asyncio.timeout(10):
        while len(await requests(world, "tmoney")) < 1 + times or live.asking:
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("amount", [5_050, 5_000, 1, 10**12])
def test_a_forged_success_makes_us_ask_and_moves_nothing(tmp_path: Path, amount: int) -> None:
    """I-36, I-37, F-C11: whatever it says, the operator says that the payer has not decided."""

    async def scenario() -> None:
        async with small_world(tmp_path, settings=never_asked()) as world:
            opened = await prompted(world)
            before = await world.balances()

            await tell(world, success_of(opened.legs[0].reference, amount=amount))
            await asked_and_heard(world, opened, times=1)

            assert world.switch.live[opened.id].movement.legs[0].status == "pending"
            assert await world.balances() == before
            assert not world.simulators.journal.find()
            assert not await requests(world, "flooz")

    asyncio.run(scenario())


def test_the_operator_is_asked_before_anything_is_paid_out(tmp_path: Path) -> None:
    """I-36: between the true callback and the credit stands our own query."""

    async def scenario() -> None:
        async with small_world(tmp_path, settings=never_asked()) as world:
            opened = await prompted(world)
            await approve(world)
            await until(lambda: bool(world.simulators.journal.find(operator="flooz")))

            debit, query, *_ = await requests(world, "tmoney")
            credit, *_ = await requests(world, "flooz")
            assert (debit["method"], query["method"]) == ("POST", "GET")
            assert opened.legs[0].reference in query["query"]
            assert query["at"] <= credit["at"]
            await until(lambda: opened.id not in world.switch.live)
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_a_true_callback_with_another_amount_changes_no_amount(tmp_path: Path) -> None:
    """F-C03: our query tells the sum, not the callback."""

    async def scenario() -> None:
        async with small_world(tmp_path, settings=never_asked()) as world:
            altered = {"operator": "tmoney", "fault": "alter_callback_amount"}
            await world.control("POST", "/faults", altered)
            opened = await prompted(world)
            await approve(world)
            await until(lambda: opened.id not in world.switch.live)

            found = await world.stored(MovementKind.TRANSFER, opened.id)
            assert status_of(found) == "completed"
            assert [line.amount for line in world.simulators.journal.find()] == [5_050, 5_000]
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_a_callback_repeated_ten_times_has_one_effect_and_is_kept_once(tmp_path: Path) -> None:
    """I-22, F-C02: during the movement and after it."""

    async def scenario() -> None:
        async with small_world(tmp_path, settings=never_asked()) as world:
            opened = await prompted(world)
            await world.control("POST", "/faults", {"operator": "tmoney", "fault": "lose_callback"})
            await approve(world)
            callback = success_of(opened.legs[0].reference)
            for _ in range(5):
                await tell(world, callback)
            await until(lambda: opened.id not in world.switch.live)
            for _ in range(5):
                await tell(world, callback)

            kept = await world.switch.store.rows(
                "SELECT count(*) FROM callbacks WHERE operator = 'tmoney'", {}
            )
            assert kept[0][0] == 1
            assert len(world.simulators.journal.find()) == 2
            await world.assert_in_agreement()

    asyncio.run(scenario())


@pytest.mark.parametrize("operator", ["tmoney", "flooz"])
def test_a_callback_that_overtakes_the_answer_to_the_request_is_heard(
    tmp_path: Path, operator: str
) -> None:
    """F-C04: the leg is known before its request leaves."""

    async def scenario() -> None:
        async with small_world(tmp_path, settings=never_asked()) as world:
            early = {"operator": operator, "fault": "early_callback"}
            await world.control("POST", "/faults", early)
            number = "+22890110101" if operator == "tmoney" else "+22896110101"
            opened = await asking.collection(world.switch, wallet(operator, number))
            await until(lambda: opened.id not in world.switch.live)

            found = await world.stored(MovementKind.COLLECTION, opened.id)
            assert status_of(found) == "succeeded"
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_an_unknown_reference_is_kept_answered_and_asked_about_nowhere(tmp_path: Path) -> None:
    """F-C06, S-IN-09."""

    async def scenario() -> None:
        async with small_world(tmp_path, settings=never_asked()) as world:
            reply = await tell(world, success_of("CRX01JABCDEFGHJKMNPQRSTVWXYZD"))
            async with asyncio.timeout(10):
                while await stored.waiting(world.switch.store):
                    await asyncio.sleep(0.005)

            assert reply.status == 200
            assert not await requests(world, "tmoney")
            assert not await requests(world, "flooz")

    asyncio.run(scenario())


def test_one_operator_cannot_speak_for_another(tmp_path: Path) -> None:
    """I-37: flooz calls about a leg at tmoney; tmoney is asked, flooz is not."""

    async def scenario() -> None:
        async with small_world(tmp_path, settings=never_asked()) as world:
            opened = await prompted(world)
            before = await world.balances()
            body = {"mrchrefid": opened.legs[0].reference, "status": "0", "amount": 5_050}
            forged = RawCallback("POST", "", (), json.dumps(body).encode(), "192.0.2.9")

            await tell(world, forged, operator="flooz")
            await asked_and_heard(world, opened, times=1)

            assert world.switch.live[opened.id].movement.legs[0].status == "pending"
            assert not await requests(world, "flooz")
            assert await world.balances() == before

    asyncio.run(scenario())


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"{", b"[]", b'{"idRequete": ["a"]}'])
def test_a_body_that_cannot_be_read_is_kept_as_it_came(tmp_path: Path, body: bytes) -> None:
    """S-IN-03: and it waits for nobody."""

    async def scenario() -> None:
        async with small_world(tmp_path, settings=never_asked()) as world:
            raw = RawCallback("POST", "a=%00", (("X-A", "b"),), body, "192.0.2.9")
            assert (await tell(world, raw)).status == 200

            (row,) = await world.switch.store.rows(
                "SELECT body, peer, waiting FROM callbacks WHERE reference IS NULL", {}
            )
            assert (bytes(row[0]), row[1], row[2]) == (body, "192.0.2.9", 0)

    asyncio.run(scenario())


def test_a_late_success_told_many_times_is_in_suspense_once(tmp_path: Path) -> None:
    """I-25: the movement stays failed, and every repetition finds the money booked."""

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            await refuse_then_execute(world)
            async with asyncio.timeout(10):
                while SUSPENSE not in await world.balances():
                    await asyncio.sleep(0.01)
            (debit,) = world.simulators.journal.find(operator="flooz")
            for number in range(5):
                body = {"mrchrefid": debit.reference, "note": number}
                raw = RawCallback("POST", "", (), json.dumps(body).encode(), "192.0.2.9")
                await tell(world, raw, operator="flooz")
            async with asyncio.timeout(10):
                while await stored.waiting(world.switch.store):
                    await asyncio.sleep(0.01)

            assert (await world.balances())[SUSPENSE] == asking.AMOUNT.amount
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_what_cannot_be_kept_is_not_received(tmp_path: Path) -> None:
    """I-15, F-C08: the operator hears no *received*, nobody is asked, and it calls again."""

    async def scenario() -> None:
        async with small_world(tmp_path, settings=never_asked()) as world:
            opened = await prompted(world)
            record = world.switch.store.record

            async def full(writes: Sequence[Write]) -> Sequence[Verdict]:
                raise StoreUnavailable(f"no room for {len(writes)} writes")

            world.switch.store.record = full  # type: ignore[method-assign]
            with pytest.raises(SwitchUnavailable):
                await tell(world, success_of(opened.legs[0].reference))
            world.switch.store.record = record  # type: ignore[method-assign]

            assert len(await requests(world, "tmoney")) == 1
            await tell(world, success_of(opened.legs[0].reference))
            await asked_and_heard(world, opened, times=1)

    asyncio.run(scenario())


def test_nobody_calls_back_for_an_operator_that_is_not_connected(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            with pytest.raises(UnknownOperator):
                await tell(world, success_of("CRX0"), operator="nobody")

    asyncio.run(scenario())
