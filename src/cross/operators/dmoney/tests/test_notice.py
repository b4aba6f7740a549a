"""D-Money's notifications: what is believed, and above all what is not (operators.md 5.7, 7b)."""

import base64
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from cross.operators.dmoney.signing import canonical, sign, signed, verify_fields
from cross.operators.dmoney.tests.keys import key_of, public_text
from cross.operators.dmoney.tests.scripted import (
    APPID,
    MERCH_CODE,
    MOVEMENT,
    PAYMENT_ID,
    REFERENCE,
    answer,
    callback_of,
    dmoney_saying,
    genuine,
)

OPERATOR, _ = dmoney_saying(answer({}))
# Source: operators.md, appendix A.5
UNION: Final[dict[str, Any]] = {
    "notify_url": "https://cross.example/callbacks/dmoney/secret",
    "appid": APPID,
    "notify_time": "1795342541",
    "merch_code": MERCH_CODE,
    "merch_order_id": REFERENCE,
    "payment_order_id": PAYMENT_ID,
    "trans_id": PAYMENT_ID,
    "transId": PAYMENT_ID,
    "total_amount": "1500",
    "trans_currency": "DJF",
    "trade_status": "Completed",
    "trans_end_time": "1795342540",
    "callback_info": MOVEMENT,
    "timestamp": "1795342541",
}
EXAMPLE: Final = {
    "merch_order_id": REFERENCE,
    "transId": PAYMENT_ID,
    "trade_status": "completed",
    "timestamp": "1795342541",
}
FAMILY: Final = {**UNION, "notify_time": "1670575472482", "total_amount": "10.00"}


def reference_of(body: object) -> str | None:
    return OPERATOR.read_callback(callback_of(body)).reference


@pytest.mark.parametrize("fields", [UNION, EXAMPLE, FAMILY], ids=["union", "example", "family"])
@pytest.mark.parametrize("status", ["Completed", "completed", "PAY_SUCCESS", "Paying", "Failure"])
def test_a_genuine_notification_is_a_hint_about_its_order(
    fields: dict[str, str], status: str
) -> None:
    hint = OPERATOR.read_callback(callback_of(genuine({**fields, "trade_status": status})))

    assert hint == (REFERENCE, status, None)


def test_a_notification_moves_nothing_by_itself() -> None:
    """I-36."""
    assert OPERATOR.read_callback(callback_of(genuine(UNION))).answer is None


def test_callback_info_may_be_outside_of_the_signature() -> None:
    without = {name: value for name, value in UNION.items() if name != "callback_info"}

    assert reference_of({**genuine(without), "callback_info": MOVEMENT}) == REFERENCE


@pytest.mark.parametrize("name", [name for name in UNION if name != "callback_info"])
def test_one_byte_changed_in_any_field_is_refused(name: str) -> None:
    """F-C13: nothing that is read is outside of the signature."""
    changed = UNION[name][:-1] + ("7" if UNION[name][-1] != "7" else "8")

    hint = OPERATOR.read_callback(callback_of({**genuine(UNION), name: changed}))

    assert hint.reference is None
    assert hint.says.startswith("not believed: ")


def test_one_byte_changed_in_the_signature_is_refused() -> None:
    fields = genuine(UNION)
    raw = bytearray(base64.b64decode(fields["sign"]))
    raw[100] ^= 1

    assert reference_of({**fields, "sign": base64.b64encode(raw).decode()}) is None


@pytest.mark.parametrize("name", ["merch_order_id", "trade_status", "sign"])
def test_what_is_needed_must_be_there(name: str) -> None:
    fields = genuine(UNION)
    del fields[name]

    assert reference_of(fields) is None


def test_a_notification_without_a_signature_or_with_anothers_is_refused() -> None:
    """F-C11, S-IN-05."""
    text = canonical(UNION).encode()
    gateway = key_of("gateway")
    other_salt = gateway.sign(text, PSS(MGF1(SHA256()), 20), SHA256())
    older = gateway.sign(text, PKCS1v15(), SHA256())

    assert reference_of(UNION) is None
    assert reference_of(signed(UNION, key_of("merchant"))) is None
    for raw in (other_salt, older):
        assert reference_of({**UNION, "sign": base64.b64encode(raw).decode()}) is None


def test_a_gateway_with_another_salt_is_believed_where_the_settings_say_so() -> None:
    raw = key_of("gateway").sign(canonical(UNION).encode(), PSS(MGF1(SHA256()), 20), SHA256())
    operator, _ = dmoney_saying(answer({}), gateway_salt="any")

    hint = operator.read_callback(callback_of({**UNION, "sign": base64.b64encode(raw).decode()}))

    assert hint.reference == REFERENCE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("appid", "1000200030004000"), ("merch_code", "4321"),  # F-C15: another merchant's
        ("unknown_field", "x"), ("biz_content", {"merch_order_id": "X"}), ("total_amount", "-1"),
        ("total_amount", "1e9"), ("total_amount", 1500.5), ("trade_status", ""),
        ("trade_status", None), ("trade_status", ["Completed"]), ("merch_order_id", "A B"),
        ("merch_order_id", "A" * 65), ("notify_time", "yesterday"), ("notify_time", "12345678901"),
        ("trans_id", "a&b"), ("trans_id", "a=b"), ("callback_info", "a\rb"),
        ("callback_info", "a\nb"), ("callback_info", "a\0b"), ("notify_url", "https://a.example?b=c"),
    ],
)  # fmt: skip
def test_a_field_that_is_not_what_it_should_be_is_refused_though_signed(
    name: str, value: object
) -> None:
    """F-C12, S-IN-04."""
    assert reference_of(genuine({**UNION, name: value})) is None


VICTIM: Final = {**UNION, "merch_order_id": "VICTIM1", "total_amount": "1000000"}


def forged(carrier: str) -> dict[str, Any]:
    """A notification for the victim's order, out of one that was signed for an order of 1 DJF.

    The attacker's `callback_info` has the victim's fields in it, and the last of them, `carrier`,
    swallows what follows in the string that the gateway really signed.
    """
    before = {name: value for name, value in VICTIM.items() if name > "callback_info"}
    inside = "&".join(f"{name}={before[name]}" for name in sorted(before) if name < carrier)
    mine = {
        **UNION,
        "merch_order_id": "ATTACKER1",
        "total_amount": "1",
        "callback_info": f"x&{inside}&{carrier}=z",
    }
    text = canonical(mine)
    signature = sign(text, key_of("gateway"))  # what the gateway does, in good faith
    shown = {name: value for name, value in before.items() if name < carrier}
    tail = text.partition(f"&{carrier}=z")[2]
    return {
        "appid": APPID, "callback_info": "x", **shown, carrier: f"z{tail}",
        "sign": signature, "sign_type": "SHA256WithRSA",
    }  # fmt: skip


@pytest.mark.parametrize("carrier", ["zz", "trans_id", "trans_end_time", "trans_currency"])
def test_an_order_of_one_franc_cannot_speak_for_another_order(carrier: str) -> None:
    """operators.md 7b, F-C12: the signature is genuine, and the notification is refused."""
    body = forged(carrier)
    assert body["merch_order_id"] == "VICTIM1"
    assert verify_fields(body, key_of("gateway").public_key(), salt_bytes=32) is not None

    hint = OPERATOR.read_callback(callback_of(body))

    assert hint.reference is None
    assert carrier in hint.says


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"null", b"[]", b"{", b"[" * 100_000, b'{"sign":"a","sign":"b"}', b"<html>",
     b'{"sign":"\\ud800","merch_order_id":"A","trade_status":"Completed"}'],
    ids=lambda body: repr(body)[:20],
)  # fmt: skip
def test_what_cannot_be_read_names_nobody(body: bytes) -> None:
    """F-C18 too: a key given twice."""
    assert reference_of(body) is None


def test_every_notification_gets_the_same_answer() -> None:
    """S-IN-09: known, unknown, forged or no notification at all."""
    replies = {
        OPERATOR.reply_to_callback(callback_of(body))
        for body in (genuine(UNION), genuine(VICTIM), forged("zz"), b"", b"<html>")
    }

    (reply,) = replies
    assert reply.status == 200
    assert b'"success":true' in reply.body
    assert b'"returnCode":"SUCCESS"' in reply.body
    assert b'"returnMsg":"OK"' in reply.body


@pytest.mark.parametrize("digits", ["1795342541", "1795342541000"])
def test_a_moment_has_ten_digits_or_thirteen(digits: str) -> None:
    """F-T06."""
    assert reference_of(genuine({**UNION, "timestamp": digits})) == REFERENCE


@pytest.mark.parametrize(
    "digits",
    ["179534254", "17953425410", "179534254100", "17953425410000", "1795342541 ", "+795342541",
     "1795342541.0", "١٧٩٥٣٤٢٥٤١", ""],
)  # fmt: skip
def test_any_other_number_of_digits_is_no_moment(digits: str) -> None:
    """F-T06."""
    assert reference_of(genuine({**UNION, "timestamp": digits})) is None


def test_while_the_gateway_changes_its_key_both_are_believed() -> None:
    """F-O21."""
    coming = key_of("coming gateway")
    told = signed(UNION, coming)
    both, _ = dmoney_saying(answer({}), gateway_public_key_next=public_text(coming.public_key()))

    assert reference_of(told) is None
    assert both.read_callback(callback_of(told)).reference == REFERENCE
    assert both.read_callback(callback_of(genuine(UNION))).reference == REFERENCE
    assert both.read_callback(callback_of(signed(UNION, key_of("stranger")))).reference is None


def test_a_key_changed_without_notice_fails_nothing() -> None:
    """F-O21, I-23: what is signed by an unknown key is counted as doubted and moves nothing."""
    told = OPERATOR.read_callback(callback_of(signed(UNION, key_of("coming gateway"))))

    assert told.reference is None
    assert "signature" in told.says
