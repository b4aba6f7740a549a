"""What D-Money's connector makes of each answer: every code and status, and what is neither."""

import asyncio
from typing import Any

import pytest

from cross.domain.money import djf
from cross.domain.operator import (
    LegRequest,
    Missing,
    Pending,
    RefusalCode,
    Refused,
    Succeeded,
    Unknown,
)
from cross.operators.dmoney.signing import signed
from cross.operators.dmoney.tests.keys import key_of
from cross.operators.dmoney.tests.scripted import (
    PAYMENT_ID,
    PAYOUT,
    PREPAY_ID,
    REFUND,
    REQUEST,
    WHOLE_REFUND,
    Fields,
    answer,
    dmoney_saying,
    found,
    genuine,
    no,
    ordered,
    refunded,
    yes,
)
from cross.operators.dmoney.wire import redirect_url, title_of
from cross.outbound import HttpResponse

PAID = Succeeded(PAYMENT_ID, djf(1500))
WAITING = Pending(PREPAY_ID, keeps=True)
REQUESTS = {"collect": REQUEST, "look_up_collection": REQUEST, "refund": REFUND,
            "pay_out": PAYOUT, "look_up_payout": PAYOUT, "look_up_refund": REFUND}  # fmt: skip


def heard(method: str, *said: HttpResponse, request: LegRequest | None = None) -> Any:
    operator, _ = dmoney_saying(*said, payout_dialect="simulator")
    return asyncio.run(getattr(operator, method)(request or REQUESTS[method]))


def looked_up(*said: HttpResponse) -> Any:
    return heard("look_up_collection", *said)


def test_an_order_that_was_taken_waits_for_its_payer_and_its_page_is_kept() -> None:
    assert heard("collect", yes(ordered())) == WAITING


@pytest.mark.parametrize(
    "said",
    [
        {"code": "0", "message": "Success", "biz_content": ordered()},  # the document's own
        {"code": "00000", "result": "SUCCESS", "biz_content": ordered()},
    ],
)
def test_an_order_may_be_taken_without_a_signature(said: Fields) -> None:
    """operators.md 7, row 25."""
    assert heard("collect", answer(said)) == WAITING


@pytest.mark.parametrize("code", ["1002", "1003", "49401024995"])
@pytest.mark.parametrize("status", [200, 400])
def test_an_order_that_is_invalid_may_be_there_by_an_earlier_delivery(
    code: str, status: int
) -> None:
    """F-N14, I-23: seed 18041 of the simulation; its payer paid what the first delivery made."""
    assert isinstance(heard("collect", no(code, status=status, errorCode=code)), Unknown)


@pytest.mark.parametrize(
    "code",
    ["1004", "1005", "1006", "1007", "9999", "49401024991", "60320025", "2", "", "-1", "1002 "],
)
def test_any_other_code_tells_nothing_of_an_order(code: str) -> None:
    """1005 above all: an order of that reference is there, and its fate is to be asked for."""
    assert isinstance(heard("collect", no(code)), Unknown)


@pytest.mark.parametrize(
    "said",
    [
        no("1002", errorCode="60320025"), no("1002", errorCode="9999"), no("1002", status=500),
        answer({"code": 1002}), answer({"code": ["1002"]}), answer({}), answer({"result": "FAIL"}),
        no("0"), answer({"code": "0", "errorCode": "0", "biz_content": ordered()}),
        answer({"code": 0, "biz_content": ordered()}), yes(ordered(), result="FAIL"),
        yes(ordered(), result="success?"), yes(ordered(prepay_id="")), yes(ordered(prepay_id=7)),
        yes(ordered(prepay_id="a&b")), yes(ordered(prepay_id="x" * 65)),
        yes(ordered(merch_order_id="OTHER")), yes({"prepay_id": "x"}),
        answer({"code": "0", "biz_content": "{}"}), answer({"code": "0"}),
        HttpResponse(200, b'{"code":"1002","code":"0"}'), HttpResponse(502, b"<html>"),
        HttpResponse(404, b'{"error":"no such path"}'), HttpResponse(302, b""),
        answer(signed({"code": "0", "biz_content": ordered()}, key_of("stranger"))),
        answer({**genuine({"code": "0", "biz_content": ordered()}), "code": "00000"}),
        yes(ordered(extra="a=b")), yes(ordered(), extra="a&b"),
    ],
)  # fmt: skip
def test_an_order_that_was_neither_taken_nor_refused_is_unknown(said: HttpResponse) -> None:
    got = heard("collect", said)

    assert isinstance(got, Unknown)
    assert got.sent


STATES = [
    ("WAIT_PAY", "PENDING", WAITING), ("WAIT_PAY", "UNPAID", WAITING),
    ("PAYING", "PAYING", WAITING), ("PAYING", "PENDING", WAITING),
    ("ACCEPTED", None, WAITING), ("PAY_CANCEL", None, WAITING),
    ("PAY_SUCCESS", "PAID", PAID), ("Completed", None, PAID), ("success", "paid", PAID),
    ("REFUNDING", "REFUNDING", PAID), ("REFUND_SUCCESS", "REFUNDED", PAID),
    ("REFUND_SUCCESS", "PAID", PAID), ("REFUND_FAILED", "PAID", PAID), ("REFUNDING", "PAID", PAID),
    ("PAY_FAILED", "FAILURE", Refused(RefusalCode.OPERATOR_REFUSED, "PAY_FAILED", None)),
    ("Failure", None, Refused(RefusalCode.OPERATOR_REFUSED, "Failure", None)),
    ("ORDER_CLOSED", "EXPIRED", Refused(RefusalCode.PROMPT_EXPIRED, "ORDER_CLOSED", None)),
    ("Expired", None, Refused(RefusalCode.PROMPT_EXPIRED, "Expired", None)),
    ("ORDER_EXPIRED", None, Refused(RefusalCode.PROMPT_EXPIRED, "ORDER_EXPIRED", None)),
]  # fmt: skip


@pytest.mark.parametrize(("trade", "order", "expected"), STATES)
def test_every_state_of_an_order_is_read(trade: str, order: str | None, expected: object) -> None:
    """operators.md 5.6."""
    assert looked_up(yes(found(trade, order))) == expected


@pytest.mark.parametrize("word", ["completed", "COMPLETED", "Completed", "pay_Success", "Paid"])
def test_a_word_of_the_list_is_read_in_any_case(word: str) -> None:
    """F-O08."""
    assert looked_up(yes(found(word))) == PAID


@pytest.mark.parametrize(
    "word",
    [
        "Paıd",
        "paid ",
        "\u200bPAID",
        "PA1D",
        "ｐａｉｄ",
        "ſuccess",
        "Pay_ſucceſs",
        "Zahlung",
        "",
        "0",
    ],
)
def test_a_word_that_only_looks_like_one_of_the_list_is_unknown(word: str) -> None:
    """F-O08: Unicode has a small letter without a dot whose capital is our I."""
    assert isinstance(looked_up(yes(found(word))), Unknown)


def test_the_documents_own_field_alone_will_do() -> None:
    content = found("x", "PAID")
    del content["trade_status"]

    assert looked_up(yes(content)) == PAID


@pytest.mark.parametrize(
    ("trade", "order"),
    [
        ("PAY_SUCCESS", "PENDING"), ("WAIT_PAY", "PAID"), ("PAY_SUCCESS", "FAILURE"),
        ("ORDER_CLOSED", "PAID"), ("REFUND_SUCCESS", "FAILURE"), ("PAY_SUCCESS", "NEW_WORD"),
        ("NEW_WORD", "PAID"), ("", ""), ("NEW_WORD", None),
    ],
)  # fmt: skip
def test_a_state_that_is_not_listed_or_contradicts_itself_is_unknown(
    trade: str, order: str | None
) -> None:
    assert isinstance(looked_up(yes(found(trade, order))), Unknown)


@pytest.mark.parametrize("name", ["payment_order_id", "trans_id", "transId"])
def test_the_operators_reference_has_any_of_three_names(name: str) -> None:
    content = found("PAY_SUCCESS")
    del content["payment_order_id"], content["trans_id"]

    assert looked_up(yes({**content, name: "T-1"})) == Succeeded("T-1", djf(1500))


@pytest.mark.parametrize("amount", ["1500", "1500.0", "1500.00"])
@pytest.mark.parametrize("currency", ["DJF", "FDJ"])
def test_the_amount_is_read_to_the_franc(amount: str, currency: str) -> None:
    """F-O10: the document's table misspells the currency."""
    content = found("PAY_SUCCESS", total_amount=amount, trans_currency=currency)

    assert looked_up(yes(content)) == PAID


def test_another_amount_than_ordered_is_told_as_it_is() -> None:
    """F-O09: the switch compares it, and a difference never completes a movement."""
    assert looked_up(yes(found("PAY_SUCCESS", total_amount="1"))) == Succeeded(PAYMENT_ID, djf(1))


@pytest.mark.parametrize(
    "changed",
    [
        {"total_amount": "1500.5"}, {"total_amount": "-1500"}, {"total_amount": ""},
        {"total_amount": None}, {"total_amount": "1e3"}, {"trans_currency": "ETB"},
        {"trans_currency": None}, {"trans_currency": "djf"}, {"merch_order_id": "OTHER"},
        {"merch_order_id": None}, {"merch_code": "4321"}, {"appid": "1"},
        {"trans_id": "T1&total_amount=1500"},
    ],
)  # fmt: skip
def test_a_success_that_is_not_about_our_order_and_amount_is_unknown(changed: Fields) -> None:
    """S-IN-06, F-O10."""
    assert isinstance(looked_up(yes(found("PAY_SUCCESS", **changed))), Unknown)


def test_a_success_must_be_signed_by_the_gateway_and_unchanged() -> None:
    content = found("PAY_SUCCESS")
    said = {"result": "SUCCESS", "code": "0", "biz_content": content}
    altered = {**genuine(said), "biz_content": {**content, "total_amount": "1501"}}

    assert isinstance(looked_up(answer(said)), Unknown)
    assert isinstance(looked_up(answer(signed(said, key_of("merchant")))), Unknown)
    assert isinstance(looked_up(answer(altered)), Unknown)
    assert looked_up(answer(genuine(said))) == PAID


def test_an_order_that_is_not_there_is_missing() -> None:
    assert looked_up(no("1004", errorCode="1004")) == Missing()
    assert looked_up(answer(genuine({"result": "FAIL", "code": "1004"}))) == Missing()


@pytest.mark.parametrize(
    "said",
    [
        no("1004", errorCode="60320025"), no("1002"), no("9999"), answer({}),
        answer({"result": "FAIL"}), no("1004", status=503),
        answer(signed({"result": "FAIL", "code": "1004"}, key_of("stranger"))),
    ],
)  # fmt: skip
def test_a_query_that_failed_says_nothing_of_the_order(said: HttpResponse) -> None:
    assert isinstance(looked_up(said), Unknown)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Insufficient balance", RefusalCode.INSUFFICIENT_FUNDS),
        ("Wrong PIN three times", RefusalCode.WRONG_PIN),
        ("Wallet blocked", RefusalCode.WALLET_BLOCKED),
        ("Wallet not found", RefusalCode.WALLET_NOT_FOUND),
        ("Limit reached", RefusalCode.LIMIT_REACHED),
        ("Cancelled by the payer", RefusalCode.CANCELED_BY_PAYER),
        ("Solde insuffisant", RefusalCode.INSUFFICIENT_FUNDS),
        ("Shopping not supported", RefusalCode.OPERATOR_REFUSED),
    ],
)
def test_why_a_payment_failed_is_told_where_the_words_are_known(
    words: str, code: RefusalCode
) -> None:
    said = looked_up(yes(found("PAY_FAILED", "FAILURE", fail_reason=words)))

    assert said == Refused(code, "PAY_FAILED", words)


def test_a_refund_is_made_under_way_or_refused() -> None:
    assert heard("refund", yes(refunded())) == Succeeded("R900001", djf(400))
    assert heard("refund", yes(refunded("REFUNDING"))) == Pending("R900001")
    failed = heard("refund", yes(refunded("REFUND_FAILED")))
    assert failed == Refused(RefusalCode.OPERATOR_REFUSED, "REFUND_FAILED", None)
    for code in ("1006", "1007"):
        assert heard("refund", no(code)) == Refused(RefusalCode.OPERATOR_REFUSED, code, "no")


@pytest.mark.parametrize("code", ["1002", "1003", "49401024995"])
@pytest.mark.parametrize("call", ["refund", "pay_out"])
def test_invalid_may_be_what_our_own_request_hears_the_second_time(call: str, code: str) -> None:
    """F-N14, I-23: seed 884 of the simulation; the first delivery had moved the money."""
    assert isinstance(heard(call, no(code)), Unknown)


@pytest.mark.parametrize(
    "said",
    [
        no("1004"), no("1005"), no("9999"), no("60320025"), yes(refunded("REFUND_DUPLICATED")),
        yes(refunded("DONE")), yes(refunded(refund_amount="4.5")), yes(refunded(merch_code="1")),
        yes(refunded(refund_currency="ETB")), yes(refunded(merch_order_id="OTHER")),
        answer({"code": "0", "biz_content": refunded()}),
    ],
)  # fmt: skip
def test_a_refund_that_was_neither_made_nor_refused_is_unknown(said: HttpResponse) -> None:
    assert isinstance(heard("refund", said), Unknown)


@pytest.mark.parametrize(
    ("request_", "state", "expected"),
    [
        (REFUND, "PAY_SUCCESS", Missing()),
        (REFUND, "REFUNDING", Pending()),
        (WHOLE_REFUND, "REFUND_SUCCESS", Succeeded(None, djf(1500))),
    ],
)
def test_the_orders_state_tells_of_a_refund_where_it_can(
    request_: LegRequest, state: str, expected: object
) -> None:
    operator, scripted = dmoney_saying(yes(found(state)))

    assert asyncio.run(operator.look_up_refund(request_)) == expected
    assert [body["method"] for body in scripted.bodies] == ["payment.queryorder"]


@pytest.mark.parametrize(
    ("request_", "state"),
    [(REFUND, "REFUND_SUCCESS"), (REFUND, "REFUND_FAILED"), (WHOLE_REFUND, "REFUND_FAILED")],
)
def test_one_of_several_refunds_is_asked_for_by_its_own_number(
    request_: LegRequest, state: str
) -> None:
    """It is repeated as it was: whoever knows the number says what became of it."""
    operator, scripted = dmoney_saying(yes(refunded()), yes(found(state, "PAID")), yes(refunded()))

    async def story() -> object:
        await operator.refund(request_)
        return await operator.look_up_refund(request_)

    assert asyncio.run(story()) == Succeeded("R900001", djf(400))
    made, _, repeated = scripted.bodies
    assert repeated["biz_content"] == made["biz_content"]


def test_a_refund_of_an_order_that_is_not_paid_is_unknown() -> None:
    for said in (no("1004"), yes(found("WAIT_PAY")), no("9999"), HttpResponse(500, b"")):
        assert isinstance(heard("look_up_refund", said), Unknown)


def test_a_payout_is_accepted_then_found_in_the_simulators_dialect() -> None:
    content = found("ACCEPTED", merch_order_id=PAYOUT.reference)
    paid = {**content, "trade_status": "PAY_SUCCESS"}

    assert heard("pay_out", yes(content)) == Pending()
    assert heard("pay_out", yes(paid)) == PAID
    assert heard("look_up_payout", yes(paid)) == PAID
    assert heard("look_up_payout", no("1004")) == Missing()
    assert isinstance(heard("pay_out", no("1004")), Unknown)
    assert isinstance(heard("pay_out", no("1005")), Unknown)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Merchant balance too low", RefusalCode.FLOAT_TOO_LOW),
        ("Insufficient balance", RefusalCode.FLOAT_TOO_LOW),
        ("Wallet not found", RefusalCode.WALLET_NOT_FOUND),
        ("Limit reached", RefusalCode.LIMIT_REACHED),
        ("Credit refused", RefusalCode.OPERATOR_REFUSED),
    ],
)
def test_why_a_payout_failed_is_told_of_our_float_or_the_payees_wallet(
    words: str, code: RefusalCode
) -> None:
    content = found("PAY_FAILED", merch_order_id=PAYOUT.reference, fail_reason=words)

    for method in ("pay_out", "look_up_payout"):
        assert heard(method, yes(content)) == Refused(code, "PAY_FAILED", words)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("Frais de scolarité - T3", "Frais de scolarité T3"),
        ("a&total_amount=1", "a total amount 1".replace("l a", "l_a")),
        ('~`!#$%^*()-+=\\|/<>?;:"[]{}&', "Paiement"),
        ("", "Paiement"),
        ("a\r\nb\0c\ud800d", "a b c d"),
        ("Crème brûlée, n.º 7 d'été", "Crème brûlée, n.º 7 d'été"),
        ("e\u0301te\u0301", "été"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_title_has_nothing_that_the_document_forbids(given: str, sent: str) -> None:
    assert title_of(given) == sent


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("https://a.example/pay/k7/back", "https://a.example/pay/k7/back"),
        ("https://a.example/b?x=1&y=2", "https://a.example/b?x%3D1%26y%3D2"),
        ("https://a.example/b?x=1%26", "https://a.example/b?x%3D1%26"),
        ("https://a.example/é\r\n", "https://a.example/%C3%A9%0D%0A"),
        ("https://a.example/" + "x" * 500, None),
    ],
)
def test_the_way_back_has_nothing_that_could_be_another_field(given: str, sent: str | None) -> None:
    """operators.md 7b."""
    assert redirect_url(given) == sent
