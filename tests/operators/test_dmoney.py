"""D-Money's connector before its simulator: the dialects, paths and flaws that only it has."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

import pytest

from cross.cli.visitor import Visitor
from cross.domain.money import djf
from cross.domain.operator import Missing, Pending, RefusalCode, Refused, Succeeded, Unknown
from cross.simulation.settings import SimulationSettings
from tests.operators.payer import CANCEL, Payer
from tests.operators.scene import OPEN_SECONDS, Scene, callback_of, perform
from tests.simulators.dmoney_client import Shop, string_to_sign
from tests.simulators.stage import AT_ONCE, CLIENT, IN_A_SECOND

NAME: Final = "dmoney"
APPID: Final = "1293049431398401"  # sandbox.md section 1
MERCH_CODE: Final = "9988"


def before_dmoney(
    act: Callable[[Scene], Awaitable[None]],
    *,
    simulation: SimulationSettings = AT_ONCE,
    settings: Mapping[str, str] | None = None,
    **serves: object,
) -> None:
    """Run one act before a D-Money that serves us so."""

    async def whole(scene: Scene) -> None:
        await scene.configure(**serves)
        await act(scene)

    perform(NAME, whole, simulation=simulation, settings=settings)


async def paid(scene: Scene) -> None:
    request = scene.order()
    await Payer(scene).walk(await scene.sent_away(request))
    said = await scene.learned(request)
    assert isinstance(said, Succeeded)
    assert said.money == djf(1500)
    assert await scene.moved(request) == [("debit", 1500)]


@pytest.mark.parametrize("prefix", ["apiaccess", "gateway"])
@pytest.mark.parametrize("query_path", ["gateway", "documented"])
def test_an_order_is_paid_whichever_paths_the_gateway_has(prefix: str, query_path: str) -> None:
    """F-O23, operators.md 5.1."""
    before_dmoney(paid, path_prefix=prefix, query_path=query_path)


def test_an_order_is_paid_where_its_answer_is_not_signed() -> None:
    """operators.md 7, row 25."""
    before_dmoney(paid, sign_preorder_answer=False)


def test_a_strict_gateway_takes_what_we_send() -> None:
    """Title, freshness, nonce and forging characters: all checked."""
    before_dmoney(paid, strict_title=True, freshness_s=1, refuse_forging_values=True)


@pytest.mark.parametrize("dialect", ["union", "table", "example", "telebirr"])
@pytest.mark.parametrize("case", ["title", "lower", "upper_huawei"])
def test_every_dialect_of_notifications_names_the_order(dialect: str, case: str) -> None:
    """operators.md 5.7."""

    async def act(scene: Scene) -> None:
        await paid(scene)
        hints = [scene.operator.read_callback(callback) for callback in scene.callbacks()]
        assert [hint.reference for hint in hints] == [scene.order().reference] * 2
        assert hints[0].says.lower() == "paying"

    before_dmoney(act, notify_dialect=dialect, notify_status_case=case, notify_paying=True)


@pytest.mark.parametrize(
    "flaw", ["altered_after_signing", "wrong_key", "unsigned", "other_merchant"]
)
def test_a_flawed_notification_is_not_believed_and_the_query_tells(flaw: str) -> None:
    """F-C11, F-C13, F-C15."""

    async def act(scene: Scene) -> None:
        await paid(scene)
        (callback,) = scene.callbacks()
        hint = scene.operator.read_callback(callback)
        assert hint.reference is None
        assert hint.says.startswith("not believed")

    before_dmoney(act, notify_flaw=flaw)


def test_whoever_cancels_may_come_back_and_pay() -> None:
    """operators.md 5.11: the order waits."""

    async def act(scene: Scene) -> None:
        request = scene.order()
        way = await scene.sent_away(request)
        await Payer(scene).walk(way, pages=0, leave_by=CANCEL)
        assert isinstance(await scene.learned(request), Pending)
        await Payer(scene).walk(way)
        assert isinstance(await scene.learned(request), Succeeded)

    before_dmoney(act)


def test_an_order_ends_when_its_visit_does_and_not_before() -> None:
    async def act(scene: Scene) -> None:
        request = scene.order()
        await scene.sent_away(request)
        await scene.wait(OPEN_SECONDS - 1)
        assert isinstance(await scene.learned(request), Pending)
        await scene.wait(2)
        said = await scene.learned(request)
        assert isinstance(said, Refused)
        assert said.code is RefusalCode.PROMPT_EXPIRED

    before_dmoney(act)


@pytest.mark.parametrize(
    ("last_two", "code"),
    [
        ("02", RefusalCode.INSUFFICIENT_FUNDS),
        ("06", RefusalCode.LIMIT_REACHED),
        ("19", RefusalCode.WRONG_PIN),
    ],
)
def test_a_payment_that_failed_is_refused_for_its_reason(last_two: str, code: RefusalCode) -> None:
    async def act(scene: Scene) -> None:
        request = scene.order()
        await Payer(scene, last_two).walk(await scene.sent_away(request))
        said = await scene.learned(request)
        assert isinstance(said, Refused)
        assert said.code is code

    before_dmoney(act)


def test_another_order_under_the_same_reference_is_asked_about_not_refused() -> None:
    """1005: what was there first keeps its fate."""

    async def act(scene: Scene) -> None:
        request = scene.order()
        await scene.sent_away(request)
        assert isinstance(await scene.operator.collect(scene.order(amount=7)), Unknown)
        assert isinstance(await scene.learned(request), Pending)

    before_dmoney(act)


def test_a_refund_under_way_is_pending_until_it_is_made() -> None:
    async def act(scene: Scene) -> None:
        await paid(scene)
        refund = scene.refund_of(scene.order(), amount=600)
        assert isinstance(await scene.operator.refund(refund), Pending)
        assert isinstance(await scene.operator.look_up_refund(refund), Pending)
        await scene.wait(61)
        assert isinstance(await scene.operator.look_up_refund(refund), Succeeded)
        assert await scene.moved(refund) == [("refund", 600)]

    before_dmoney(act, refund_s=60)


@pytest.mark.parametrize("field", ["refund_amount", "actual_amount"])
def test_a_refund_is_made_with_either_name_of_its_amount(field: str) -> None:
    async def act(scene: Scene) -> None:
        await paid(scene)
        refund = scene.refund_of(scene.order(), amount=600)
        assert isinstance(await scene.operator.refund(refund), Succeeded)

    before_dmoney(act, settings={"refund_amount_field": field})


def test_a_payout_that_is_only_accepted_is_pending_and_then_found() -> None:
    async def act(scene: Scene) -> None:
        request = scene.request("01")
        assert await scene.operator.look_up_payout(request) == Missing()
        assert isinstance(await scene.operator.pay_out(request), Pending)
        assert isinstance(await scene.operator.look_up_payout(request), Succeeded)
        assert await scene.moved(request) == [("credit", 1500)]

    before_dmoney(act, payout_answer="accepted")


def test_an_order_of_one_franc_cannot_speak_for_another_order() -> None:
    """operators.md 7b: the gateway really signed it, and we refuse it all the same."""

    async def act(scene: Scene) -> None:
        victim = scene.order(amount=1_000_000).reference
        ours = {"appid": APPID, "merch_code": MERCH_CODE}
        shop = Shop(scene.stage, **ours)
        await shop.register(refuse_forging_values=False)
        inside = {
            "merch_code": MERCH_CODE,
            "merch_order_id": victim,
            "notify_time": "1795342541",
            "payment_order_id": "P1",
            "timestamp": "1795342541",
            "total_amount": "1000000",
            "trade_status": "Completed",
            "trans_currency": "DJF",
        }
        forged_info = "x&" + "&".join(f"{name}={value}" for name, value in inside.items())
        order = {"amount": "1", "callback_info": f"{forged_info}&zz=z"}
        walker = await shop.page("CMD1", notify_url=f"{CLIENT}/callbacks/x", **order)
        await walker.press("pay", phone="77112201", pin="1234")
        await scene.stage.settle()
        (callback,) = scene.callbacks()
        genuine = json.loads(callback.body)
        tail = string_to_sign(genuine).partition("&zz=z")[2]
        forged = {"appid": APPID, "callback_info": "x", **inside, "zz": f"z{tail}"}
        assert string_to_sign(forged) == string_to_sign(genuine)
        assert shop.verifies({**forged, "sign": genuine["sign"]})

        for body in (genuine, {**forged, "sign": genuine["sign"], "sign_type": "SHA256WithRSA"}):
            hint = scene.operator.read_callback(callback_of(body))
            assert hint.reference is None
            assert hint.says.startswith("not believed")

    before_dmoney(act)


@pytest.mark.parametrize("changed", ["prepay_id", "merch_code", "nonce_str", "timestamp", "sign"])
def test_the_page_opens_by_the_address_that_we_signed_and_by_no_other(changed: str) -> None:
    async def act(scene: Scene) -> None:
        way = await scene.sent_away(scene.order())
        visitor = Visitor(scene.stage.network)
        assert (await visitor.open(way.url)).form_with("phone") is not None

        before, _, rest = way.url.partition(f"{changed}=")
        other = f"{before}{changed}={'x' if rest[0] != 'x' else 'y'}{rest[1:]}"
        page = await visitor.open(other)

        assert page.status == 400
        assert page.form_with("phone") is None

    before_dmoney(act)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_speaks_the_payers_language(language: str) -> None:
    async def act(scene: Scene) -> None:
        request = scene.order()
        assert request.visit is not None
        request = replace(request, visit=replace(request.visit, language=language))
        way = await scene.sent_away(request)
        page = await Visitor(scene.stage.network).open(way.url)
        assert f'<html lang="{language}">' in page.text

    before_dmoney(act, simulation=IN_A_SECOND)
