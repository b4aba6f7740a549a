"""Numbers with a fixed outcome, typed on TMoney Online's page, and faults that strike it."""

import pytest

from cross.outbound import NoAnswer
from tests.simulators.stage import IN_A_SECOND
from tests.simulators.test_tmoney_online import NOTHING, visit
from tests.simulators.tmoney_online_client import OPERATOR, Shop, number

PAYS = ["00", "01", "07", "09", "11", "12", "13", "14", "18", "20", "21", "99"]


@pytest.mark.parametrize("last_two", PAYS)
def test_a_number_that_approves_pays_once(last_two: str) -> None:
    async def act(shop: Shop) -> None:
        page = await shop.pay(last_two)

        assert "Paiement effectué" in page.text
        assert await shop.moved() == [(number(last_two), 1500)]

    visit(act)


@pytest.mark.parametrize(
    ("last_two", "error", "place"),
    [("02", "PAYMENT_FAILED", "/decline"), ("03", "CANCEL", "/cancel")],
)
def test_the_payer_who_has_no_funds_or_refuses_ends_after_the_code(
    last_two: str, error: str, place: str
) -> None:
    async def act(shop: Shop) -> None:
        await shop.pay(last_two)

        assert (shop.place, shop.verdicts) == (place, [("NOK", error)])
        assert await shop.moved() == NOTHING

    visit(act, IN_A_SECOND)


def test_a_wallet_that_holds_too_little_is_declined() -> None:
    async def act(shop: Shop) -> None:
        path = f"wallets/{OPERATOR}/{number()}"
        before = (await shop.stage.control("PUT", path, {}))["balance"]
        await shop.stage.control("PUT", path, {"balance": 1_499})
        await shop.pay()

        assert (shop.place, shop.verdicts) == ("/decline", [("NOK", "PAYMENT_FAILED")])
        await shop.stage.control("PUT", path, {"balance": before})

    visit(act)


@pytest.mark.parametrize("last_two", ["05", "06", "15"])
def test_a_number_that_cannot_pay_is_declined_after_the_pin(last_two: str) -> None:
    async def act(shop: Shop) -> None:
        await shop.to_the_code(last_two)
        await shop.stage.settle()

        assert (shop.place, shop.verdicts) == ("/decline", [("NOK", "PAYMENT_FAILED")])

    visit(act)


def test_a_number_of_another_operator_has_no_wallet_here() -> None:
    async def act(shop: Shop) -> None:
        await shop.hand_over()
        await shop.press("continue", phone="22896112201", pin="1234")
        await shop.stage.settle()

        assert shop.verdicts == [("NOK", "PAYMENT_FAILED")]

    visit(act)


def test_at_number_04_nobody_acts_no_code_comes_and_the_session_expires() -> None:
    async def act(shop: Shop) -> None:
        await shop.to_the_code("04")
        handset = await shop.stage.control("GET", f"handsets/{number('04')}")
        assert handset["sms"] == []
        await shop.stage.advance(180)

        assert shop.verdicts == [("NOK", "EXPIRED_SESSION")]

    visit(act)


@pytest.mark.parametrize("last_two", ["07", "20"])
def test_a_lost_notification_never_comes(last_two: str) -> None:
    async def act(shop: Shop) -> None:
        await shop.pay(last_two)
        await shop.press("confirm")
        await shop.stage.advance(3_600)

        assert (shop.place, shop.told) == ("/accept", [])

    visit(act)


def test_number_08_pays_when_every_limit_is_over() -> None:
    async def act(shop: Shop) -> None:
        page = await shop.pay("08")
        assert "en cours de traitement" in page.text
        await shop.press("confirm")
        assert shop.place == "/accept"
        await shop.stage.advance(900 + 150)
        assert (shop.told, await shop.moved()) == ([], NOTHING)
        await shop.stage.advance(10)

        assert shop.verdicts == [("OK", "")]
        assert await shop.moved() == [(number("08"), 1500)]

    visit(act)


def test_number_09_is_told_three_times_and_paid_once() -> None:
    async def act(shop: Shop) -> None:
        await shop.pay("09")

        assert shop.verdicts == [("OK", "")] * 3
        assert await shop.moved() == [(number("09"), 1500)]

    visit(act)


def test_number_10_meets_a_page_that_is_not_available_twice() -> None:
    async def act(shop: Shop) -> None:
        await shop.hand_over()
        form = shop.asked()
        typed = {"phone": number("10"), "pin": "1234"}
        for _ in range(2):
            page = await shop.browser.submit(form, typed, press="continue")
            assert page.status == 503
        await shop.browser.submit(form, typed, press="continue")
        await shop.press("pay", otp=await shop.code("10"))

        assert await shop.moved() == [(number("10"), 1500)]

    visit(act)


def test_number_11_is_told_with_another_amount_than_was_moved() -> None:
    async def act(shop: Shop) -> None:
        await shop.pay("11")

        assert [told["amount"] for told in shop.told] == ["1600"]
        assert await shop.moved() == [(number("11"), 1500)]

    visit(act)


def test_number_12_is_told_a_lie_first_and_then_the_truth() -> None:
    async def act(shop: Shop) -> None:
        await shop.pay("12")

        lie, truth = shop.told
        assert (lie["amount"], truth["amount"]) == ("1600", "1500")
        assert lie["paymentref"] != truth["paymentref"]

    visit(act)


def test_number_13_is_told_before_the_payer_sees_the_next_page() -> None:
    async def act(shop: Shop) -> None:
        await shop.to_the_code("13")
        await shop.press("pay", otp=await shop.code("13"))

        assert shop.verdicts == [("OK", "")]

    visit(act)


def test_number_16_pays_and_neither_the_payer_nor_the_merchant_is_told() -> None:
    async def act(shop: Shop) -> None:
        await shop.to_the_code("16")
        otp = await shop.code("16")
        with pytest.raises(NoAnswer):
            await shop.press("pay", otp=otp)
        await shop.stage.advance(3_600)

        assert shop.told == []
        assert await shop.moved() == [(number("16"), 1500)]

    visit(act)


def test_number_17_is_lost_before_any_effect_and_expires() -> None:
    async def act(shop: Shop) -> None:
        with pytest.raises(NoAnswer):
            await shop.to_the_code("17")
        await shop.stage.advance(180)

        assert shop.verdicts == [("NOK", "EXPIRED_SESSION")]
        assert await shop.moved() == NOTHING

    visit(act)


def test_at_number_19_no_pin_is_right() -> None:
    async def act(shop: Shop) -> None:
        await shop.hand_over()
        for _ in range(3):
            await shop.press("continue", phone=number("19"), pin="1234")
        await shop.stage.settle()

        assert (shop.place, shop.verdicts) == ("/decline", [("NOK", "AUTHENTICATION")])
        assert (await shop.wallet("19"))["blocked"]

    visit(act)


@pytest.mark.parametrize(
    ("fault", "more", "verdicts"),
    [
        ("lose_callback", {}, []),
        ("duplicate_callback", {"value": 2}, [("OK", ""), ("OK", "")]),
        ("forge_callback", {}, [("OK", ""), ("OK", "")]),
        ("alter_callback_amount", {}, [("OK", "")]),
    ],
)
def test_faults_strike_the_notification(
    fault: str, more: dict[str, object], verdicts: list[tuple[str, str]]
) -> None:
    async def act(shop: Shop) -> None:
        await shop.stage.plant(OPERATOR, fault, match="CMD77", **more)
        await shop.pay()

        assert shop.verdicts == verdicts
        assert await shop.moved() == [(number(), 1500)]

    visit(act)


def test_an_answer_lost_on_its_way_has_had_its_effect_on_the_page() -> None:
    async def act(shop: Shop) -> None:
        await shop.to_the_code()
        otp = await shop.code()
        await shop.stage.plant(OPERATOR, "drop_after", count=1)
        with pytest.raises(NoAnswer):
            await shop.press("pay", otp=otp)
        await shop.stage.settle()

        assert shop.verdicts == [("OK", "")]
        await shop.press("pay", otp=otp)
        assert "Paiement effectué" in shop.browser.page.text
        assert await shop.moved() == [(number(), 1500)]

    visit(act)


def test_a_session_request_is_struck_like_any_other() -> None:
    async def act(shop: Shop) -> None:
        for fault in ("drop_before", "drop_after"):
            await shop.stage.plant(OPERATOR, fault, count=1)
            with pytest.raises(NoAnswer):
                await shop.session()
        await shop.stage.plant(OPERATOR, "down", count=1)
        answer = await shop.stage.send("GET", f"/{OPERATOR}/online/online.php")
        assert answer.status == 503

    visit(act)
