"""Sessions, the order form's rules, and how the simulated TMoney Online notifies."""

import pytest

from tests.simulators.stage import CLIENT, Stage, play
from tests.simulators.test_tmoney_online import NOTHING, visit
from tests.simulators.tmoney_online_client import MERCHANT, ONLINE, OPERATOR, Shop, form, number


def test_a_session_is_32_digits_and_never_the_same() -> None:
    async def act(shop: Shop) -> None:
        sessions = [await shop.session() for _ in range(20)]
        for said in sessions:
            assert said.startswith("OK:")
            assert len(said) == 35
            assert said[3:].isdecimal()
        assert len(set(sessions)) == 20

    visit(act)


@pytest.mark.parametrize("merchantid", ["", "6543210987654321", "x", f"{MERCHANT}0"])
def test_an_unknown_merchant_gets_no_session(merchantid: str) -> None:
    async def act(shop: Shop) -> None:
        assert await shop.session(merchantid) == "NOK:UNKNOWN_MERCHANT"

    visit(act)


def test_further_parameters_are_ignored() -> None:
    async def act(shop: Shop) -> None:
        assert (await shop.session(f"{MERCHANT}&x=1")).startswith("OK:")

    visit(act)


@pytest.mark.parametrize(
    ("networks", "answer"),
    [
        ([], "OK:"),  # loopback, where none is set
        (["127.0.0.1/32"], "OK:"),
        (["192.0.2.0/24"], "NOK:IP_NOT_ALLOWED"),
        (["192.0.2.0/24", "127.0.0.0/8"], "OK:"),
    ],
)
def test_a_session_is_given_to_allowed_addresses_alone(networks: list[str], answer: str) -> None:
    async def act(shop: Shop) -> None:
        path = f"credentials/{OPERATOR}/cross"
        await shop.stage.control("PUT", path, {"allowed_networks": networks})

        assert (await shop.session()).startswith(answer)

    visit(act)


@pytest.mark.parametrize("spelling", ["phonenumber", "phonennumber", "phone"])
@pytest.mark.parametrize("value", ["22890112201", "+228 90 11 22 01", "90112201"])
def test_the_number_is_taken_in_every_spelling(spelling: str, value: str) -> None:
    """operators.md 7, row 1."""

    async def act(shop: Shop) -> None:
        page = await shop.hand_over(**{spelling: value})

        assert f'value="{number()}"' in page.text

    visit(act)


@pytest.mark.parametrize("missing", ["brand", "description", "text", "language", "accepturl"])
def test_optional_fields_may_be_missing(missing: str) -> None:
    """operators.md 7, row 2."""

    async def act(shop: Shop) -> None:
        page = await shop.hand_over(**{missing: None})

        assert "Payer avec TMoney" in page.text

    visit(act)


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "99"},
        {"amount": "099"},
        {"amount": "1500.00"},
        {"amount": "1,500"},
        {"amount": "-500"},
        {"amount": "12345678901"},
        {"amount": None},
        {"currency": "XOF"},
        {"currency": "262"},
        {"currency": None},
        {"purchaseref": "x" * 251},
        {"phonenumber": "1234567"},
        {"phonenumber": "12345678901234567"},
        {"phonenumber": "ninety"},
        {"brand": "x" * 151},
        {"description": "x" * 256},
        {"text": "x" * 251},
        {"language": "fra"},
        {"accepturl": "http://client/" + "x" * 150},
        {"declineurl": "javascript:alert(1)"},
        {"cancelurl": "http://cli ent/"},
    ],
)
def test_a_form_that_breaks_a_rule_is_an_error_page_and_a_refusal(
    changed: dict[str, str | None],
) -> None:
    async def act(shop: Shop) -> None:
        page = await shop.hand_over(**changed)
        await shop.stage.settle()

        assert page.status == 200
        assert "incorrecte" in page.text
        assert shop.verdicts == [("NOK", "PAYMENT_FAILED")]
        assert await shop.moved() == NOTHING
        if "declineurl" not in changed:
            await shop.press("confirm")
            assert shop.place == "/decline"

    visit(act)


def test_a_form_without_purchaseref_is_refused_and_nobody_can_be_told() -> None:
    async def act(shop: Shop) -> None:
        page = await shop.hand_over(purchaseref=None)
        await shop.stage.settle()

        assert "incorrecte" in page.text
        assert shop.told == []

    visit(act)


@pytest.mark.parametrize("merchantid", ["6543210987654321", "", "x"])
def test_a_form_of_an_unknown_merchant_leads_nowhere(merchantid: str) -> None:
    async def act(shop: Shop) -> None:
        page = await shop.hand_over(merchantid=merchantid)
        await shop.stage.settle()

        assert "existe pas, ou plus" in page.text
        assert page.forms == ()
        assert shop.told == []

    visit(act)


def test_a_session_that_waited_too_long_is_expired() -> None:
    async def act(shop: Shop) -> None:
        sessionid = (await shop.session()).removeprefix("OK:")
        await shop.stage.advance(180)
        page = await shop.hand_over(sessionid=sessionid)
        await shop.stage.settle()

        assert "expiré" in page.text
        assert shop.verdicts == [("NOK", "EXPIRED_SESSION")]
        await shop.press("confirm")
        assert shop.place == "/decline"

    visit(act)


def test_a_session_posted_in_its_last_second_is_good() -> None:
    async def act(shop: Shop) -> None:
        sessionid = (await shop.session()).removeprefix("OK:")
        await shop.stage.advance(179)

        assert "Payer avec" in (await shop.hand_over(sessionid=sessionid)).text

    visit(act)


@pytest.mark.parametrize("sessionid", ["0" * 32, "x"])
def test_an_unknown_session_is_expired(sessionid: str) -> None:
    async def act(shop: Shop) -> None:
        page = await shop.hand_over(sessionid=sessionid)
        await shop.stage.settle()

        assert "expiré" in page.text
        assert shop.verdicts == [("NOK", "EXPIRED_SESSION")]

    visit(act)


def test_a_session_of_another_merchant_is_none() -> None:
    async def act(shop: Shop) -> None:
        path = f"credentials/{OPERATOR}/other"
        other = {"merchantid": "9" * 16, "callback_url": f"{CLIENT}/other"}
        await shop.stage.control("PUT", path, other)
        page = await shop.hand_over(merchantid="9" * 16)
        await shop.stage.settle()

        assert "expiré" in page.text
        assert shop.told == []
        assert [call.path for call in shop.stage.listener.calls] == ["/other"]

    visit(act)


def test_a_form_posted_twice_by_its_browser_is_one_visit() -> None:
    async def act(shop: Shop) -> None:
        sessionid = (await shop.session()).removeprefix("OK:")
        await shop.hand_over(sessionid=sessionid)
        await shop.press("continue", phone=number(), pin="1234")

        page = await shop.hand_over(sessionid=sessionid)

        assert "Code reçu par SMS" in page.text
        await shop.press("pay", otp=await shop.code())
        await shop.hand_over(sessionid=sessionid)
        await shop.stage.settle()
        assert "Paiement effectué" in shop.browser.page.text
        assert shop.verdicts == [("OK", "")]

    visit(act)


def test_a_session_is_good_for_one_order() -> None:
    async def act(shop: Shop) -> None:
        sessionid = (await shop.session()).removeprefix("OK:")
        await shop.hand_over(sessionid=sessionid)

        page = await shop.hand_over(sessionid=sessionid, amount="99999", purchaseref="CMD78")
        await shop.stage.settle()

        assert "déjà servi" in page.text
        assert [told["purchaseref"] for told in shop.told] == ["CMD78"]
        assert shop.verdicts == [("NOK", "EXPIRED_SESSION")]

    visit(act)


def test_nothing_false_is_told_of_an_order_that_is_being_paid() -> None:
    """The amount altered in a second tab: the first visit's fate is the order's."""

    async def act(shop: Shop) -> None:
        sessionid = (await shop.session()).removeprefix("OK:")
        await shop.hand_over(sessionid=sessionid)
        first = shop.asked()
        await shop.hand_over(sessionid=sessionid, amount="100")
        await shop.browser.submit(first, {"phone": number(), "pin": "1234"}, press="continue")
        await shop.press("pay", otp=await shop.code())
        await shop.stage.settle()

        assert shop.verdicts == [("OK", "")]
        assert await shop.moved() == [(number(), 1500)]

    visit(act)


def test_a_notification_is_tried_at_0_30_and_120_seconds() -> None:
    async def act(shop: Shop) -> None:
        shop.stage.listener.statuses = [500, 404, 503, 200]
        await shop.pay()
        for seconds, told in ((29, 1), (1, 2), (89, 2), (1, 3), (3_600, 3)):
            await shop.stage.advance(seconds)
            assert len(shop.told) == told
        assert shop.told[0] == shop.told[1] == shop.told[2]

    visit(act)


def test_ok_is_what_the_operator_wants_to_hear_and_any_2xx_will_do() -> None:
    async def act(shop: Shop) -> None:
        shop.stage.listener.answer = b"OK"
        await shop.pay()
        path = f"callbacks?operator={OPERATOR}&reference=CMD77"
        (attempt,) = (await shop.stage.control("GET", path))["data"]
        assert (attempt["delivered"], attempt["acknowledged"]) == (True, True)
        shop.stage.listener.answer = b"thanks"
        await shop.stage.control("POST", f"callbacks/{OPERATOR}/CMD77/resend")
        await shop.stage.settle()
        _, again = (await shop.stage.control("GET", path))["data"]
        assert (again["delivered"], again["acknowledged"]) == (True, False)

    visit(act)


def test_the_journal_finds_an_order_by_what_comes_before_the_token() -> None:
    async def act(shop: Shop) -> None:
        await shop.pay()
        for reference, found in (("CMD77", 1), ("CMD7", 0), ("CMD", 0)):
            journal = await shop.stage.journal(operator=OPERATOR, reference=reference)
            assert len(journal) == found

    visit(act)


def test_an_old_page_of_nobody_leads_nowhere() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        page = await shop.browser.post(
            ONLINE.replace("online.php", "page.php"), {"visit": "0" * 32, "action": "pay"}
        )
        assert page.status == 404
        again = await shop.browser.post(ONLINE, form("x") | {"purchaseref": "\0"})
        assert again.status == 200

    play(act)
