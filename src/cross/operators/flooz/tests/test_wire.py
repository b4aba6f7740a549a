"""Every word of Flooz's JSON service by what it means (operators.md 3.4 to 3.7)."""

import json
from urllib.parse import urlencode

import pytest

from cross.domain.money import xof
from cross.domain.operator import (
    CallbackHint,
    Missing,
    Outcome,
    Pending,
    RawCallback,
    RefusalCode,
    Refused,
    Succeeded,
    Unknown,
)
from cross.operators.flooz import wire
from cross.operators.flooz.tests.scripted import REFERENCE, REQUEST, answer

REFUSED = RefusalCode.OPERATOR_REFUSED
OPEN = RefusalCode.PROMPT_ALREADY_OPEN


def accepted(**changed: object) -> dict[str, object]:
    return {
        "status": "0",
        "code": "0",
        "message": "TRANSACTION IS BEING PROCESSED",
        "description": "Push envoye",
        "mrorrefid": "M900001",
        "refid": "M900001",
        **changed,
    }


def refused(status: object, **changed: object) -> dict[str, object]:
    return {"status": status, "code": status, "message": "", "description": "", **changed}


def credited(**changed: object) -> dict[str, object]:
    return {**accepted(message="SUCCESS", referenceid="F720261122000001"), **changed}


def verified(*, outer: object = "0", **changed: object) -> dict[str, object]:
    details = {
        "pushussd": "SUCCESS",
        "callback": "SUCCESS",
        "amount": "1500",
        "mrchreference": REFERENCE,
        "mrchname": "CROSS",
        "msisdn": "22896112233",
        "mrorreference": "M900001",
        "referenceid": "F720261122000001",
        "validationdate": "2026-11-22 10:15:41",
        "status": "0",
        **changed,
    }
    return {"status": outer, "message": "SUCCESS", "code": details["status"], "details": details}


def debit(content: object, *, status: int = 200) -> Outcome:
    return wire.debit_outcome(wire.read_answer(answer(content, status=status)), REQUEST)


def credit(content: object, *, status: int = 200) -> Outcome:
    return wire.credit_outcome(wire.read_answer(answer(content, status=status)), REQUEST)


def looked_up(content: object, *, status: int = 200, is_credit: bool = False) -> Outcome | Missing:
    read = wire.read_answer(answer(content, status=status))
    return wire.verify_outcome(read, REQUEST, is_credit=is_credit)


PAID = Succeeded("F720261122000001", xof(1500))


def test_an_accepted_debit_is_pending_and_never_paid() -> None:
    assert debit(accepted()) == Pending("M900001")
    assert debit({"status": "0"}) == Pending()
    assert debit({"code": "0", "refid": "M900001"}) == Pending("M900001")
    assert debit(credited()) == Pending("M900001")


@pytest.mark.parametrize(
    ("status", "reason"),
    [("1", REFUSED), ("3", REFUSED), ("5", REFUSED), ("8", OPEN), ("9", OPEN), ("10", REFUSED),
     ("100", REFUSED)],
)  # fmt: skip
def test_a_listed_status_refuses_a_debit(status: str, reason: RefusalCode) -> None:
    assert debit(refused(status)) == Refused(reason, status)
    assert debit({"status": status}) == Refused(reason, status)


@pytest.mark.parametrize(
    "status",
    ["4", "99", "2", "6", "7", "11", "-1", "", " 0", "00", 0, 1, 10, None, True, [], {}, "SUCCESS"],
)
def test_any_other_status_of_a_debit_is_unknown(status: object) -> None:
    assert isinstance(debit(refused(status)), Unknown)
    assert isinstance(debit({"status": status}), Unknown)
    assert isinstance(debit({}), Unknown)


def test_a_status_and_a_code_that_disagree_are_unknown() -> None:
    assert isinstance(debit(accepted(code="10")), Unknown)
    assert isinstance(debit(refused("10", code="0")), Unknown)
    assert isinstance(credit(credited(code="10")), Unknown)


REASONS = [
    ("Solde insuffisant", RefusalCode.INSUFFICIENT_FUNDS),
    ("INSUFFICIENT FUNDS", RefusalCode.INSUFFICIENT_FUNDS),
    ("Client inconnu", RefusalCode.WALLET_NOT_FOUND),
    ("SUBSCRIBER NOT REGISTERED", RefusalCode.WALLET_NOT_FOUND),
    ("Plafond atteint", RefusalCode.LIMIT_REACHED),
    ("LIMIT REACHED", RefusalCode.LIMIT_REACHED),
    ("Délai dépassé", RefusalCode.PROMPT_EXPIRED),
    ("USSD PUSH TIMEOUT", RefusalCode.PROMPT_EXPIRED),
    ("Transaction refusée par le client", RefusalCode.PAYER_REFUSED),
    ("CANCELLED BY SUBSCRIBER", RefusalCode.PAYER_REFUSED),
    ("Compte bloqué", RefusalCode.WALLET_BLOCKED),
    ("SUBSCRIBER BLOCKED", RefusalCode.WALLET_BLOCKED),
    ("Code PIN erroné", RefusalCode.WRONG_PIN),
    ("WRONG PIN", RefusalCode.WRONG_PIN),
    ("Une demande est deja en attente", RefusalCode.PROMPT_ALREADY_OPEN),
    ("Solde partenaire insuffisant", RefusalCode.FLOAT_TOO_LOW),
    ("PARTNER BALANCE TOO LOW", RefusalCode.FLOAT_TOO_LOW),
    ("Erreur", REFUSED),
]


@pytest.mark.parametrize(("words", "reason"), REASONS)
@pytest.mark.parametrize("place", ["message", "description"])
def test_a_failure_is_refused_for_what_its_words_say(
    words: str, reason: RefusalCode, place: str
) -> None:
    assert debit(refused("10", **{place: words})) == Refused(reason, "10", words)
    assert debit(refused("5", **{place: words})) == Refused(reason, "5", words)
    outside = {**verified(status="10"), "message": "", place: words}
    assert looked_up(outside) == Refused(reason, "10", words)
    inside = {**verified(status="10", **{place: words}), "message": ""}
    assert looked_up(inside) == Refused(reason, "10", words)


def test_the_meaning_of_8_and_9_stands_whatever_the_words() -> None:
    assert debit(refused("8", message="LIMIT")) == Refused(OPEN, "8", "LIMIT")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Solde insuffisant", RefusalCode.FLOAT_TOO_LOW),  # ours: a credit takes from our balance
        ("PARTNER BALANCE TOO LOW", RefusalCode.FLOAT_TOO_LOW),
        ("Transaction refusee", REFUSED),  # nobody was asked
        ("USSD PUSH TIMEOUT", REFUSED),
        ("WRONG PIN", REFUSED),
        ("Client inconnu", RefusalCode.WALLET_NOT_FOUND),
        ("Compte bloque", RefusalCode.WALLET_BLOCKED),
    ],
)
def test_the_same_words_say_of_a_credit_what_they_mean_there(
    words: str, reason: RefusalCode
) -> None:
    assert credit(refused("10", message=words)) == Refused(reason, "10", words)
    failed = {**verified(status="10"), "message": words}
    assert looked_up(failed, is_credit=True) == Refused(reason, "10", words)


def test_a_credit_is_made_where_status_0_comes_with_a_referenceid() -> None:
    assert credit(credited()) == Succeeded("F720261122000001")
    assert credit(credited(amount="1500")) == PAID
    assert credit(credited(amount=1600)) == Succeeded("F720261122000001", xof(1600))


@pytest.mark.parametrize("reference", [None, "", [], {}, True, "x" * 65, "a\nb"])
def test_a_credit_without_a_referenceid_is_unknown(reference: object) -> None:
    assert isinstance(credit(credited(referenceid=reference)), Unknown)


@pytest.mark.parametrize("status", ["1", "3", "5", "10"])
def test_a_listed_status_refuses_a_credit(status: str) -> None:
    assert credit(refused(status)) == Refused(REFUSED, status)


@pytest.mark.parametrize("status", ["4", "8", "9", "99", "100", "2", "", 0, None, True, []])
def test_any_other_status_of_a_credit_is_unknown(status: object) -> None:
    """100 is pending in the same vendor's other services: a payout may still come of it."""
    assert isinstance(credit(refused(status, referenceid="F1")), Unknown)


def test_a_payment_is_paid_only_where_the_inner_status_says_so() -> None:
    assert looked_up(verified()) == PAID


@pytest.mark.parametrize("inner", ["1", "SUCCESS", "", "00", 0, True, [], {}, "2", "99"])
def test_any_other_inner_status_is_unknown(inner: object) -> None:
    assert isinstance(looked_up(verified(status=inner)), Unknown)


@pytest.mark.parametrize("inner", [None, "100"])
def test_the_outer_status_never_says_paid(inner: object) -> None:
    undecided = verified(status=inner)

    assert looked_up(undecided) == Pending("M900001")
    assert looked_up({**undecided, "code": "0"}) == Pending("M900001")


def test_an_undecided_payment_has_no_inner_status_at_all() -> None:
    content = verified()
    details = content["details"]
    assert isinstance(details, dict)
    del details["status"]

    assert looked_up(content) == Pending("M900001")


@pytest.mark.parametrize(
    "said", [{"status": "10"}, {"status": "10", "code": "10", "message": "NOT FOUND"},
             {"status": "10", "details": None}],
)  # fmt: skip
def test_an_outer_10_without_details_is_missing(said: object) -> None:
    assert looked_up(said) == Missing()


@pytest.mark.parametrize(
    "said",
    [
        {}, {"status": "0"}, {"status": "0", "details": None}, {"status": "0", "details": []},
        {"status": "0", "details": {}}, {"status": "0", "details": "0"}, {"status": 10},
        {"status": "10", "details": {}}, {"status": "99"}, {"status": "5"}, {"code": "10"},
        verified(outer="10"), verified(outer="99"), verified(outer=0), verified(outer=None),
        [verified()], "0", None,
    ],
    ids=lambda said: json.dumps(said)[:40],
)  # fmt: skip
def test_any_other_verification_is_unknown_and_not_missing(said: object) -> None:
    assert isinstance(looked_up(said), Unknown)


@pytest.mark.parametrize("reference", ["CRX01OTHER", REFERENCE.lower(), None, "", 7, [REFERENCE]])
def test_an_answer_about_another_reference_is_unknown(reference: object) -> None:
    """F-N06."""
    assert isinstance(looked_up(verified(mrchreference=reference)), Unknown)
    assert isinstance(looked_up({**verified(), "mrchrefid": reference}), Unknown)
    for name in ("mrchrefid", "mrchreference"):
        assert isinstance(debit(accepted(**{name: reference})), Unknown)
        assert isinstance(debit(refused("10", **{name: reference})), Unknown)
        assert isinstance(credit(credited(**{name: reference})), Unknown)


def test_an_answer_about_another_wallet_is_unknown() -> None:
    assert isinstance(looked_up(verified(msisdn="22896112234")), Unknown)
    assert looked_up(verified(msisdn="96112233")) == PAID


@pytest.mark.parametrize("amount", ["1500.50", 1500.5, "-1", "", "mille", True, [], {}])
def test_an_amount_that_cannot_be_read_is_unknown(amount: object) -> None:
    """I-08."""
    assert isinstance(looked_up(verified(amount=amount)), Unknown)
    assert isinstance(credit(credited(amount=amount)), Unknown)


@pytest.mark.parametrize("amount", [1600, "1600", "1600.00"])
def test_another_amount_is_told_and_left_to_the_domain(amount: object) -> None:
    """F-O09."""
    assert looked_up(verified(amount=amount)) == Succeeded("F720261122000001", xof(1600))


@pytest.mark.parametrize(
    "status", [100, 201, 202, 204, 302, 400, 401, 403, 404, 429, 500, 502, 503]
)
def test_a_status_other_than_200_says_nothing_whatever_the_body(status: int) -> None:
    """F-O15."""
    assert isinstance(debit(refused("10"), status=status), Unknown)
    assert isinstance(credit(credited(), status=status), Unknown)
    assert isinstance(looked_up(verified(), status=status), Unknown)
    assert isinstance(looked_up({"status": "10"}, status=status), Unknown)


@pytest.mark.parametrize(
    ("content", "status", "is_refused"),
    [
        (refused("99"), 200, True), ({"status": "99"}, 200, True), ({"code": "99"}, 200, True),
        (refused("99", code="0"), 200, False), (refused(99), 200, False),
        (refused("99"), 401, False), ("<html>", 401, False),
        (refused("4"), 200, False), (accepted(), 200, False),
    ],
    ids=str,
)  # fmt: skip
def test_only_a_definite_refusal_of_the_token_is_taken_for_one(
    content: object, status: int, *, is_refused: bool
) -> None:
    assert wire.refuses_token(wire.read_answer(answer(content, status=status))) is is_refused


def callback(body: bytes) -> RawCallback:
    return RawCallback("POST", "", (), body, "192.0.2.7")


FIELDS = {
    "amount": "1500",
    "refid": "F720261122000001",
    "mrchrefid": REFERENCE,
    "msisdn": "22896112233",
    "status": "0",
    "message": "SUCCESS",
}


@pytest.mark.parametrize("body", [json.dumps(FIELDS).encode(), urlencode(FIELDS).encode()])
def test_a_callback_names_its_reference_in_json_and_as_a_form(body: bytes) -> None:
    assert wire.read_callback(callback(body)) == CallbackHint(REFERENCE, "0 SUCCESS")


def test_a_callback_without_mrchrefid_has_our_reference_in_refid() -> None:
    told = {"refid": REFERENCE, "status": "0"}

    assert wire.read_callback(callback(json.dumps(told).encode())).reference == REFERENCE
    assert wire.read_callback(callback(urlencode(told).encode())).reference == REFERENCE


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"<html>", b"status", b'{"mrchrefid":"A","mrchrefid":"B"}',
        b"mrchrefid=A&mrchrefid=B",
        b'{"mrchrefid":7}', b'{"mrchrefid":["A"]}', b'{"mrchrefid":"A\\u0000"}', b"mrchrefid=A%00",
        b"mrchrefid=%ff", b"\xff=1", b"&".join(b"a%d=1" % n for n in range(60)) + b"&mrchrefid=A",
        b'{"a":"&refid=VICTIM&x=","mrchrefid":"A","mrchrefid":"B"}', b"[" * 100_000,
        b' {"mrchrefid":"A","x":NaN}', b'{"status":"0"}', b"status=0",
    ],
    ids=lambda body: repr(body)[:30],
)  # fmt: skip
def test_a_callback_that_cannot_be_trusted_to_name_a_reference_names_none(body: bytes) -> None:
    assert wire.read_callback(callback(body)).reference is None


@pytest.mark.parametrize("body", [b"", json.dumps(FIELDS).encode()])
def test_the_reply_to_a_callback_is_always_the_same(body: bytes) -> None:
    """S-IN-09."""
    reply = wire.reply_to_callback(callback(body))

    assert (reply.status, reply.content_type) == (200, "application/json")
    assert json.loads(reply.body) == {"message": "success", "code": 0}
