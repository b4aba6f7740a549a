"""Collections on an operator's own page: the way there, the way back, and what proves a payment."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from cross.domain.operator import RawCallback
from cross.outbound import HttpRequest
from cross.settings import Settings
from cross.storage import breaks
from cross.storage import callbacks as stored
from cross.switch import callbacks
from tests.switch import paying
from tests.switch.paying import DMONEY, ONLINE, REFUSAL, notice, tell
from tests.world import World, small_world

Scene = Callable[[World], Awaitable[None]]


def play(folder: Path, scene: Scene, *, settings: Settings | None = None) -> None:
    async def run() -> None:
        async with small_world(folder, settings=settings) as world:
            await scene(world)

    asyncio.run(run())


async def at_rest(world: World) -> None:
    """Every callback weighed."""
    async with asyncio.timeout(10):
        while await stored.waiting(world.switch.store) or world.switch.is_looking:
            await asyncio.sleep(0.005)


async def kinds(world: World) -> list[str]:
    """Which breaks are open."""
    return sorted(one.kind.value for one in await breaks.opened(world.switch.store))


def test_the_answer_has_the_form_that_leads_to_the_page(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        opened = await paying.asked_for(
            world, ONLINE, description="Commande 77", return_url="https://shop.example/a?b=1&c=2"
        )
        action = opened["next_action"]

        assert (opened["status"], opened["msisdn"]) == ("pending", None)
        assert (action["type"], action["method"]) == ("redirect", "POST")
        fields = action["fields"]
        assert (fields["amount"], fields["text"]) == ("5000", "Commande 77")
        back = f"{world.switch.settings.public_url}/back/{opened['id']}"
        assert (fields["accepturl"], fields["cancelurl"]) == (back, f"{back}/canceled")
        assert (await paying.now(world, opened))["next_action"] == action

    play(tmp_path, scene)


def test_without_a_description_the_page_shows_who_asks(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, ONLINE)
        assert opened["next_action"]["fields"]["text"] == "Boutique"

    play(tmp_path, scene)


@pytest.mark.parametrize("operator", [ONLINE, DMONEY])
def test_a_payment_on_the_page_ends_in_the_balance(tmp_path: Path, operator: str) -> None:
    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, operator, amount=1_500)
        pay = paying.pay_online if operator == ONLINE else paying.pay_dmoney
        await pay(world, opened)
        found = await paying.ended(world, opened)

        assert found["status"] == "succeeded"
        assert found["next_action"] is None
        (line,) = world.simulators.journal.find(operator=operator)
        assert line.amount == 1_500
        await world.assert_in_agreement()
        await at_rest(world)
        assert await kinds(world) == []

    play(tmp_path, scene)


def test_a_payer_who_leaves_dmoneys_page_may_come_again(tmp_path: Path) -> None:
    """operators.md 5.11: the order waits on."""

    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, DMONEY)
        visitor = await paying.sent_on(world, opened)
        await paying.press(visitor, "cancel")
        stands = await paying.now(world, opened)

        assert (stands["status"], stands["next_action"]["type"]) == ("pending", "redirect")
        assert not world.simulators.journal.find()
        await paying.pay_dmoney(world, stands)
        assert (await paying.ended(world, opened))["status"] == "succeeded"

    play(tmp_path, scene)


def test_a_payer_who_cancels_at_tmoney_online_pays_nothing(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, ONLINE)
        visitor = await paying.sent_on(world, opened)
        await paying.press(visitor, "cancel")
        found = await paying.ended(world, opened)

        assert found["status"] == "failed"
        assert found["failure"]["code"] == "canceled_by_payer"
        assert not world.simulators.journal.find()

    play(tmp_path, scene)


@pytest.mark.parametrize("operator", [ONLINE, DMONEY])
@pytest.mark.parametrize("end", ["", "/canceled"])
def test_a_return_address_opened_by_hand_proves_nothing(
    tmp_path: Path, operator: str, end: str
) -> None:
    async def scene(world: World) -> None:
        url = "https://shop.example/thanks"
        named = await paying.asked_for(world, operator, return_url=url)
        unnamed = await paying.asked_for(world, operator)
        before = await world.balances()

        onward, _ = await raw(world, f"/back/{named['id']}{end}?status=SUCCESS")
        page, text = await raw(world, f"/back/{unnamed['id']}{end}")
        nobodys, _ = await raw(world, f"/back/col_01JABCDEFGHJKMNPQRSTVWXYZ0{end}")

        assert (onward.status, dict(onward.headers)["location"]) == (303, url)
        assert (page.status, nobodys.status) == (200, 200)
        assert page.body == nobodys.body
        assert "<script" not in text
        assert (await paying.now(world, named))["status"] == "pending"
        assert await world.balances() == before

    play(tmp_path, scene)


async def raw(world: World, path: str) -> tuple[Any, str]:

    answer = await world.network.send(HttpRequest("GET", f"http://switch{path}", (), b"", 5.0))
    return answer, answer.body.decode()


FORGED = {
    "from a strangers address": (paying.STRANGERS_ADDRESS, {}),
    "with another token": (paying.OPERATORS_ADDRESS, {"purchaseref": "CRX0-0"}),
    "in another currency": (paying.OPERATORS_ADDRESS, {"currency": "262"}),
    "paid, with an error": (paying.OPERATORS_ADDRESS, {"error": "CANCEL"}),
    "with a field more": (paying.OPERATORS_ADDRESS, {"paid": "1"}),
    "refused, from a strangers address": (paying.STRANGERS_ADDRESS, REFUSAL),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_notification_is_kept_and_moves_nothing(tmp_path: Path, how: str) -> None:
    """I-37, F-C11: and the true one that follows counts."""

    async def scene(world: World) -> None:
        peer, changed = FORGED[how]
        opened = await paying.asked_for(world, ONLINE)
        before = await world.balances()
        await tell(world, notice(opened, **changed), peer=peer)
        await at_rest(world)

        assert (await paying.now(world, opened))["status"] == "pending"
        assert await world.balances() == before
        await paying.pay_online(world, opened)
        assert (await paying.ended(world, opened))["status"] == "succeeded"
        await world.assert_in_agreement()

    play(tmp_path, scene)


def test_an_altered_amount_is_no_success_and_opens_a_break(tmp_path: Path) -> None:
    """F-O09: a person looks; the true notification still counts where it comes."""

    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, ONLINE)
        await tell(world, notice(opened, amount="4999", paymentref="P0"))
        await at_rest(world)
        stands = await paying.now(world, opened)

        assert (stands["status"], stands["needs_attention"]) == ("unknown", True)
        assert await kinds(world) == ["amount_differs"]
        await paying.pay_online(world, opened)
        assert (await paying.ended(world, opened))["status"] == "succeeded"
        await world.assert_in_agreement()

    play(tmp_path, scene)


def test_a_payment_of_another_amount_then_refused_is_no_failure(tmp_path: Path) -> None:
    """I-23: two answers that cannot both be true leave it unknown."""

    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, ONLINE)
        await tell(world, notice(opened, amount="4999"))
        await tell(world, notice(opened, **REFUSAL))
        await at_rest(world)

        assert (await paying.now(world, opened))["status"] == "unknown"
        assert await kinds(world) == ["amount_differs", "status_differs"]

    play(tmp_path, scene)


def test_the_first_answer_counts_and_a_contradiction_opens_one_break(tmp_path: Path) -> None:
    """Told before, during and after, as often as anybody likes."""

    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, ONLINE)
        await paying.pay_online(world, opened)
        assert (await paying.ended(world, opened))["status"] == "succeeded"
        for stamp in range(3):
            await tell(world, notice(opened, **REFUSAL, timestamp=str(1_469_024_554 + stamp)))
        await at_rest(world)

        assert (await paying.now(world, opened))["status"] == "succeeded"
        assert await kinds(world) == ["status_differs"]
        told = await world.switch.store.rows(
            "SELECT count(*) FROM events WHERE type = 'reconciliation.break_opened'", {}
        )
        assert told[0][0] == 1
        await world.assert_in_agreement()

    play(tmp_path, scene)


def test_a_second_payment_of_one_order_is_a_break_and_no_second_success(tmp_path: Path) -> None:
    """F-O11, F-O12: it is in suspense, once, and nobody's."""

    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, ONLINE)
        await paying.pay_online(world, opened)
        await paying.ended(world, opened)
        before = await world.balances()
        await tell(world, notice(opened, paymentref="P-ANOTHER"))
        await at_rest(world)

        await tell(world, notice(opened, paymentref="P-ANOTHER"))
        await at_rest(world)

        after = await world.balances()
        assert after["suspense:XOF"] == 5_000
        assert {name for name in after if after[name] != before.get(name, 0)} == {
            "suspense:XOF",
            "float:tmoney-online",
        }
        assert await kinds(world) == ["paid_twice"]

    play(tmp_path, scene)


@pytest.mark.parametrize("together", [False, True])
def test_a_success_after_a_refusal_is_in_suspense_and_a_break(
    tmp_path: Path, *, together: bool
) -> None:
    """I-25: the state stays; the money is where it can be found."""

    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, ONLINE)
        before = await world.balances()
        if together:
            await asyncio.gather(
                tell(world, notice(opened, **REFUSAL)), tell(world, notice(opened))
            )
        else:
            await tell(world, notice(opened, **REFUSAL))
            await paying.ended(world, opened)
            await tell(world, notice(opened))
        found = await paying.ended(world, opened)
        await at_rest(world)

        books = await world.balances()
        assert found["status"] in ("failed", "succeeded")
        assert await kinds(world) == ["status_differs"]
        assert books["float:tmoney-online"] == before["float:tmoney-online"] + 5_000
        if found["status"] == "failed":
            assert books["suspense:XOF"] == 5_000

    play(tmp_path, scene)


def test_a_notification_told_many_times_is_one_payment(tmp_path: Path) -> None:
    """F-C02, F-C14: the same, and the same at another moment."""

    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, ONLINE)
        for number in range(20):
            await tell(world, notice(opened, timestamp=str(1_469_024_554 + number // 5)))
        found = await paying.ended(world, opened)
        await at_rest(world)

        assert found["status"] == "succeeded"
        assert await kinds(world) == []
        kept = await world.switch.store.rows("SELECT count(*) FROM callbacks", {})
        assert kept[0][0] == 4

    play(tmp_path, scene)


@pytest.mark.parametrize("path", ["callbacks", "webhooks/payment"])
def test_dmoneys_notification_makes_us_ask_wherever_it_knocks(tmp_path: Path, path: str) -> None:
    """api.md 5: unsigned it is nothing, and the answer is the same for all."""

    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, DMONEY)
        known = (await world.stored_leg(opened["id"])).reference
        token = world.switch.callback_tokens[DMONEY]
        place = f"/callbacks/dmoney/{token}" if path == "callbacks" else f"/{path}"
        answers = []
        for reference in (known, "CRX01JABCDEFGHJKMNPQRSTVWXYZD"):
            body = {"merch_order_id": reference, "trade_status": "Completed"}
            answer, _ = await world.ask("POST", place, body)
            answers.append((answer.status, answer.body))

        assert answers[0] == answers[1]
        assert (await paying.now(world, opened))["status"] == "pending"
        assert not world.simulators.journal.find()

    play(tmp_path, scene, settings=paying.never_asked())


def test_nothing_is_served_at_the_documents_path_without_that_operator(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        answer, _ = await world.ask("POST", "/webhooks/payment", {})
        assert answer.status == 404

    play(tmp_path, scene, settings=paying.never_asked(only=("tmoney",)))


def test_a_callback_that_proves_nothing_waits_for_nobody(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, ONLINE)
        callback = RawCallback("GET", notice(opened), (), b"", paying.STRANGERS_ADDRESS)
        reply = await callbacks.receive(world.switch, ONLINE, callback)

        assert (reply.status, reply.body) == (200, b"OK")
        assert not await stored.waiting(world.switch.store)

    play(tmp_path, scene)
