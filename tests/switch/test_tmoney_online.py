"""Collections on TMoney Online's page through the whole switch: what the journal says is booked.

A notification is believed for what it proves; forged, altered, repeated, lost or too early ones
all end in the true state.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from cross.cli.visitor import Visitor
from cross.outbound import HttpRequest
from cross.simulation.loopback import AsgiOutbound
from tests.simulators.tmoney_online_client import OPERATOR, number
from tests.world import (
    SIMULATORS_ADDRESS,
    SWITCH_ADDRESS,
    World,
    quick_settings,
    small_world,
    until,
)

Walk = Callable[["Buyer"], Awaitable[None]]


class Buyer:
    """A payer of one collection, sent to the operator's page by the switch."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.browser = Visitor(world.network)
        self.id = ""
        self.fields: dict[str, str] = {}

    async def arrive(self) -> None:
        """Opens the collection and posts the form that its `next_action` tells."""
        body = {"amount": 1500, "currency": "XOF", "operator": OPERATOR, "reference": "CMD-77"}
        answer, opened = await self.world.ask("POST", "/v1/collections", body, key=f"k{id(self)}")
        assert answer.status == 202, opened
        there = opened["next_action"]
        assert (there["type"], there["method"]) == ("redirect", "POST")
        assert there["url"] == f"{SIMULATORS_ADDRESS}/{OPERATOR}/online/online.php"
        self.id, self.fields = opened["id"], there["fields"]
        await self.browser.post(there["url"], self.fields)

    async def press(self, action: str, **typed: str) -> None:
        page = self.browser.page
        await self.browser.submit(page.forms[0], typed, press=action)

    async def to_the_code(self, last_two: str = "01") -> None:
        await self.press("continue", phone=number(last_two), pin="1234")

    async def pay(self, last_two: str = "01") -> None:
        await self.to_the_code(last_two)
        handset = await self.world.control("GET", f"/handsets/{number(last_two)}")
        texts = [sms["text"] for sms in handset["sms"] if "code" in sms["text"]]
        await self.press("pay", otp=next(word for word in texts[-1].split() if word.isdigit()))

    async def status(self) -> str:
        _, seen = await self.world.ask("GET", f"/v1/collections/{self.id}")
        return str(seen["status"])

    async def failure(self) -> str | None:
        _, seen = await self.world.ask("GET", f"/v1/collections/{self.id}")
        return None if seen["failure"] is None else str(seen["failure"]["code"])

    async def ends_as(self, status: str) -> None:
        async with asyncio.timeout(10):
            while await self.status() != status:
                await asyncio.sleep(0.02)

    async def ends(self) -> None:
        async with asyncio.timeout(10):
            while await self.status() in {"pending", "unknown"}:
                await asyncio.sleep(0.02)

    async def rests(self) -> None:
        """Nothing is on its way, and the switch has acted on all that came."""
        await self.world.network.settle()
        await until(lambda: not self.world.switch.tasks)

    async def journal(self) -> list[dict[str, Any]]:
        reference = self.fields["purchaseref"].partition("-")[0]
        found = await self.world.control("GET", f"/journal?reference={reference}")
        return list(found["data"])

    async def notify(self, *, peer: str = "127.0.0.1", **changed: str) -> bytes:
        """A notification that the operator did not send."""
        told = {
            "purchaseref": self.fields["purchaseref"],
            "amount": "1500",
            "currency": "952",
            "status": "OK",
            "mobile": number(),
            "paymentref": "PR9",
            "error": "",
            **changed,
        }
        token = self.world.switch.callback_tokens[OPERATOR]
        url = f"{SWITCH_ADDRESS}/callbacks/{OPERATOR}/{token}?{urlencode(told)}"
        network = AsgiOutbound(self.world.network._routes, peer=peer)
        return (await network.send(HttpRequest("GET", url))).body


def buying(folder: Path, act: Walk) -> None:
    """One payer in a small world, which ends with books and operators in agreement."""

    async def whole() -> None:
        settings = quick_settings(only=("tmoney", OPERATOR), public_url=SWITCH_ADDRESS)
        async with small_world(folder, settings=settings) as world:
            buyer = Buyer(world)
            await buyer.arrive()
            await act(buyer)
            await world.assert_in_agreement()

    asyncio.run(whole())


async def _cancels(buyer: Buyer) -> None:
    await buyer.press("cancel")


async def _cancels_at_the_code(buyer: Buyer) -> None:
    await buyer.to_the_code()
    await buyer.press("cancel")


async def _forgets_the_pin(buyer: Buyer) -> None:
    for _ in range(3):
        await buyer.press("continue", phone=number(), pin="9999")


async def _mistypes_the_code(buyer: Buyer) -> None:
    await buyer.to_the_code()
    await buyer.press("pay", otp="x")


async def _has_no_funds(buyer: Buyer) -> None:
    await buyer.pay("02")


async def _closes_the_browser(buyer: Buyer) -> None:
    await buyer.world.control("POST", "/clock", {"advance_seconds": 180})


async def _closes_it_at_the_code(buyer: Buyer) -> None:
    await buyer.to_the_code()
    await buyer.world.control("POST", "/clock", {"advance_seconds": 180})


@pytest.mark.parametrize("last_two", ["01", "09", "12", "13"])
def test_a_visit_that_pays_is_booked_once(tmp_path: Path, last_two: str) -> None:
    """Told once, three times, after a lie of another amount, before the next page."""

    async def act(buyer: Buyer) -> None:
        await buyer.pay(last_two)
        await buyer.ends_as("succeeded")
        (moved,) = await buyer.journal()
        assert moved["amount"] == 1500
        await buyer.notify(paymentref=moved["operator_reference"])  # once more, much later
        await buyer.rests()
        assert await buyer.status() == "succeeded"

    buying(tmp_path, act)


@pytest.mark.parametrize(
    ("walk", "code"),
    [
        (_cancels, "canceled_by_payer"),
        (_cancels_at_the_code, "canceled_by_payer"),
        (_forgets_the_pin, "wrong_pin"),
        (_mistypes_the_code, "wrong_pin"),
        (_has_no_funds, "operator_refused"),
        (_closes_the_browser, "expired_session"),
        (_closes_it_at_the_code, "expired_session"),
    ],
)
def test_every_other_way_ends_without_money_and_with_its_reason(
    tmp_path: Path, walk: Walk, code: str
) -> None:
    async def act(buyer: Buyer) -> None:
        await walk(buyer)
        await buyer.ends()
        assert await buyer.failure() == code
        assert await buyer.journal() == []

    buying(tmp_path, act)


def test_a_browser_closed_on_the_confirmation_has_paid(tmp_path: Path) -> None:
    async def act(buyer: Buyer) -> None:
        await buyer.pay()
        await buyer.ends_as("succeeded")

    buying(tmp_path, act)


@pytest.mark.parametrize(
    "forged",
    [
        {"peer": "203.0.113.9"},
        {"purchaseref": "CMD-77"},
        {"purchaseref": f"CRX01HZX4T5J0000000000000000D-{'0' * 32}"},
        {"currency": "262"},
        {"status": "PAID"},
        {"amount": "1500.5"},
        {"error": "CANCEL"},
        {"paymentref": ""},
        {"more": "1"},
    ],
)
def test_a_forged_notification_moves_nothing_and_the_true_one_counts(
    tmp_path: Path, forged: dict[str, str]
) -> None:
    async def act(buyer: Buyer) -> None:
        assert await buyer.notify(**forged) == b"OK"
        await buyer.rests()
        assert await buyer.status() == "pending"
        await buyer.pay()
        await buyer.ends_as("succeeded")
        assert len(await buyer.journal()) == 1

    buying(tmp_path, act)


@pytest.mark.parametrize("amount", ["100", "150000"])
def test_another_amount_than_asked_is_no_success(tmp_path: Path, amount: str) -> None:
    async def act(buyer: Buyer) -> None:
        await buyer.notify(amount=amount)
        await buyer.rests()
        assert await buyer.status() in {"pending", "unknown"}
        await buyer.pay()
        await buyer.ends_as("succeeded")

    buying(tmp_path, act)


def test_a_lost_notification_is_no_failure(tmp_path: Path) -> None:
    async def act(buyer: Buyer) -> None:
        await buyer.pay("07")
        await buyer.rests()
        assert await buyer.status() == "pending"
        reference = buyer.fields["purchaseref"].partition("-")[0]
        await buyer.world.control("POST", f"/callbacks/{OPERATOR}/{reference}/resend")
        await buyer.ends_as("succeeded")

    buying(tmp_path, act)
