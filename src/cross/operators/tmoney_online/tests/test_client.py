"""What TMoney Online's connector asks, what it hands over, and what it makes of silence."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from cross.domain.money import xof
from cross.domain.msisdn import Msisdn
from cross.domain.operator import (
    HandOver,
    LegRequest,
    Outcome,
    Pending,
    RefusalCode,
    Refused,
    Unknown,
)
from cross.operators.tmoney_online.tests.scripted import (
    NOW,
    PURCHASEREF,
    REQUEST,
    SESSION,
    VISIT,
    Says,
    connected,
)
from cross.outbound import HttpResponse, NoAnswer

GIVEN = HttpResponse(200, b"OK:" + SESSION.encode())


def collect(said: Says) -> Outcome:
    return asyncio.run(connected(said)[0].collect(REQUEST))


def handed_over(request: LegRequest = REQUEST, **settings: str) -> HandOver:
    there = connected(settings=settings)[0].hand_over(request, SESSION)
    assert there is not None
    return there


def test_a_session_is_asked_for_by_the_merchant_alone_and_kept() -> None:
    operator, said = connected(GIVEN)

    assert asyncio.run(operator.collect(REQUEST)) == Pending(SESSION, keeps=True)
    (asked,) = said.asked
    assert asked.method == "GET"
    assert asked.url == "https://tmoney.example/online/online.php?merchantid=1234567890123456"
    assert (asked.headers, asked.body, asked.deadline_seconds) == ((), b"", 15.0)


@pytest.mark.parametrize("code", ["UNKNOWN_MERCHANT", "IP_NOT_ALLOWED", "MERCHANT_SUSPENDED"])
def test_no_session_is_a_refusal_since_nothing_can_be_paid_without_one(code: str) -> None:
    said = collect(HttpResponse(200, f"NOK:{code}".encode()))

    assert said == Refused(RefusalCode.OPERATOR_REFUSED, code)


@pytest.mark.parametrize(
    "said",
    [
        HttpResponse(500, b"OK:" + SESSION.encode()),
        HttpResponse(302, b""),
        HttpResponse(200, b""),
        HttpResponse(200, b"OK"),
        HttpResponse(200, b"NOK"),
        HttpResponse(200, b"NOK:"),
        HttpResponse(200, b"NOK:no such merchant"),
        HttpResponse(200, b"ok:" + SESSION.encode()),
        HttpResponse(200, b"OK:" + SESSION.encode() + b"\n"),
        HttpResponse(200, b"OK:" + SESSION.encode() + b"0"),
        HttpResponse(200, b"OK:" + SESSION[:31].encode()),
        HttpResponse(200, b"OK:" + SESSION[:31].encode() + b"/"),
        HttpResponse(200, b"OK:" + "٣".encode() * 16),
        HttpResponse(200, b"<html><body>OK:" + SESSION.encode()),
        HttpResponse(502, b"<html><body>Bad Gateway</body></html>"),
    ],
)
def test_any_other_answer_is_unknown(said: HttpResponse) -> None:
    """F-N05, F-N11, F-N13."""
    assert isinstance(collect(said), Unknown)


def test_silence_is_unknown_and_tells_whether_anything_was_sent() -> None:
    for sent in (True, False):
        assert collect(NoAnswer("no answer", sent=sent)) == Unknown("no answer", sent=sent)


def test_the_order_form_has_the_documents_fields_in_its_order() -> None:
    wallet = Msisdn("+22890112233")

    there = handed_over(replace(REQUEST, wallet=wallet))

    assert (there.method, there.url) == ("POST", "https://tmoney.example/online/online.php")
    assert there.fields == (
        ("sessionid", SESSION),
        ("merchantid", "1234567890123456"),
        ("amount", "1500"),
        ("currency", "952"),
        ("purchaseref", PURCHASEREF),
        ("phonenumber", "22890112233"),
        ("brand", "BOUTIQUE AFI"),
        ("description", "Commande 77"),
        ("accepturl", "https://cross.example/pay/abc/return"),
        ("declineurl", "https://cross.example/pay/abc/return"),
        ("cancelurl", "https://cross.example/pay/abc/cancel"),
        ("text", "Boutique Afi : commande 77"),
        ("language", "fr"),
    )


def test_a_number_that_only_the_payer_knows_is_left_out_of_the_form() -> None:
    assert "phonenumber" not in dict(handed_over().fields)


@pytest.mark.parametrize(("asked", "sent"), [("fr", "fr"), ("en", "en"), ("ar", "fr"), ("", "fr")])
def test_the_page_is_in_a_language_that_the_operator_has(asked: str, sent: str) -> None:
    request = replace(REQUEST, visit=replace(VISIT, language=asked))

    assert dict(handed_over(request).fields)["language"] == sent


def test_texts_are_plain_and_as_long_as_their_field() -> None:
    visit = replace(VISIT, title="Une <b>grande</b>\r\nboutique " + "x" * 300)
    request = replace(REQUEST, visit=visit, description="<script>alert(1)</script>\0" + "y" * 300)

    fields = dict(handed_over(request).fields)

    assert fields["text"].startswith("Une grande boutique xxx")
    assert fields["description"].startswith("alert(1) yyy")
    assert (len(fields["text"]), len(fields["description"])) == (250, 255)


def test_an_address_too_long_for_its_field_is_left_to_the_operators_configuration() -> None:
    just = "https://cross.example/" + "a" * (150 - len("https://cross.example/"))
    visit = replace(VISIT, return_url=just + "a", cancel_url=just)

    fields = dict(handed_over(replace(REQUEST, visit=visit)).fields)

    assert "accepturl" not in fields
    assert "declineurl" not in fields
    assert fields["cancelurl"] == just


def test_the_way_ends_with_the_session_or_the_visit_whichever_is_first() -> None:
    assert handed_over().expires_at == NOW + timedelta(seconds=180)
    assert handed_over(session_seconds="60").expires_at == NOW + timedelta(seconds=60)
    soon = replace(VISIT, until=NOW + timedelta(seconds=30))
    assert handed_over(replace(REQUEST, visit=soon)).expires_at == soon.until


def test_without_a_visit_there_is_no_way() -> None:
    assert connected()[0].hand_over(replace(REQUEST, visit=None), SESSION) is None


def test_what_is_not_offered_is_refused_and_nothing_is_sent() -> None:
    operator, said = connected(GIVEN)
    for method in ("pay_out", "look_up_payout", "refund", "look_up_refund"):
        refused = asyncio.run(getattr(operator, method)(replace(REQUEST, money=xof(500))))
        assert isinstance(refused, Refused)
        assert refused.code is RefusalCode.OPERATOR_REFUSED
    assert said.asked == []
    assert not operator.profile.pay_out
    assert operator.profile.refunds_through == "tmoney"


def test_nobody_can_be_asked_and_the_silence_is_overdue_once_all_notifications_were_due() -> None:
    """Form, three PINs and one OTP of 180 s each, and 150 s in which a notification is repeated."""
    for seconds, overdue in ((0, False), (1049, False), (1050, True)):
        operator, said = connected(GIVEN, at=NOW + timedelta(seconds=seconds))
        answer = asyncio.run(operator.look_up_collection(REQUEST))
        assert answer == Unknown("TMoney Online answers no queries", overdue=overdue)
        assert said.asked == []


def test_the_time_to_pay_follows_the_sessions_length() -> None:
    short = {"session_seconds": "60"}
    assert connected()[0].profile.prompt_seconds == 900
    assert connected(settings=short)[0].profile.prompt_seconds == 300
    assert connected(settings={**short, "prompt_seconds": "7"})[0].profile.prompt_seconds == 7


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", ""),
        ("base_url", "ftp://tmoney.example"),
        ("merchantid", ""),
        ("merchantid", "123456789012345"),
        ("merchantid", "12345678901234567"),
        ("merchantid", "123456789012345x"),
        ("brand", ""),
        ("brand", "x" * 151),
        ("brand", "BOUTIQUE\nAFI"),
        ("purchaseref_secret", ""),
        ("purchaseref_secret", "too short"),
        ("allowed_networks", ""),
        ("allowed_networks", "everywhere"),
        ("allowed_networks", "192.0.2.7/28"),
        ("session_seconds", "0"),
        ("session_seconds", "3 minutes"),
        ("no_such_setting", "1"),
    ],
)
def test_a_setting_that_cannot_be_is_named_and_its_value_never_shown(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name) as refusal:
        connected(settings={name: value})

    assert not value or value not in str(refusal.value)
