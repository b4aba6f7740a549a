"""What D-Money's connector sends, where it sends the payer, and what it makes of silence."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cross.domain.money import djf
from cross.domain.operator import (
    LegRequest,
    Missing,
    Operator,
    Pending,
    RefusalCode,
    Refused,
    Unknown,
    Visit,
)
from cross.operators import dmoney
from cross.operators.dmoney.signing import Scheme, canonical, is_ambiguous, verify, verify_fields
from cross.operators.dmoney.tests.keys import key_of, private_pem, private_text, public_pem
from cross.operators.dmoney.tests.scripted import (
    APPID,
    MERCH_CODE,
    MOVEMENT,
    NOW,
    PAYOUT,
    PREPAY_ID,
    REFERENCE,
    REFUND,
    REQUEST,
    SETTINGS,
    Scripted,
    answer,
    connected,
    dmoney_saying,
    found,
    no,
    ordered,
    refunded,
    yes,
)
from cross.outbound import HttpResponse, NoAnswer

MERCHANT = key_of("merchant").public_key()
TIMEOUT = NoAnswer("no answer within 30 s", sent=True)
UNREACHABLE = NoAnswer("connection refused", sent=False)
NOT_THERE = HttpResponse(404, b'{"error":"no such path"}')
EFFECTS = [("collect", REQUEST), ("refund", REFUND), ("pay_out", PAYOUT)]
QUERIES = [("look_up_collection", REQUEST), ("look_up_refund", REFUND), ("look_up_payout", PAYOUT)]


def do(operator: Operator, method: str, request: LegRequest) -> Any:
    return asyncio.run(getattr(operator, method)(request))


def body_of(method: str, request: LegRequest, **settings: str) -> dict[str, Any]:
    operator, scripted = dmoney_saying(answer({}), payout_dialect="simulator", **settings)
    do(operator, method, request)
    return scripted.bodies[0]


def test_an_order_is_sent_as_documented() -> None:
    body = body_of("collect", REQUEST)

    content = body.pop("biz_content")
    assert content == {
        "appid": APPID,
        "merch_code": MERCH_CODE,
        "merch_order_id": REFERENCE,
        "trade_type": "Checkout",
        "title": "Frais de scolarité T3",
        "total_amount": "1500",
        "trans_currency": "DJF",
        "timeout_express": "45m",
        "business_type": "OnlineMerchant",
        "notify_url": SETTINGS["notify_url"],
        "callback_info": MOVEMENT,
        "redirect_url": "https://cross.example/pay/k7/back",
    }
    assert (body["method"], body["version"]) == ("payment.preorder", "1.0")
    assert body["timestamp"] == str(int(NOW.timestamp()))
    assert len(body["timestamp"]) == 10
    assert len(body["nonce_str"]) == 32
    assert body["sign_type"] == "SHA256WithRSA"
    assert set(body) == {"method", "version", "timestamp", "nonce_str", "sign", "sign_type"}


@pytest.mark.parametrize(
    ("method", "request_", "content"),
    [
        ("look_up_collection", REQUEST, {"merch_order_id": REFERENCE}),
        (
            "refund", REFUND,
            {"merch_order_id": REFERENCE, "refund_request_no": REFUND.reference,
             "refund_amount": "400", "trans_currency": "DJF",
             "refund_reason": "Retour d'un article"},
        ),
        (
            "pay_out", PAYOUT,
            {"merch_order_id": PAYOUT.reference, "payee_msisdn": "25377112233",
             "total_amount": "1500", "trans_currency": "DJF",
             "notify_url": SETTINGS["notify_url"], "remark": "Paie"},
        ),
        ("look_up_payout", PAYOUT, {"merch_order_id": PAYOUT.reference}),
    ],
)  # fmt: skip
def test_the_other_requests_have_their_fields(
    method: str, request_: LegRequest, content: dict[str, str]
) -> None:
    sent = body_of(method, request_)["biz_content"]

    assert sent == {"appid": APPID, "merch_code": MERCH_CODE, **content}


def test_the_field_of_a_refunds_amount_can_be_the_other_one() -> None:
    content = body_of("refund", REFUND, refund_amount_field="actual_amount")["biz_content"]

    assert content["actual_amount"] == "400"
    assert "refund_amount" not in content


HOSTILE = replace(
    REQUEST,
    description="x&total_amount=1",
    visit=Visit(
        title="x&total_amount=1\r\nmerch_order_id=VICTIM\0",
        return_url="https://shop.example/b?x=1&total_amount=1\r\n",
        cancel_url="",
        until=NOW + timedelta(minutes=5),
    ),
)


@pytest.mark.parametrize(("method", "request_"), [*EFFECTS, *QUERIES, ("collect", HOSTILE)])
def test_every_request_is_signed_and_none_has_a_value_that_could_be_two(
    method: str, request_: LegRequest
) -> None:
    """operators.md 7b, S-IN-04: the string splits into exactly the fields that were meant."""
    body = body_of(method, request_)

    assert verify_fields(body, MERCHANT, salt_bytes=32) == (Scheme.PSS, True)
    flat = {**body, **body["biz_content"]}
    for name in ("sign", "sign_type", "biz_content"):
        del flat[name]
    assert not any(is_ambiguous(value) or not value for value in flat.values())
    assert dict(part.split("=") for part in canonical(body).split("&")) == flat


@pytest.mark.parametrize(
    ("minutes", "sent"), [(0, "1m"), (0.5, "1m"), (7.9, "7m"), (120, "120m"), (500, "120m")]
)
def test_an_order_lives_as_long_as_the_visit(minutes: float, sent: str) -> None:
    assert REQUEST.visit is not None
    visit = replace(REQUEST.visit, until=NOW + timedelta(minutes=minutes))

    content = body_of("collect", replace(REQUEST, visit=visit))["biz_content"]

    assert content["timeout_express"] == sent


def test_without_a_visit_an_order_lives_two_hours_and_leads_nowhere() -> None:
    content = body_of("collect", replace(REQUEST, visit=None))["biz_content"]

    assert content["timeout_express"] == "120m"
    assert content["title"] == "Commande 77"
    assert "redirect_url" not in content


def test_the_payer_is_sent_to_a_signed_address_that_tells_nothing_of_the_order() -> None:
    operator, scripted = dmoney_saying(answer({}), web_url="https://pay.example")

    way = operator.hand_over(REQUEST, PREPAY_ID)

    assert way is not None
    assert (way.method, way.fields, way.expires_at) == ("GET", (), NOW + timedelta(minutes=45))
    parts = urlsplit(way.url)
    assert (
        f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://pay.example/payment/web/paygate"
    )
    fields = {name: value for name, [value] in parse_qs(parts.query).items()}
    assert fields.pop("sign_type") == "SHA256WithRSA"
    assert [fields.pop(name) for name in ("version", "trade_type", "language")] == [
        "1.0", "Checkout", "fr",
    ]  # fmt: skip
    signature = fields.pop("sign")
    assert set(fields) == {"appid", "merch_code", "nonce_str", "prepay_id", "timestamp"}
    assert verify(canonical(fields), signature, MERCHANT, salt_bytes=32) is Scheme.PSS
    assert not set("+/ ") & set(parts.query.partition("sign=")[2].partition("&")[0])
    assert scripted.asked == []


def test_the_same_view_gets_the_same_address_and_a_later_one_a_fresh_one() -> None:
    now = [NOW]
    operator = dmoney.connect(
        outbound=Scripted(answer({})), settings=SETTINGS, clock=lambda: now[0],
        random_bits=lambda _: 7,
    )  # fmt: skip

    def address(**visit: Any) -> str:
        assert REQUEST.visit is not None
        request = replace(REQUEST, visit=replace(REQUEST.visit, **visit))
        way = operator.hand_over(request, PREPAY_ID)
        assert way is not None
        return way.url

    first = address()
    assert address() == first
    assert "language=en" in address(language="en")
    assert "language=fr" in address(language="ar")
    assert address() == first
    now[0] += timedelta(minutes=4)
    assert address() != first


@pytest.mark.parametrize(("method", "request_"), EFFECTS)
def test_silence_after_sending_is_unknown_and_the_other_path_is_not_tried(
    method: str, request_: LegRequest
) -> None:
    """F-O23."""
    for said in (TIMEOUT, NOT_THERE, HttpResponse(502, b"")):
        operator, scripted = dmoney_saying(said, payout_dialect="simulator")
        got = do(operator, method, request_)
        assert isinstance(got, Unknown)
        assert got.sent
        assert len(scripted.bodies) == 1


@pytest.mark.parametrize(("method", "request_"), EFFECTS)
def test_where_no_connection_opened_nothing_was_sent(method: str, request_: LegRequest) -> None:
    operator, _ = dmoney_saying(UNREACHABLE, payout_dialect="simulator")

    assert do(operator, method, request_) == Unknown(UNREACHABLE.detail, sent=False)


@pytest.mark.parametrize(("method", "request_"), QUERIES)
def test_a_query_that_never_left_says_nothing_of_the_request_it_asks_about(
    method: str, request_: LegRequest
) -> None:
    operator, _ = dmoney_saying(UNREACHABLE, payout_dialect="simulator")

    assert do(operator, method, request_) == Unknown(UNREACHABLE.detail, sent=True)


def test_the_repeat_by_which_a_refund_is_asked_about_never_claims_that_nothing_was_sent() -> None:
    operator, _ = dmoney_saying(yes(found("REFUND_SUCCESS")), UNREACHABLE)

    got = do(operator, "look_up_refund", REFUND)

    assert isinstance(got, Unknown)
    assert got.sent


def test_queries_have_a_host_of_their_own_and_the_documented_path_to_fall_back_on() -> None:
    operator, scripted = dmoney_saying(
        NOT_THERE, yes(found("WAIT_PAY")), query_base_url="https://query.example"
    )

    assert do(operator, "look_up_collection", REQUEST) == Pending(PREPAY_ID, keeps=True)
    assert [asked.url for asked in scripted.asked[1:]] == [
        "https://query.example/apiaccess/payment/gateway/payment/v1/merchant/queryOrder",
        "https://query.example/apiaccess/payment/v1/merchant/queryOrder",
    ]
    first, second = scripted.bodies
    assert first["nonce_str"] != second["nonce_str"]


@pytest.mark.parametrize("said", [HttpResponse(500, b""), TIMEOUT, no("1004"), no("9999")])
def test_a_query_falls_back_only_where_the_path_is_not_there(
    said: HttpResponse | NoAnswer,
) -> None:
    operator, scripted = dmoney_saying(said)

    do(operator, "look_up_collection", REQUEST)

    assert len(scripted.bodies) == 1


def test_without_a_dialect_nothing_is_paid_out_and_nothing_is_sent() -> None:
    operator, scripted = dmoney_saying(answer({}))

    said = do(operator, "pay_out", PAYOUT)

    assert not operator.profile.pay_out
    assert isinstance(said, Refused)
    assert said.code is RefusalCode.OPERATOR_UNAVAILABLE
    assert isinstance(do(operator, "look_up_payout", PAYOUT), Unknown)
    assert scripted.asked == []
    assert connected(scripted, payout_dialect="simulator").profile.pay_out


def test_a_lost_order_is_found_with_its_page() -> None:
    """F-N02: nobody has to place it again to send the payer there."""
    operator, _ = dmoney_saying(TIMEOUT, yes(found("WAIT_PAY", "PENDING")))

    assert isinstance(do(operator, "collect", REQUEST), Unknown)
    assert do(operator, "look_up_collection", REQUEST) == Pending(PREPAY_ID, keeps=True)


def test_waiting_times_can_be_set() -> None:
    operator, scripted = dmoney_saying(
        TIMEOUT, answer_timeout_seconds="7.5", settling_seconds="5", prompt_seconds="600"
    )

    do(operator, "collect", replace(REQUEST, visit=None))

    assert {asked.deadline_seconds for asked in scripted.asked} == {7.5}
    assert operator.profile.settling_seconds == 5
    assert scripted.bodies[0]["biz_content"]["timeout_express"] == "10m"


@pytest.mark.parametrize("missing", SETTINGS)
def test_a_missing_setting_is_named_when_connecting(missing: str) -> None:
    settings = {name: value for name, value in SETTINGS.items() if name != missing}

    with pytest.raises(ValueError, match=missing):
        dmoney.connect(
            outbound=Scripted(answer({})), settings=settings, clock=lambda: NOW,
            random_bits=lambda _: 1,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "pg.example"), ("query_base_url", "x"), ("web_url", "ftp://x"),
        ("appid", "a-b"), ("merch_code", "1" * 17), ("app_key", "a\r\nb"), ("app_key", "a b"),
        ("business_type", "a&b"), ("private_key", "secret-text"), ("gateway_public_key", "AAAA"),
        ("notify_url", "https://a.example/?b=c"), ("notify_url", "https://a.example/?b&c"),
        ("notify_url", "https://a.example/" + "x" * 500), ("gateway_salt", "20"),
        ("refund_amount_field", "sum"), ("payout_dialect", "cps"),
    ],
)  # fmt: skip
def test_a_malformed_setting_is_named_and_its_value_not_shown(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name) as refused:
        connected(Scripted(answer({})), **{name: value})
    assert value not in str(refused.value)


@pytest.mark.parametrize("bits", [2048, 3072])
def test_keys_are_taken_in_the_forms_in_which_they_are_delivered(bits: int) -> None:
    key = key_of("large", bits)
    for text in (private_text(key), private_pem(key), private_pem(key).replace("\n", "\\n")):
        scripted = Scripted(yes(ordered()))
        operator = connected(
            scripted, private_key=text,
            gateway_public_key=public_pem(key_of("gateway").public_key()),
        )  # fmt: skip
        assert isinstance(do(operator, "collect", REQUEST), Pending)
        assert verify_fields(scripted.bodies[0], key.public_key(), salt_bytes=32)


def test_a_refund_needs_the_collection_that_it_gives_back() -> None:
    operator, _ = dmoney_saying(yes(refunded()))

    with pytest.raises(ValueError, match=REFUND.reference):
        do(operator, "refund", replace(REFUND, original=None))


def test_an_order_that_was_never_placed_is_missing() -> None:
    operator, _ = dmoney_saying(no("1004", error_details="x"))

    assert do(operator, "look_up_collection", replace(REQUEST, money=djf(7))) == Missing()
