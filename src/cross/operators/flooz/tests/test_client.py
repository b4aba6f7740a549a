"""What Flooz's connector asks, and what it makes of silence."""

import asyncio

import pytest

from cross.domain.money import xof
from cross.domain.operator import Missing, Operator, Outcome, Pending, Succeeded, Unknown
from cross.operators import flooz
from cross.operators.flooz.tests.scripted import (
    NOW,
    REQUEST,
    SETTINGS,
    Scripted,
    answer,
    connected,
    flooz_saying,
)
from cross.operators.flooz.tests.test_wire import accepted, credited, refused, verified
from cross.outbound import HttpResponse, NoAnswer

TIMEOUT = NoAnswer("no answer within 135 s", sent=True)
UNREACHABLE = NoAnswer("connection refused", sent=False)
INVALID = answer(refused("99"))
EFFECTS = ("collect", "pay_out")
QUERIES = ("look_up_collection", "look_up_payout")
HOSTILE = [
    HttpResponse(200, b'{"status":"0","code'),  # F-N05
    HttpResponse(200, b"<html><body>Bad Gateway</body></html>"),  # F-N13
    HttpResponse(502, b"<html><body>Bad Gateway</body></html>"),
    HttpResponse(302, b""),  # F-N11
    HttpResponse(200, b""),
    HttpResponse(200, b'{"details":' + b"[" * 100_000),
    HttpResponse(200, b'{"status":"10","status":"0","referenceid":"F1"}'),
    HttpResponse(200, b'{"status":"0","referenceid":"F1","amount":NaN}'),
    HttpResponse(200, b'{"status":' + b"9" * 5_000 + b"}"),
]


def do(operator: Operator, method: str) -> Outcome | Missing:
    said: Outcome | Missing = asyncio.run(getattr(operator, method)(REQUEST))
    return said


def addresses(*, layout: str) -> list[str]:
    operator, said = flooz_saying(answer(accepted()), layout=layout)
    for method in (*EFFECTS, *QUERIES):
        do(operator, method)
    assert all(asked.method == "POST" for asked in said.asked)
    return [asked.url.removeprefix("https://flooz.example") for asked in said.asked]


@pytest.mark.parametrize(
    ("layout", "debit", "verify"),
    [
        ("L1", "/payment/HttpService/json/cv/debit", "/payment/HttpService/json/cv/Verify"),
        ("L2", "/Flooz/DebitService/Debit", "/Flooz/DebitService/Verify"),
        ("L3", "/floozdebitapi/flooz/debitService", "/floozdebitapi/flooz/verify"),
    ],
)
def test_each_layout_has_its_paths(layout: str, debit: str, verify: str) -> None:
    credit = "/payment/HttpService/json/cv/credit"

    assert addresses(layout=layout) == [debit, credit, verify, verify]


def test_a_debit_is_pending_a_credit_done_and_both_can_be_asked_about() -> None:
    paid = Succeeded("F720261122000001", xof(1500))
    assert do(flooz_saying(answer(accepted()))[0], "collect") == Pending("M900001")
    assert do(flooz_saying(answer(credited(amount="1500")))[0], "pay_out") == paid
    for method in QUERIES:
        assert do(flooz_saying(answer(verified()))[0], method) == paid
        assert do(flooz_saying(answer({"status": "10"}))[0], method) == Missing()


@pytest.mark.parametrize("method", EFFECTS)
def test_silence_after_sending_is_unknown_and_before_it_provably_nothing(method: str) -> None:
    assert do(flooz_saying(TIMEOUT)[0], method) == Unknown(TIMEOUT.detail)
    assert do(flooz_saying(UNREACHABLE)[0], method) == Unknown(UNREACHABLE.detail, sent=False)


@pytest.mark.parametrize("method", QUERIES)
@pytest.mark.parametrize(
    "driver", [{}, {"credit_driver": "soap", "soap_url": "https://moov.example"}]
)
def test_a_query_that_never_left_says_nothing_of_the_request_it_asks_about(
    method: str, driver: dict[str, str]
) -> None:
    operator, _ = flooz_saying(UNREACHABLE, **driver)

    assert do(operator, method) == Unknown(UNREACHABLE.detail, sent=True)


@pytest.mark.parametrize("method", [*EFFECTS, *QUERIES])
@pytest.mark.parametrize("said", HOSTILE, ids=lambda said: f"{said.status} {said.body[:24]!r}")
def test_a_hostile_answer_is_unknown(method: str, said: HttpResponse) -> None:
    """F-N05, F-N13."""
    got = do(flooz_saying(said)[0], method)

    assert isinstance(got, Unknown)
    assert got.sent


@pytest.mark.parametrize("method", EFFECTS)
def test_a_repeated_reference_is_asked_about_and_never_taken_for_a_refusal(method: str) -> None:
    assert isinstance(do(flooz_saying(answer(refused("4")))[0], method), Unknown)


@pytest.mark.parametrize(
    ("method", "body"), [("collect", answer(accepted())), ("pay_out", answer(credited()))]
)
def test_a_refused_token_costs_one_repeat_of_the_same_request(
    method: str, body: HttpResponse
) -> None:
    operator, said = flooz_saying(INVALID, body)

    assert isinstance(do(operator, method), Pending | Succeeded)
    assert len(said.asked) == 2
    assert said.asked[0].body == said.asked[1].body


@pytest.mark.parametrize("method", [*EFFECTS, *QUERIES])
def test_a_second_refusal_of_the_token_is_unknown_and_ends_it(method: str) -> None:
    operator, said = flooz_saying(INVALID)

    got = do(operator, method)

    assert isinstance(got, Unknown)
    assert got.sent
    assert len(said.asked) == 2


def test_after_a_refused_token_nothing_is_promised_not_to_have_left() -> None:
    assert do(flooz_saying(INVALID, UNREACHABLE)[0], "pay_out") == Unknown(
        UNREACHABLE.detail, sent=True
    )
    operator, _ = flooz_saying(answer({"key": "a"}), INVALID, UNREACHABLE, token_variant="V3")
    got = do(operator, "pay_out")
    assert isinstance(got, Unknown)
    assert got.sent


def test_waiting_times_can_be_set() -> None:
    operator, said = flooz_saying(TIMEOUT, answer_timeout_seconds="7.5", settling_seconds="5")

    do(operator, "collect")

    assert said.asked[0].deadline_seconds == 7.5
    assert operator.profile.settling_seconds == 5
    assert operator.profile.refuses_repeated_reference


def test_a_credit_by_soap_is_never_sent_twice() -> None:
    operator = connected(
        Scripted(TIMEOUT), credit_driver="soap", soap_url="https://m.example/U?wsdl"
    )

    assert not operator.profile.refuses_repeated_reference


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({}, "base_url"), ({}, "merchant_key"), ({}, "merchant_name"), ({}, "partner_msisdn"),
        ({}, "username"), ({}, "password"), ({}, "aes_key"), ({"token_variant": "V2"}, "aes_key"),
        ({"token_variant": "V3"}, "password"), ({"token_variant": "V4"}, "static_token"),
        ({"credit_driver": "soap"}, "soap_url"),
        ({"token_variant": "V4", "static_token": "t", "credit_driver": "soap",
          "soap_url": "https://m.example"}, "aes_key"),
    ],
)  # fmt: skip
def test_a_missing_setting_is_named_when_connecting(changed: dict[str, str], missing: str) -> None:
    settings = {name: value for name, value in SETTINGS.items() if name != missing} | changed

    with pytest.raises(ValueError, match=f"flooz needs the setting '{missing}'"):
        flooz.connect(
            outbound=Scripted(TIMEOUT),
            settings=settings,
            clock=lambda: NOW,
            random_bits=lambda _: 0,
        )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "flooz.example"), ("layout", "L4"), ("token_variant", "V5"),
        ("aes_key", "short"), ("aes_key", "é" * 32), ("aes_key", "z" * 64),
        ("partner_msisdn", "+22800000042"),
        ("partner_msisdn", "2280000004"), ("username", "a:b"), ("credit_driver", "xml"),
        ("static_token", "a\r\nb"), ("answer_timeout_seconds", "0"), ("merchantkey", "x"),
    ],
)  # fmt: skip
def test_a_malformed_or_unknown_setting_is_named_and_no_value_is_shown(
    name: str, value: str
) -> None:
    with pytest.raises(ValueError, match=name) as refusal:
        connected(Scripted(TIMEOUT), **{name: value})
    assert "cross-secret" not in str(refusal.value)
    assert "0123456789abcdef" not in str(refusal.value)
