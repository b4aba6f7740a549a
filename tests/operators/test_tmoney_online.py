"""TMoney Online before its simulator: what each visit proves is what the journal says."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from cross.cli.visitor import Visitor
from cross.domain.money import xof
from cross.domain.operator import (
    CallbackHint,
    LegRequest,
    Pending,
    RawCallback,
    RefusalCode,
    Refused,
    Succeeded,
    Visit,
)
from tests.operators.scene import Scene, perform
from tests.simulators.stage import CLIENT, NOON
from tests.simulators.tmoney_online_client import OPERATOR, Shop, number


class Payer(Shop):
    """A payer whom the connector sent to the page."""

    def __init__(self, scene: Scene, request: LegRequest) -> None:
        super().__init__(scene.stage)
        self.scene = scene
        self.request = request

    async def arrive(self) -> None:
        """From the collection to the operator's first page."""
        opened = await self.scene.operator.collect(self.request)
        assert isinstance(opened, Pending)
        assert opened.keeps
        assert opened.operator_reference is not None
        there = self.scene.operator.hand_over(self.request, opened.operator_reference)
        assert there is not None
        self.browser = Visitor(self.scene.stage.network)
        await self.browser.post(there.url, dict(there.fields))

    def hints(self, *, peer: str = "127.0.0.1") -> list[CallbackHint]:
        """What the connector makes of each notification so far."""
        return [
            self.scene.operator.read_callback(
                RawCallback(call.method, call.query.decode("latin-1"), (), call.body, peer)
            )
            for call in self.scene.stage.listener.calls
            if call.path.startswith("/callbacks")
        ]


async def _pays(payer: Payer, last_two: str = "01") -> None:
    await payer.press("continue", phone=number(last_two), pin="1234")
    await payer.press("pay", otp=await payer.code(last_two))


async def _cancels(payer: Payer) -> None:
    await payer.press("cancel")


async def _cancels_at_the_code(payer: Payer) -> None:
    await payer.press("continue", phone=number(), pin="1234")
    await payer.press("cancel")


async def _forgets_the_pin(payer: Payer) -> None:
    for _ in range(3):
        await payer.press("continue", phone=number(), pin="9999")


async def _mistypes_the_code(payer: Payer) -> None:
    await payer.press("continue", phone=number(), pin="1234")
    await payer.press("pay", otp="x")


async def _has_no_funds(payer: Payer) -> None:
    await _pays(payer, "02")


async def _leaves(payer: Payer) -> None:
    await payer.stage.advance(180)


def visited(
    act: Callable[[Payer], Awaitable[None]], *, wallet: bool = False, language: str = "fr"
) -> None:
    """One payer on the page, sent there by the connector."""

    async def whole(scene: Scene) -> None:
        visit = Visit(
            "Boutique Afi : commande 77",
            f"{CLIENT}/back",
            f"{CLIENT}/cancel",
            NOON + timedelta(hours=1),
            language,
        )
        request = replace(scene.request(), visit=visit)
        await act(Payer(scene, request if wallet else replace(request, wallet=None)))

    perform(OPERATOR, whole)


@pytest.mark.parametrize(
    ("walk", "code"),
    [
        (_cancels, RefusalCode.CANCELED_BY_PAYER),
        (_cancels_at_the_code, RefusalCode.CANCELED_BY_PAYER),
        (_forgets_the_pin, RefusalCode.WRONG_PIN),
        (_mistypes_the_code, RefusalCode.WRONG_PIN),
        (_has_no_funds, RefusalCode.OPERATOR_REFUSED),
        (_leaves, RefusalCode.EXPIRED_SESSION),
    ],
)
def test_a_visit_that_fails_is_proved_to_have_failed_and_moved_nothing(
    walk: Callable[[Payer], Awaitable[None]], code: RefusalCode
) -> None:
    async def act(payer: Payer) -> None:
        await payer.arrive()
        await walk(payer)
        await payer.stage.settle()

        (hint,) = payer.hints()
        assert hint.reference == payer.request.reference
        assert isinstance(hint.answer, Refused)
        assert hint.answer.code is code
        assert await payer.scene.moved(payer.request) == []

    visited(act)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_visit_that_pays_is_proved_with_the_amount_and_who_paid(language: str) -> None:
    async def act(payer: Payer) -> None:
        await payer.arrive()
        await _pays(payer)
        await payer.stage.settle()

        (hint,) = payer.hints()
        assert hint.reference == payer.request.reference
        assert isinstance(hint.answer, Succeeded)
        assert hint.answer.money == payer.request.money
        assert hint.answer.payer is not None
        assert hint.answer.payer.digits == number()
        journal = await payer.stage.journal(reference=payer.request.reference)
        assert hint.answer.operator_reference == journal[0]["operator_reference"]
        assert await payer.scene.moved(payer.request) == [("debit", 1500)]
        await payer.press("confirm")
        assert payer.place == "/back"

    visited(act, language=language)


def test_a_wallet_that_is_known_is_the_one_that_pays() -> None:
    async def act(payer: Payer) -> None:
        await payer.arrive()
        assert "readonly" in payer.browser.page.text
        wallet = payer.request.named_wallet.digits
        await payer.press("continue", pin="1234")
        sms = (await payer.stage.control("GET", f"handsets/{wallet}"))["sms"][-1]["text"]
        code = next(word for word in sms.split() if word.isdigit() and len(word) == 6)
        await payer.press("pay", otp=code)
        await payer.stage.settle()

        (hint,) = payer.hints()
        assert isinstance(hint.answer, Succeeded)
        assert hint.answer.payer == payer.request.wallet

    visited(act, wallet=True)


def test_lies_repetitions_and_other_amounts_end_in_the_true_state() -> None:
    async def act(payer: Payer) -> None:
        for last_two, amounts in (("09", [1500] * 3), ("11", [1600]), ("12", [1600, 1500])):
            before = len(payer.hints())
            await payer.arrive()
            await _pays(payer, last_two)
            await payer.stage.settle()

            answers = [hint.answer for hint in payer.hints()[before:]]
            said = [answer.money for answer in answers if isinstance(answer, Succeeded)]
            assert said == [xof(amount) for amount in amounts]

    visited(act)


def test_the_same_notification_from_another_network_proves_nothing() -> None:
    async def act(payer: Payer) -> None:
        await payer.arrive()
        await _pays(payer)
        await payer.stage.settle()

        (hint,) = payer.hints(peer="203.0.113.9")
        assert (hint.reference, hint.answer) == (payer.request.reference, None)

    visited(act)


def test_a_payer_who_leaves_before_the_form_is_posted_leaves_no_trace() -> None:
    async def act(payer: Payer) -> None:
        assert isinstance(await payer.scene.operator.collect(payer.request), Pending)
        await payer.stage.advance(3_600)

        assert payer.hints() == []
        assert await payer.scene.moved(payer.request) == []

    visited(act)


def test_a_merchant_that_the_operator_does_not_know_is_refused() -> None:
    async def act(payer: Payer) -> None:
        path = f"credentials/{OPERATOR}/cross"
        await payer.stage.control("PUT", path, {"merchantid": "9" * 16})
        unknown = await payer.scene.operator.collect(payer.request)
        other = {"merchantid": "1234567890123456", "allowed_networks": ["192.0.2.0/24"]}
        await payer.stage.control("PUT", path, other)
        elsewhere = await payer.scene.operator.collect(payer.request)

        assert unknown == Refused(RefusalCode.OPERATOR_REFUSED, "UNKNOWN_MERCHANT")
        assert elsewhere == Refused(RefusalCode.OPERATOR_REFUSED, "IP_NOT_ALLOWED")

    visited(act)
