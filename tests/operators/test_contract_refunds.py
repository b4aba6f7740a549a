"""What is promised of every operator when a collection is given back, whole or in parts."""

from dataclasses import replace

import pytest

from cross.domain.operator import (
    LegRequest,
    Missing,
    Pending,
    RefundMode,
    Refused,
    Succeeded,
    Unknown,
)
from tests.operators.payer import Payer
from tests.operators.scene import (
    PROFILES,
    Scene,
    of_every_operator,
    of_every_refund_by_credit,
    of_every_refund_of_its_own,
    perform,
)

BACK = ("refund", 600)


async def paid_order(scene: Scene) -> LegRequest:
    request = scene.order()
    await Payer(scene).walk(await scene.sent_away(request))
    assert isinstance(await scene.learned(request), Succeeded)
    return request


@of_every_refund_of_its_own
def test_a_collection_is_given_back_in_parts_and_never_more_than_it_brought(name: str) -> None:
    async def act(scene: Scene) -> None:
        paid = await paid_order(scene)
        for serial in (1, 2):
            refund = scene.refund_of(paid, amount=600, serial=serial)
            made = await scene.operator.refund(refund)
            assert isinstance(made, Succeeded)
            assert made.money == refund.money
            assert made.operator_reference
            assert await scene.operator.look_up_refund(refund) == made
            assert await scene.moved(refund) == [BACK]

        too_much = scene.refund_of(paid, amount=301, serial=3)
        assert isinstance(await scene.operator.refund(too_much), Refused)
        assert await scene.moved(too_much) == []
        rest = scene.refund_of(paid, amount=300, serial=4)
        assert isinstance(await scene.operator.refund(rest), Succeeded)
        assert isinstance(await scene.learned(paid), Succeeded)  # it was paid, and stays so

    perform(name, act)


@of_every_refund_of_its_own
def test_the_whole_is_given_back_once_however_often_it_is_asked_for(name: str) -> None:
    async def act(scene: Scene) -> None:
        refund = scene.refund_of(await paid_order(scene), amount=1500)
        for _ in range(3):
            assert isinstance(await scene.operator.refund(refund), Succeeded)

        found = await scene.operator.look_up_refund(refund)

        assert isinstance(found, Succeeded)
        assert found.money == refund.money
        assert await scene.moved(refund) == [("refund", 1500)]

    perform(name, act)


@of_every_refund_of_its_own
@pytest.mark.parametrize("amount", [600, 1500])
@pytest.mark.parametrize(("fault", "is_made"), [("drop_after", True), ("drop_before", False)])
def test_a_refund_whose_answer_or_request_was_lost_is_unknown_then_known(
    name: str, amount: int, fault: str, *, is_made: bool
) -> None:
    """F-N01, F-N02."""

    async def act(scene: Scene) -> None:
        refund = scene.refund_of(await paid_order(scene), amount=amount)
        await scene.plant(fault, count=1)

        said = await scene.operator.refund(refund)

        assert isinstance(said, Unknown)
        assert said.sent
        found = await scene.operator.look_up_refund(refund)
        assert isinstance(found, Succeeded if is_made else Missing)
        assert isinstance(await scene.operator.refund(refund), Succeeded)
        assert await scene.moved(refund) == [("refund", amount)]

    perform(name, act)


@of_every_refund_of_its_own
def test_a_second_part_whose_request_was_lost_is_made_once(name: str) -> None:
    """The order's state cannot tell one part from another: its own number does."""

    async def act(scene: Scene) -> None:
        paid = await paid_order(scene)
        assert isinstance(await scene.operator.refund(scene.refund_of(paid, amount=600)), Succeeded)
        second = scene.refund_of(paid, amount=600, serial=2)
        await scene.plant("drop_before", count=1)
        assert isinstance(await scene.operator.refund(second), Unknown)

        found = [await scene.operator.look_up_refund(second) for _ in range(2)]

        assert all(isinstance(said, Succeeded) for said in found)
        assert await scene.moved(second) == [BACK]

    perform(name, act)


@of_every_refund_of_its_own
def test_a_refund_that_our_float_cannot_fund_is_refused_or_not_yet_made(name: str) -> None:
    async def act(scene: Scene) -> None:
        refund = scene.refund_of(await paid_order(scene), amount=1500)
        full = (await scene.stage.control("GET", f"partner/{name}"))["balance"]
        await scene.stage.control("PUT", f"partner/{name}", {"balance": 1499})

        said = await scene.operator.refund(refund)
        found = await scene.operator.look_up_refund(refund)

        assert isinstance(said, Refused | Pending)
        assert type(found) is type(said)
        assert await scene.moved(refund) == []
        await scene.stage.control("PUT", f"partner/{name}", {"balance": full})

    perform(name, act)


@of_every_refund_of_its_own
def test_what_was_not_paid_is_not_given_back(name: str) -> None:
    async def act(scene: Scene) -> None:
        request = scene.order()
        await scene.sent_away(request)
        for unpaid in (request, scene.order(serial=2)):
            refund = scene.refund_of(unpaid, amount=600)
            assert isinstance(await scene.operator.refund(refund), Refused | Unknown)
            assert await scene.moved(refund) == []

    perform(name, act)


@of_every_refund_by_credit
def test_where_there_is_no_refund_the_payer_is_credited_once_and_it_is_found(name: str) -> None:
    async def act(scene: Scene) -> None:
        paid = scene.request("01")
        refund = scene.refund_of(paid, amount=600)

        assert isinstance(await scene.operator.refund(refund), Succeeded)
        found = await scene.operator.look_up_refund(refund)

        assert isinstance(found, Succeeded)
        assert found.money == refund.money
        assert await scene.moved(refund) == [("credit", 600)]
        other = scene.refund_of(replace(paid, reference="x"), amount=600, serial=5)
        assert await scene.operator.look_up_refund(other) == Missing()

    perform(name, act)


@of_every_operator
def test_every_collection_can_be_given_back_somehow(name: str) -> None:
    """By the operator, by its own credit, or by an operator that credits the same wallets."""
    profile = PROFILES[name]
    if profile.collect is None or profile.refunds is RefundMode.OPERATOR:
        return
    through = PROFILES[profile.refunds_through or name]

    assert through.pay_out
    assert through.currency is profile.currency
    assert through.country is profile.country
