"""Every layout, token, encoding and credit driver of Flooz before its simulator (3.1 to 3.8)."""

import pytest

from cross.domain.operator import Pending, RefusalCode, Refused, Succeeded, Unknown
from tests.operators.scene import Scene, perform
from tests.simulators.stage import SIMULATORS

SOAP = {
    "credit_driver": "soap",
    "soap_url": f"{SIMULATORS}/flooz/com.tlc.merchant.api/UssdPush?wsdl",
}


async def collect_and_pay_out(scene: Scene) -> None:
    collection, payout = scene.request(serial=1), scene.request(serial=2)
    assert isinstance(await scene.operator.collect(collection), Pending)
    assert isinstance(await scene.operator.pay_out(payout), Succeeded)
    await scene.stage.settle()
    for found in (
        await scene.operator.look_up_collection(collection),
        await scene.operator.look_up_payout(payout),
    ):
        assert isinstance(found, Succeeded)
    assert await scene.moved(collection) == [("debit", 1500)]
    assert await scene.moved(payout) == [("credit", 1500)]


@pytest.mark.parametrize("layout", ["L1", "L2", "L3"])
@pytest.mark.parametrize("token_variant", ["V1", "V2", "V3"])
def test_every_layout_works_with_every_token(layout: str, token_variant: str) -> None:
    settings = {"layout": layout, "token_variant": token_variant}
    perform("flooz", collect_and_pay_out, settings=settings)


def test_a_static_token_works_where_moov_gave_one() -> None:
    async def act(scene: Scene) -> None:
        path = "credentials/flooz/cross"
        await scene.stage.control("PUT", path, {"static_token": "given-by-moov"})
        await collect_and_pay_out(scene)

    settings = {"token_variant": "V4", "static_token": "given-by-moov"}
    perform("flooz", act, settings=settings)


def test_a_gateway_that_wants_the_counter_to_grow_gets_that() -> None:
    """Each second request costs one more: 99, then the next counter."""

    async def act(scene: Scene) -> None:
        await scene.configure(strict_counter=True)
        await collect_and_pay_out(scene)

    perform("flooz", act)


@pytest.mark.parametrize("encoding", ["json", "form", "form_own_refid"])
def test_a_callback_is_read_in_every_encoding(encoding: str) -> None:
    async def act(scene: Scene) -> None:
        await scene.configure(callback_encoding=encoding)
        request = scene.request()
        await scene.operator.collect(request)
        await scene.stage.settle()

        (callback,) = scene.callbacks()

        assert scene.operator.read_callback(callback).reference == request.reference

    perform("flooz", act)


def test_a_debit_that_is_held_until_the_pin_is_still_confirmed_by_verify() -> None:
    async def act(scene: Scene) -> None:
        await scene.configure(hold_until_pin=True)
        paid, refused = scene.request("01", serial=1), scene.request("02", serial=2)

        assert isinstance(await scene.operator.collect(paid), Pending)
        assert isinstance(await scene.operator.look_up_collection(paid), Succeeded)
        said = await scene.operator.collect(refused)
        assert isinstance(said, Refused)
        assert said.code is RefusalCode.INSUFFICIENT_FUNDS

    perform("flooz", act)


def test_a_status_that_says_pending_in_words_is_pending() -> None:
    async def act(scene: Scene) -> None:
        await scene.configure(pending_status=True)
        request = scene.request("00")
        await scene.operator.collect(request)

        assert isinstance(await scene.operator.look_up_collection(request), Pending)

    perform("flooz", act)


def test_a_credit_by_soap_is_made_and_found() -> None:
    perform("flooz", collect_and_pay_out, settings=SOAP)


@pytest.mark.parametrize(
    ("last_two", "code"),
    [
        ("05", RefusalCode.WALLET_NOT_FOUND),
        ("06", RefusalCode.LIMIT_REACHED),
        ("14", RefusalCode.OPERATOR_REFUSED),
    ],
)
def test_a_credit_by_soap_is_refused_for_its_reason(last_two: str, code: RefusalCode) -> None:
    async def act(scene: Scene) -> None:
        said = await scene.operator.pay_out(scene.request(last_two))

        assert isinstance(said, Refused)
        assert said.code is code

    perform("flooz", act, settings=SOAP)


def test_a_lost_answer_by_soap_is_found_and_a_lost_request_stays_unknown() -> None:
    async def act(scene: Scene) -> None:
        answer_lost, request_lost = scene.request("18", serial=1), scene.request("17", serial=2)

        assert isinstance(await scene.operator.pay_out(answer_lost), Unknown)
        assert isinstance(await scene.operator.look_up_payout(answer_lost), Succeeded)
        assert isinstance(await scene.operator.pay_out(request_lost), Unknown)
        assert isinstance(await scene.operator.look_up_payout(request_lost), Unknown)

    perform("flooz", act, settings=SOAP)
