"""D-Money's connector and its simulator, each written from operators.md, meet on the page."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from cross.domain.money import djf
from cross.domain.operator import (
    LegRequest,
    Missing,
    Original,
    Pending,
    RefusalCode,
    Refused,
    Succeeded,
    Visit,
)
from tests.operators.scene import Scene, perform
from tests.simulators.page_walker import Walker
from tests.simulators.stage import NOON

VISIT = Visit(
    title="Boutique Afi - cahiers & stylos",
    return_url="https://pay.example/pay/token/back?from=dmoney",
    cancel_url="https://pay.example/pay/token/cancel",
    until=NOON + timedelta(minutes=30),
)


def visiting(scene: Scene) -> LegRequest:
    return replace(scene.request(), wallet=None, visit=VISIT)


async def arrived(scene: Scene, request: LegRequest) -> Walker:
    """The payer's browser, handed over to the page."""
    asked = await scene.operator.collect(request)
    assert isinstance(asked, Pending)
    assert asked.keeps
    assert asked.operator_reference is not None
    way = scene.operator.hand_over(request, asked.operator_reference)
    assert way is not None
    walker = Walker(scene.stage.network)
    await walker.open(way.url)
    assert walker.page.buttons == ["pay", "cancel"]
    return walker


async def paid(scene: Scene, request: LegRequest, phone: str = "77112233") -> Walker:
    walker = await arrived(scene, request)
    await walker.press("pay", phone=phone, pin="1234")
    await scene.stage.settle()
    return walker


def test_a_collection_is_paid_on_the_page_told_and_found() -> None:
    async def act(scene: Scene) -> None:
        request = visiting(scene)
        walker = await arrived(scene, request)
        assert isinstance(await scene.operator.look_up_collection(request), Pending)
        await walker.press("pay", phone="77112233", pin="1234")
        await scene.stage.settle()

        assert walker.went_to is not None
        assert dict(parse_qsl(urlsplit(walker.went_to).query))["trade_status"] == "Completed"
        found = await scene.operator.look_up_collection(request)
        assert isinstance(found, Succeeded)
        assert found.money == djf(1500)
        (callback,) = scene.callbacks()
        assert scene.operator.read_callback(callback).reference == request.reference
        assert await scene.moved(request) == [("debit", 1500)]

    perform("dmoney", act)


@pytest.mark.parametrize(
    ("phone", "code"),
    [
        ("77112202", RefusalCode.INSUFFICIENT_FUNDS),
        ("77112206", RefusalCode.LIMIT_REACHED),
        ("77112219", RefusalCode.WRONG_PIN),
        ("77112204", RefusalCode.PROMPT_EXPIRED),
        ("77112203", RefusalCode.PROMPT_EXPIRED),  # the payer left, and could have come back
    ],
)
def test_what_is_not_paid_is_refused_for_its_reason(phone: str, code: RefusalCode) -> None:
    async def act(scene: Scene) -> None:
        request = visiting(scene)
        await paid(scene, request, phone)
        await scene.stage.advance(1800)

        said = await scene.operator.look_up_collection(request)

        assert isinstance(said, Refused)
        assert said.code is code
        assert await scene.moved(request) == []

    perform("dmoney", act)


def test_a_refund_in_part_and_then_the_rest_are_each_found() -> None:
    async def act(scene: Scene) -> None:
        request = visiting(scene)
        await paid(scene, request)
        found = await scene.operator.look_up_collection(request)
        assert isinstance(found, Succeeded)
        original = Original(request.reference, found.operator_reference, djf(1500))
        first, second, third = (
            replace(scene.request(serial=serial), wallet=None, money=djf(amount), original=original)
            for serial, amount in ((2, 500), (3, 1000), (4, 1))
        )
        assert isinstance(await scene.operator.look_up_refund(first), Missing)
        for refund in (first, second):
            made = await scene.operator.refund(refund)
            assert isinstance(made, Succeeded)
            assert made.money == refund.money
            assert isinstance(await scene.operator.look_up_refund(refund), Succeeded)
        assert isinstance(await scene.operator.refund(third), Refused)
        assert await scene.moved(first) == [("refund", 500)]
        assert await scene.moved(second) == [("refund", 1000)]
        assert isinstance(await scene.operator.look_up_collection(request), Succeeded)

    perform("dmoney", act)


@pytest.mark.parametrize("answer", ["final", "accepted"])
def test_a_payout_in_the_simulators_dialect_is_made_once_and_found(answer: str) -> None:
    async def act(scene: Scene) -> None:
        await scene.configure(payout_answer=answer)
        request = scene.request()
        for _ in range(2):
            made = await scene.operator.pay_out(request)
            assert isinstance(made, Succeeded if answer == "final" else Pending)
        assert isinstance(await scene.operator.look_up_payout(request), Succeeded)
        assert await scene.moved(request) == [("credit", 1500)]

    perform("dmoney", act)


@pytest.mark.parametrize(
    ("last_two", "code"),
    [
        ("05", RefusalCode.WALLET_NOT_FOUND),
        ("06", RefusalCode.LIMIT_REACHED),
        ("14", RefusalCode.OPERATOR_REFUSED),
    ],
)
def test_a_payout_that_fails_is_refused_for_its_reason(last_two: str, code: RefusalCode) -> None:
    async def act(scene: Scene) -> None:
        request = scene.request(last_two)
        for said in (
            await scene.operator.pay_out(request),
            await scene.operator.look_up_payout(request),
        ):
            assert isinstance(said, Refused)
            assert said.code is code

    perform("dmoney", act)
