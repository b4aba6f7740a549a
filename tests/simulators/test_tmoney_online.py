"""The simulated page of TMoney Online, walked by a browser: every way through it and out of it."""

from collections.abc import Awaitable, Callable, Mapping

import pytest

from cross.simulation.settings import SimulationSettings
from tests.simulators.stage import AT_ONCE, IN_A_SECOND, Stage, play
from tests.simulators.tmoney_online_client import OPERATOR, PURCHASEREF, Shop, number

NOTHING: list[tuple[str, int]] = []


def visit(
    act: Callable[[Shop], Awaitable[None]],
    simulation: SimulationSettings = AT_ONCE,
    settings: Mapping[str, str] | None = None,
) -> None:
    """Let one payer visit the page; no money appears or vanishes."""

    async def whole(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.open(**(settings or {}))
        await act(shop)

    play(whole, simulation)


@pytest.mark.parametrize("settings", [AT_ONCE, IN_A_SECOND], ids=["at once", "in a second"])
def test_phone_pin_code_and_confirmation_pay_once_and_lead_back(
    settings: SimulationSettings,
) -> None:
    async def act(shop: Shop) -> None:
        page = await shop.hand_over()
        assert "Payer avec TMoney" in page.text
        assert "1\u202f500 F CFA" in page.text
        assert "Commande 77" in page.text
        assert "BOUTIQUE AFI" in page.text
        page = await shop.press("continue", phone="90 11 22 01", pin="1234")
        assert "Code reçu par SMS" in page.text
        page = await shop.press("pay", otp=await shop.code())
        assert "Paiement effectué" in page.text
        assert await shop.moved() == [(number(), 1500)]
        assert (await shop.wallet())["balance"] == 998_500
        await shop.stage.settle()
        assert shop.verdicts == [("OK", "")]  # before the payer goes back

        await shop.press("confirm")

        assert shop.place == "/accept"
        assert shop.verdicts == [("OK", "")]

    visit(act, settings)


def test_a_notification_has_every_field_of_the_document_in_its_order() -> None:
    async def act(shop: Shop) -> None:
        path = f"wallets/{OPERATOR}/{number()}"
        await shop.stage.control("PUT", path, {"name": "KOFFI AMA"})
        await shop.pay()

        (told,) = shop.told
        (call,) = [call for call in shop.stage.listener.calls if call.path == "/notify"]
        assert (call.method, call.body) == ("GET", b"")
        assert b"cname=KOFFI+AMA" in call.query
        assert list(told) == [
            "purchaseref", "amount", "currency", "status", "clientid", "cname", "mobile",
            "paymentref", "payid", "timestamp", "error",
        ]  # fmt: skip
        assert told | {"clientid": "", "payid": ""} == {
            "purchaseref": PURCHASEREF,
            "amount": "1500",
            "currency": "952",
            "status": "OK",
            "clientid": "",
            "cname": "KOFFI AMA",
            "mobile": number(),
            "paymentref": (await shop.stage.journal(reference=PURCHASEREF))[0][
                "operator_reference"
            ],
            "payid": "",
            "timestamp": "1795348800",
            "error": "",
        }
        assert told["clientid"]
        assert told["payid"]

    visit(act)


def test_a_refusal_has_every_field_too_and_those_of_a_payment_are_empty() -> None:
    async def act(shop: Shop) -> None:
        await shop.hand_over()
        await shop.press("cancel")
        await shop.stage.settle()

        (told,) = shop.told
        assert (told["amount"], told["currency"], told["status"]) == ("1500", "952", "NOK")
        assert [told[name] for name in ("clientid", "paymentref", "payid")] == ["", "", ""]

    visit(act)


@pytest.mark.parametrize("pages", [1, 2])
def test_annuler_on_any_page_cancels_and_leads_to_the_cancel_url(pages: int) -> None:
    async def act(shop: Shop) -> None:
        await (shop.hand_over() if pages == 1 else shop.to_the_code())
        await shop.press("cancel")
        await shop.stage.settle()

        assert shop.place == "/cancel"
        assert shop.verdicts == [("NOK", "CANCEL")]
        assert await shop.moved() == NOTHING

    visit(act)


def test_the_third_wrong_pin_blocks_the_wallet_and_declines() -> None:
    async def act(shop: Shop) -> None:
        await shop.hand_over()
        for left in (2, 1):
            page = await shop.press("continue", phone=number(), pin="9999")
            assert f"Essais restants : {left}" in page.text
            assert shop.verdicts == []
        await shop.press("continue", phone=number(), pin="9999")
        await shop.stage.settle()

        assert shop.place == "/decline"
        assert shop.verdicts == [("NOK", "AUTHENTICATION")]
        assert (await shop.wallet())["blocked"]
        await shop.hand_over(purchaseref="CMD78")
        await shop.press("continue", phone=number(), pin="1234")
        await shop.stage.settle()
        assert shop.verdicts[1:] == [("NOK", "PAYMENT_FAILED")]
        assert await shop.moved() == NOTHING

    visit(act)


def test_two_wrong_pins_and_the_right_one_pay() -> None:
    async def act(shop: Shop) -> None:
        await shop.hand_over()
        for pin in ("9999", "0000", "1234"):
            await shop.press("continue", phone=number(), pin=pin)
        await shop.press("pay", otp=await shop.code())
        await shop.stage.settle()

        assert shop.verdicts == [("OK", "")]

    visit(act)


@pytest.mark.parametrize(
    ("settings", "error", "place"),
    [
        ({}, "AUTHENTICATION", "/cancel"),
        ({"wrong_otp_redirect": "declineurl"}, "AUTHENTICATION", "/decline"),
        ({"wrong_otp_error": "CANCEL"}, "CANCEL", "/cancel"),
    ],
)
def test_a_wrong_code_ends_the_visit_at_once(
    settings: dict[str, str], error: str, place: str
) -> None:
    async def act(shop: Shop) -> None:
        await shop.to_the_code()
        right = await shop.code()
        await shop.press("pay", otp=f"{(int(right) + 1) % 1_000_000:06d}")
        await shop.stage.settle()

        assert shop.place == place
        assert shop.verdicts == [("NOK", error)]
        assert not (await shop.wallet())["blocked"]
        assert await shop.moved() == NOTHING

    visit(act, settings=settings)


def test_a_browser_closed_before_the_form_is_posted_tells_nobody_anything() -> None:
    async def act(shop: Shop) -> None:
        assert (await shop.session()).startswith("OK:")
        await shop.stage.advance(3_600)

        assert shop.told == []

    visit(act)


@pytest.mark.parametrize("pages", [1, 2, 3])
def test_a_browser_closed_on_a_page_is_told_as_expired_after_the_sessions_time(pages: int) -> None:
    """The time starts anew with each PIN that was typed."""

    async def act(shop: Shop) -> None:
        await shop.hand_over()
        if pages > 1:
            await shop.stage.advance(100)
            pin = "1234" if pages == 3 else "9999"
            await shop.press("continue", phone=number(), pin=pin)
        await shop.stage.advance(179)
        assert shop.told == []
        await shop.stage.advance(1)
        assert shop.verdicts == [("NOK", "EXPIRED_SESSION")]
        assert await shop.moved() == NOTHING

        await shop.press("cancel")  # somebody finds the page still open

        assert shop.place == "/decline"
        assert shop.verdicts == [("NOK", "EXPIRED_SESSION")]

    visit(act)


def test_a_browser_closed_on_the_confirmation_has_paid_and_is_told_so() -> None:
    async def act(shop: Shop) -> None:
        await shop.pay()
        await shop.stage.advance(3_600)

        assert shop.verdicts == [("OK", "")]
        assert await shop.moved() == [(number(), 1500)]

    visit(act)


def test_an_empty_box_or_a_number_that_is_none_costs_no_try_and_wins_no_time() -> None:
    async def act(shop: Shop) -> None:
        await shop.hand_over()
        for phone, pin in (("", "1234"), ("12", "9999"), ("no number", "1234"), (number(), "")):
            page = await shop.press("continue", phone=phone, pin=pin)
            assert 'role="alert"' in page.text
        await shop.press("continue", phone=number(), pin="1234")
        await shop.stage.advance(100)
        page = await shop.press("pay", otp=" ")
        assert "Entrez le code" in page.text
        await shop.stage.advance(80)

        assert shop.verdicts == [("NOK", "EXPIRED_SESSION")]

    visit(act)


def test_a_number_that_the_merchant_gave_cannot_be_changed() -> None:
    async def act(shop: Shop) -> None:
        page = await shop.hand_over(phonenumber=number("01"))
        assert "readonly" in page.text
        await shop.press("continue", phone=number("21"), pin="1234")
        await shop.press("pay", otp=await shop.code("01"))

        assert await shop.moved() == [(number("01"), 1500)]

    visit(act)


def test_a_button_pressed_twice_pays_once() -> None:
    async def act(shop: Shop) -> None:
        await shop.to_the_code()
        form, otp = shop.asked(), await shop.code()
        for _ in range(3):
            page = await shop.browser.submit(form, {"otp": otp}, press="pay")
            assert "Paiement effectué" in page.text
        await shop.browser.submit(form, press="cancel")  # too late
        await shop.stage.settle()

        assert shop.verdicts == [("OK", "")]
        assert await shop.moved() == [(number(), 1500)]

    visit(act)


def test_the_page_speaks_english_and_french_and_needs_nothing_from_elsewhere() -> None:
    async def act(shop: Shop) -> None:
        page = await shop.hand_over(language="en")
        assert '<html lang="en">' in page.text
        assert "Pay with TMoney" in page.text
        for language in ("ar", "", "FR"):
            page = await shop.hand_over(language=language, purchaseref=f"CMD{language}")
            assert '<html lang="fr">' in page.text
            assert "<script" not in page.text
            assert "http://" not in page.text.replace('action="page.php"', "")

    visit(act)


def test_what_a_form_says_is_shown_as_text() -> None:
    async def act(shop: Shop) -> None:
        evil = "<script>alert(1)</script>"
        page = await shop.hand_over(brand=evil, description=evil, text=evil)

        assert "<script" not in page.text
        assert "alert(1)" in page.text

    visit(act)


def test_without_any_address_the_page_ends_where_it_is() -> None:
    async def act(shop: Shop) -> None:
        none = {"accepturl": None, "declineurl": None, "cancelurl": None}
        await shop.hand_over(**none)
        page = await shop.press("cancel")
        assert "Paiement non effectué" in page.text
        await shop.hand_over(**none, purchaseref="CMD78")
        await shop.press("continue", phone=number(), pin="1234")
        page = await shop.press("pay", otp=await shop.code())
        assert "Paiement effectué" in page.text
        assert page.forms == ()

    visit(act)


def test_an_address_missing_in_the_form_is_the_configured_one() -> None:
    async def act(shop: Shop) -> None:
        await shop.hand_over(cancelurl=None)
        await shop.press("cancel")
        assert shop.place == "/from-the-settings"

    visit(act, settings={"cancelurl": "http://client/from-the-settings"})
