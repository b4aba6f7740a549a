"""What a notification proves: nothing, unless its source, its token and every field fit."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross.domain.money import xof
from cross.domain.msisdn import Msisdn
from cross.domain.operator import CallbackHint, RawCallback, RefusalCode, Refused, Succeeded
from cross.operators.tmoney_online.purchaseref import purchaseref_for, reference_in
from cross.operators.tmoney_online.tests.scripted import (
    MERCHANT,
    PAID,
    PURCHASEREF,
    REFERENCE,
    REFUSED,
    SECRET,
    connected,
    notified,
)

# Source: operators.md A.4, word for word, save for the purchaseref.
AS_DOCUMENTED = (
    f"purchaseref={PURCHASEREF}&amount=1500&currency=952&status=OK&clientid=8812&cname=KOFFI+AMA"
    "&mobile=22890112233&paymentref=PR-5521&payid=99102&timestamp=1795342541&error="
)


def read(callback: RawCallback) -> CallbackHint:
    return connected()[0].read_callback(callback)


def raw(query: str, *, method: str = "GET", peer: str = "192.0.2.7") -> CallbackHint:
    return read(RawCallback(method, query, (), b"", peer))


def test_the_documents_own_sample_proves_a_payment_and_who_paid() -> None:
    hint = raw(AS_DOCUMENTED)

    assert hint.reference == REFERENCE
    assert hint.answer == Succeeded("PR-5521", xof(1500), Msisdn("+22890112233"))
    assert hint == read(notified())


def test_nothing_of_the_payer_is_in_what_is_kept_of_a_notification() -> None:
    """S-IN-08."""
    for fields in (PAID, REFUSED):
        says = read(notified(fields)).says
        assert not [name for name in ("KOFFI", "22890112233", "8812") if name in says]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("CANCEL", RefusalCode.CANCELED_BY_PAYER),
        ("cancelled by the client", RefusalCode.CANCELED_BY_PAYER),
        ("AUTHENTICATION", RefusalCode.WRONG_PIN),
        ("ERROR_AUTHENTICATION", RefusalCode.WRONG_PIN),
        ("EXPIRED_SESSION", RefusalCode.EXPIRED_SESSION),
        ("PAYMENT_FAILED", RefusalCode.OPERATOR_REFUSED),
        ("PAYMENT_FAILED: solde insuffisant", RefusalCode.INSUFFICIENT_FUNDS),
        ("Payment_Failed (limit reached)", RefusalCode.LIMIT_REACHED),
        ("SOMETHING_ELSE", RefusalCode.OPERATOR_REFUSED),
    ],
)
def test_every_error_has_its_meaning_wherever_the_word_stands(
    error: str, code: RefusalCode
) -> None:
    assert read(notified(REFUSED, error=error)).answer == Refused(code, error)


def test_a_refusal_without_an_error_is_a_refusal_all_the_same() -> None:
    said = read(notified(REFUSED, error="")).answer

    assert said == Refused(RefusalCode.OPERATOR_REFUSED, "NOK")


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "ok"},
        {"status": "PENDING"},
        {"status": ""},
        {"currency": "262"},
        {"currency": "XOF"},
        {"currency": ""},
        {"amount": "1500.50"},
        {"amount": "1 500"},
        {"amount": "1500,00"},
        {"amount": "-1500"},
        {"amount": "01500"},
        {"amount": "15e2"},
        {"amount": "١٥٠٠"},
        {"amount": ""},
        {"amount": "1" * 11},
        {"error": "CANCEL"},
        {"error": "\n"},
        {"paymentref": ""},
        {"paymentref": "PR 5521"},
        {"mobile": "90112233"},
        {"mobile": "22890112233x"},
        {"mobile": "22996112233"},
        {"timestamp": "yesterday"},
        {"status": "NOK"},
        {"status": "NOK", "error": "CANCEL"},
        {"signature": "x"},
    ],
)
def test_an_odd_field_proves_nothing_but_names_the_leg_and_says_why(
    changed: dict[str, str],
) -> None:
    """I-08, I-25, S-IN-04."""
    hint = read(notified(PAID | changed))

    assert (hint.reference, hint.answer) == (REFERENCE, None)
    assert hint.says


def test_a_refusal_with_a_paymentref_contradicts_itself_and_proves_nothing() -> None:
    assert read(notified(REFUSED, paymentref="PR-5521")).answer is None


@pytest.mark.parametrize("name", ["amount", "currency", "status"])
def test_a_field_that_is_missing_proves_nothing(name: str) -> None:
    fields = {key: value for key, value in PAID.items() if key != name}

    assert read(notified(fields)) == CallbackHint(REFERENCE, f"{name} is missing")


def test_the_fields_that_no_money_depends_on_may_be_missing() -> None:
    needed = ("purchaseref", "amount", "currency", "status", "paymentref")
    fields = {name: PAID[name] for name in needed}

    assert read(notified(fields)).answer == Succeeded("PR-5521", xof(1500), None)


def test_an_altered_amount_is_told_as_it_is_and_left_to_the_comparison_with_the_leg() -> None:
    """S-IN-06: the domain takes a success of another amount for none."""
    said = read(notified(amount="100000")).answer

    assert isinstance(said, Succeeded)
    assert said.money == xof(100_000)


@pytest.mark.parametrize("cname", ["Koffi%20Am%E9lie", "Koffi+Am%C3%A9lie", "%00%FF", ""])
def test_a_name_in_any_encoding_does_not_make_a_payment_unreadable(cname: str) -> None:
    hint = raw(AS_DOCUMENTED.replace("KOFFI+AMA", cname))

    assert isinstance(hint.answer, Succeeded)


@pytest.mark.parametrize(
    "peer",
    ["203.0.113.9", "192.0.2.16", "127.0.0.1", "::1", "2001:db8:1::7", "", "testclient",
     "::ffff:203.0.113.9"],
)  # fmt: skip
def test_from_anywhere_but_the_allowed_networks_it_proves_nothing(peer: str) -> None:
    """S-IN-02."""
    hint = read(notified(peer=peer))

    assert (hint.reference, hint.answer) == (REFERENCE, None)
    assert "not allowed" in hint.says


@pytest.mark.parametrize("peer", ["192.0.2.0", "192.0.2.15", "2001:db8::7", "::ffff:192.0.2.7"])
def test_every_address_of_an_allowed_network_is_believed(peer: str) -> None:
    assert isinstance(read(notified(peer=peer)).answer, Succeeded)


@pytest.mark.parametrize(
    "purchaseref",
    [
        "",
        REFERENCE,
        f"{REFERENCE}-",
        f"{REFERENCE}-{'0' * 32}",
        PURCHASEREF[:-1],
        PURCHASEREF + "0",
        PURCHASEREF.upper(),
        PURCHASEREF.replace("D-", "C-"),
        "CMD-77",
        purchaseref_for(REFERENCE, merchantid="9" * 16, secret=SECRET.encode()),
        purchaseref_for(REFERENCE, merchantid=MERCHANT, secret=b"another secret of someone"),
        f"{REFERENCE}-{hmac.new(SECRET.encode(), REFERENCE.encode(), 'sha256').hexdigest()[:32]}",
        f"{REFERENCE}-{'é' * 16}",
    ],
)
def test_a_token_that_is_not_ours_names_no_leg(purchaseref: str) -> None:
    """Forged, of another merchant, of another leg, of another secret."""
    hint = read(notified(purchaseref=purchaseref))

    assert (hint.reference, hint.answer) == (None, None)
    assert "not one of ours" in hint.says


@pytest.mark.parametrize(
    "query",
    [
        "",
        "purchaseref",
        "&&",
        f"{AS_DOCUMENTED}&status=NOK",
        f"{AS_DOCUMENTED}&purchaseref={PURCHASEREF}",
        f"{AS_DOCUMENTED}&" + "&".join(f"x{n}=1" for n in range(100)),
    ],
)
def test_a_query_that_is_none_of_a_notification_names_no_leg(query: str) -> None:
    assert raw(query)[::2] == (None, None)


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT"])
def test_a_notification_is_a_get(method: str) -> None:
    assert raw(AS_DOCUMENTED, method=method)[::2] == (None, None)


def test_the_answer_is_the_same_whoever_knocks() -> None:
    """S-IN-09."""
    operator, _ = connected()
    for callback in (notified(), notified(purchaseref="x"), notified(peer="203.0.113.9")):
        reply = operator.reply_to_callback(callback)
        assert (reply.status, reply.content_type, reply.body) == (200, "text/plain", b"OK")


@given(st.text(max_size=200), st.sampled_from(["192.0.2.7", "203.0.113.9", ""]))
def test_no_query_makes_the_reader_raise(query: str, peer: str) -> None:
    assert read(RawCallback("GET", query, (), b"", peer)).answer is None


@given(st.dictionaries(st.sampled_from([*PAID, "x"]), st.text(max_size=12), max_size=3))
def test_no_payment_is_proved_without_the_explicit_yes(changed: dict[str, str]) -> None:
    fields = PAID | changed

    answer = read(notified(fields)).answer

    if isinstance(answer, Succeeded):
        assert (fields["status"], fields["currency"]) == ("OK", "952")
        assert fields["error"].strip() == ""
        assert answer.money == xof(int(fields["amount"].partition(".")[0]))
        assert answer.operator_reference == fields["paymentref"]


@given(st.text(alphabet="ABC019", min_size=1, max_size=64), st.binary(min_size=1, max_size=40))
def test_a_token_is_recognised_by_its_maker_alone(reference: str, secret: bytes) -> None:
    made = purchaseref_for(reference, merchantid=MERCHANT, secret=secret)

    assert len(made) <= 250
    assert reference_in(made, merchantid=MERCHANT, secret=secret) == reference
    assert reference_in(made, merchantid=MERCHANT, secret=secret + b"x") is None
