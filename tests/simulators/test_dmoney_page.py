"""The paygate as a payer walks it: every way out ends in the state that the journal tells."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from cross.outbound import NoAnswer
from tests.simulators.dmoney_client import PAYER, REDIRECT_URL, Shop
from tests.simulators.page_walker import Walker
from tests.simulators.stage import IN_A_SECOND, SIMULATORS, Stage, play

PAGE = f"{SIMULATORS}/dmoney/payment/web/paygate"


def numbered(last_two: str) -> str:
    return f"771122{last_two}"


def back_from(walker: Walker) -> dict[str, str]:
    assert walker.went_to is not None
    return dict(parse_qsl(urlsplit(walker.went_to).query))


@pytest.mark.parametrize("eight", [False, True])
@pytest.mark.parametrize("encoded", [0, 1, 2])
def test_the_address_is_taken_in_every_manner_of_signing_it(*, eight: bool, encoded: int) -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        prepay_id = (await shop.pre_order("CMD1"))["biz_content"]["prepay_id"]
        for _ in range(3):  # a `+` is in most signatures, not in all
            walker = Walker(stage.network)
            await walker.open(shop.address(prepay_id, eight=eight, encoded=encoded))
            assert walker.page.buttons == ["pay", "cancel"]

    play(act)


def test_a_signature_encoded_twice_may_be_refused() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register(accept_double_encoded_sign=False)
        prepay_id = (await shop.pre_order("CMD1"))["biz_content"]["prepay_id"]
        walker = Walker(stage.network)
        await walker.open(shop.address(prepay_id, encoded=2))
        assert walker.response.status == 400

    play(act)


def test_a_wrong_address_shows_nothing_and_leads_nowhere() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        prepay_id = (await shop.pre_order("CMD1"))["biz_content"]["prepay_id"]
        right = shop.address(prepay_id)
        for wrong in (
            right.replace("timestamp=1", "timestamp=2"),
            right.replace(prepay_id, prepay_id[:-1] + ("0" if prepay_id[-1] != "0" else "1")),
            right.replace("merch_code=4321", "merch_code=9988"),
            right.replace("&sign=", "&sing="),
            f"{right}&prepay_id={prepay_id}",
            PAGE,
        ):
            walker = Walker(stage.network)
            await walker.open(wrong)
            assert walker.response.status == 400
            assert (walker.page.target, walker.page.buttons) == (None, [])
            assert "Cahiers" not in walker.text

    play(act)


def test_a_form_without_its_pages_secret_pays_nothing() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        walker = await shop.page("CMD1")
        walker.page.fields["visit"] = "0" * 32
        await walker.press("pay", phone=PAYER, pin="1234")
        assert walker.response.status == 400
        assert await stage.journal() == []

    play(act)


def test_the_page_is_of_one_piece_escaped_kept_by_nobody_and_framed_by_nobody() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        walker = await shop.page("CMD1", title="<script>alert(1)</script>")
        html = walker.response.body.decode()
        assert "&lt;script&gt;" in html
        assert not re.search(r"<(script|link|img|iframe)|src=|https?://", html)
        assert walker.header("cache-control") == "no-store"
        policy = walker.header("content-security-policy")
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "form-action 'self' https://shop.example;" in policy
        assert "frame-ancestors 'none'" in policy
        assert len(html) < 14_000

    play(act)


@pytest.mark.parametrize(
    ("language", "pay", "lang"),
    [("fr", "Payer 1 500 Fdj", "fr"), ("en", "Pay 1,500 Fdj", "en"), ("ar", "Payer", "fr")],
)
def test_the_page_speaks_french_and_english(language: str, pay: str, lang: str) -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        walker = await shop.page("CMD1", language=language)
        assert walker.page.language == lang
        assert pay in walker.text

    play(act)


@pytest.mark.parametrize(
    "typed", ["77112233", "77 11 22 33", "+25377112233", "00253 77 11 22 33", "77.11.22.33"]
)
def test_a_number_is_taken_as_people_type_it(typed: str) -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        assert (await shop.paid("CMD1", typed)).went_to is not None
        assert [m["msisdn"] for m in await stage.journal()] == ["25377112233"]

    play(act)


@pytest.mark.parametrize("typed", ["", "21112233", "7711223", "90112233", "x" * 20, "771122٣٣"])
def test_another_number_is_pointed_out_and_kept_in_its_box(typed: str) -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        walker = await shop.paid("CMD1", typed)
        assert "n'est pas un numéro D-Money" in walker.text
        assert walker.page.fields["phone"] == typed
        assert await shop.status("CMD1") == "PENDING"

    play(act)


def test_the_third_wrong_pin_blocks_the_wallet_and_ends_the_order() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        walker = await shop.page("CMD1")
        for left in ("2", "1"):
            await walker.press("pay", phone=PAYER, pin="0000")
            assert f"Essais restants : {left}." in walker.text
        await walker.press("pay", phone=PAYER, pin="0000")
        await stage.settle()
        assert "bloqué" in walker.text
        content = (await shop.query("CMD1"))["biz_content"]
        assert (content["order_status"], content["fail_code"]) == ("FAILURE", "WRONG_PIN")
        assert "payment_order_id" not in content
        assert [b["trade_status"] for b in stage.listener.bodies] == ["Failure"]
        wallet = await stage.control("GET", f"wallets/dmoney/253{PAYER}")
        assert wallet["blocked"]
        await walker.press("continue")
        assert back_from(walker)["trade_status"] == "Failure"
        assert shop.verifies(back_from(walker))
        again = await shop.paid("CMD2")
        assert "bloqué" in again.text
        assert await shop.status("CMD2") == "PENDING"

    play(act)


def test_cancelling_leads_back_and_the_order_can_still_be_paid() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        walker = await shop.page("CMD1", redirect_url=f"{REDIRECT_URL}?step=2")
        await walker.press("cancel")
        assert walker.went_to is not None
        assert walker.went_to.startswith(f"{REDIRECT_URL}?step=2&")
        back = back_from(walker)
        assert (back.pop("step"), back["trade_status"]) == ("2", "Cancelled")
        assert shop.verifies(back)
        assert await shop.status("CMD1") == "PENDING"
        await walker.press("pay", phone=PAYER, pin="1234")
        assert await shop.status("CMD1") == "PAID"

    play(act)


def test_without_an_address_to_go_back_to_the_page_tells_how_it_ended() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        walker = await shop.page("CMD1", redirect_url="")
        await walker.press("cancel")
        assert "annulé" in walker.text
        await walker.press("pay", phone=PAYER, pin="1234")
        assert "Paiement réussi" in walker.text
        assert walker.page.buttons == []

    play(act)


@pytest.mark.parametrize("is_closed", [True, False])
def test_an_order_whose_time_has_passed_is_closed_and_told(*, is_closed: bool) -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        walker = await shop.page("CMD1", timeout_express="5m")
        if is_closed:
            assert (await shop.close("CMD1"))["biz_content"]["trade_status"] == "ORDER_CLOSED"
            await stage.settle()
        else:
            await stage.advance(299)
            assert await shop.status("CMD1") == "PENDING"
            await stage.advance(1)
        assert await shop.status("CMD1") == "EXPIRED"
        await walker.press("pay", phone=PAYER, pin="1234")
        assert "délai" in walker.text
        await stage.advance(7200)
        assert [b["trade_status"] for b in stage.listener.bodies] == ["Expired"]
        assert await stage.journal() == []
        assert (await shop.close("CMD1"))["code"] == "0"

    play(act)


def test_what_is_paid_or_unknown_is_not_closed() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        await shop.paid("CMD1")
        assert (await shop.close("CMD1"))["code"] == "1006"
        assert (await shop.close("CMD9"))["code"] == "1004"
        await shop.register(close_available=False)
        with pytest.raises(KeyError):
            (await shop.close("CMD1"))["code"]

    play(act)


def test_paying_twice_on_the_same_page_moves_money_once() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        walker = await shop.page("CMD1")
        opened = walker.page
        for _ in range(3):
            walker.page = opened
            await walker.press("pay", phone=PAYER, pin="1234")
        assert len(await stage.journal()) == 1
        assert "Paiement réussi" in walker.text

    play(act)


def test_a_balance_too_low_fails_the_order() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        walker = await shop.paid("CMD1", amount="1000001")
        assert "Solde insuffisant" in walker.text
        assert await shop.status("CMD1") == "FAILURE"

    play(act)


FIXED = [
    ("01", "PAID", ["Completed"]),
    ("00", "PAID", ["Completed"]),
    ("02", "FAILURE", ["Failure"]),
    ("03", "PENDING", []),
    ("04", "PENDING", []),
    ("05", "PENDING", []),
    ("06", "FAILURE", ["Failure"]),
    ("07", "PAID", []),
    ("09", "PAID", ["Completed"] * 3),
    ("11", "PAID", ["Completed"]),
    ("12", "PAID", ["Completed", "Completed"]),
    ("13", "PAID", ["Completed"]),
    ("14", "PAID", ["Completed"]),
    ("15", "PENDING", []),
    ("18", "PAID", ["Completed"]),
    ("19", "FAILURE", ["Failure"]),
]


@pytest.mark.parametrize(("last_two", "status", "told"), FIXED)
def test_the_number_typed_decides(last_two: str, status: str, told: list[str]) -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        walker = await shop.paid("CMD1", numbered(last_two))
        assert (walker.went_to is not None) == (status == "PAID" or last_two == "03")
        await stage.advance(1)
        assert await shop.status("CMD1") == status
        assert len(await stage.journal()) == (status == "PAID")
        bodies = stage.listener.bodies
        assert [body["trade_status"] for body in bodies] == told
        assert [shop.verifies(body) for body in bodies] == [
            not (last_two == "12" and number == 0) for number in range(len(told))
        ]
        amounts = {"11": ["1600"], "12": ["1600", "1500"]}.get(last_two, ["1500"] * len(told))
        assert [body["total_amount"] for body in bodies] == amounts

    play(act, IN_A_SECOND)


def test_04_expires_with_its_order() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        await shop.paid("CMD1", numbered("04"), timeout_express="2m")
        await stage.advance(120)
        assert await shop.status("CMD1") == "EXPIRED"

    play(act)


def test_08_is_paid_after_the_orders_time() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        walker = await shop.paid("CMD1", numbered("08"), timeout_express="2m")
        assert "en cours" in walker.text
        await stage.advance(129)
        assert await shop.status("CMD1") == "PAYING"
        assert (await shop.close("CMD1"))["code"] == "1006"
        await stage.advance(1)
        assert await shop.status("CMD1") == "PAID"
        await walker.press("continue")
        assert back_from(walker)["trade_status"] == "Completed"

    play(act)


def test_10_is_unavailable_twice_and_then_pays() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        walker = await shop.page("CMD1")
        opened = walker.page
        for status in (503, 503, 303):
            walker.page = opened
            await walker.press("pay", phone=numbered("10"), pin="1234")
            assert walker.response.status == status
        assert len(await stage.journal()) == 1

    play(act)


@pytest.mark.parametrize(("last_two", "status", "moved"), [("16", "PAID", 1), ("17", "PENDING", 0)])
def test_16_and_17_lose_the_pages_answer(last_two: str, status: str, moved: int) -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        walker = await shop.page("CMD1")
        walker.patience_seconds = 5.0
        with pytest.raises(NoAnswer):
            await walker.press("pay", phone=numbered(last_two), pin="1234")
        await stage.advance(60)
        assert await shop.status("CMD1") == status
        assert len(await stage.journal()) == moved
        assert stage.listener.bodies == []

    play(act)


def test_20_is_paid_and_its_queries_fail_for_a_minute() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        walker = await shop.page("CMD1")
        await stage.advance(100)
        await walker.press("pay", phone=numbered("20"), pin="1234")
        with pytest.raises(ValueError, match="Expecting value"):
            await shop.query("CMD1")
        await stage.advance(61)
        assert await shop.status("CMD1") == "PAID"
        assert stage.listener.bodies == []

    play(act)


def test_the_answer_waits_until_the_payment_is_decided() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register(notify_paying=True)
        walker = await shop.paid("CMD1")
        assert back_from(walker)["trade_status"] == "Completed"
        await stage.settle()
        assert [b["trade_status"] for b in stage.listener.bodies] == ["Paying", "Completed"]
        assert "payment_order_id" not in stage.listener.bodies[0]

    play(act, IN_A_SECOND)
