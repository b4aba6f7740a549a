"""D-Money's signature: the string to sign, what verifies, and keys in any form."""

import base64
import hashlib
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from cross.connector.reading import read_object
from cross.operators.dmoney.signing import (
    EXCLUDED,
    Scheme,
    canonical,
    is_ambiguous,
    read_private_key,
    read_public_key,
    sign,
    signed,
    verify,
    verify_fields,
)
from cross.operators.dmoney.tests.keys import (
    key_of,
    private_pem,
    private_text,
    public_pem,
    public_text,
)

KEY: Final = key_of("merchant")
PUBLIC: Final = KEY.public_key()
TEXT: Final = "appid=1&merch_code=9988"

# Source: operators.md 5.3, the documented example.
CONTENT: Final = {
    "notify_url": "https://shop.d-moneyservice.dj/webhooks/payment",
    "redirect_url": "https://shop.d-moneyservice.dj/payment/redirect/123",
    "appid": "1293049431398401",
    "merch_code": "9988",
    "merch_order_id": "1685123456789",
    "trade_type": "Checkout",
    "title": "Paielement de Commande",
    "total_amount": "1000",
    "trans_currency": "DJF",
    "timeout_express": "120m",
    "business_type": "OnlineMerchant",
    "callback_info": "oid-123_uid-456",
}
ORDER: Final = {
    "timestamp": "1685123456",
    "nonce_str": "abcd1234efgh5678ijkl9012mnop3456",
    "method": "payment.preorder",
    "version": "1.0",
    "sign_type": "SHA256WithRSA",
    "sign": "not signed itself",
    "biz_content": CONTENT,
}
CHECKOUT: Final = {
    "appid": "1293049431398401",
    "merch_code": "9988",
    "nonce_str": "abcd1234",
    "prepay_id": "wx123456789abcdef",
    "timestamp": "1685123456",
}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def without_callback_info() -> dict[str, object]:
    rest = {name: value for name, value in CONTENT.items() if name != "callback_info"}
    return {**ORDER, "biz_content": rest}


def test_the_documented_order_has_the_documented_string() -> None:
    assert canonical(ORDER) == (
        "appid=1293049431398401&business_type=OnlineMerchant&callback_info=oid-123_uid-456"
        "&merch_code=9988&merch_order_id=1685123456789&method=payment.preorder"
        "&nonce_str=abcd1234efgh5678ijkl9012mnop3456"
        "&notify_url=https://shop.d-moneyservice.dj/webhooks/payment"
        "&redirect_url=https://shop.d-moneyservice.dj/payment/redirect/123&timeout_express=120m"
        "&timestamp=1685123456&title=Paielement de Commande&total_amount=1000"
        "&trade_type=Checkout&trans_currency=DJF&version=1.0"
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (ORDER, "e57af7d13e93f5852735563047110c23b982e510aea83d8b53a1254e231cd69b"),
        (
            without_callback_info(),
            "a823700eb4cb9dc89a28fe2df17b04be6256da1aa322d2d1b9e348403e23c26d",
        ),
        (CHECKOUT, "dd032cd813dc188abb3dad342aba9d3dd17aa534eadc6bb87042ef6e5ca19a24"),
    ],
    ids=["order", "order without callback_info", "checkout"],
)
def test_the_test_vectors_hold(fields: dict[str, object], expected: str) -> None:
    assert digest(canonical(fields)) == expected


def test_what_is_excluded_is_excluded_at_both_levels() -> None:
    inside = dict.fromkeys(EXCLUDED - {"biz_content"}, "x")

    assert canonical({**inside, "a": "1", "biz_content": {**inside, "b": "2"}}) == "a=1&b=2"


def test_one_level_is_flattened_and_the_inner_value_wins() -> None:
    content = {"appid": "in", "deep": {"x": "1"}, "list": ["1"]}

    assert canonical({"appid": "out", "version": "1.0", "biz_content": content}) == (
        "appid=in&version=1.0"
    )


def test_empty_values_are_left_out_and_capitals_come_first() -> None:
    fields = {"trans_id": "2", "transId": "1", "Z": "0", "a": "", "b": None, "é": "3"}

    assert canonical(fields) == "Z=0&transId=1&trans_id=2&é=3"


def test_numbers_are_signed_as_they_were_printed() -> None:
    body = b'{"a": 10.00, "b": 1685123456, "c": true, "d": false, "e": 1e3}'

    assert canonical(read_object(body) or {}) == "a=10.00&b=1685123456&c=true&d=false&e=1e3"
    assert canonical({"b": 7, "c": "7"}) == "b=7&c=7"


def test_a_signature_verifies_and_is_never_the_same_twice() -> None:
    first, second = sign(TEXT, KEY), sign(TEXT, KEY)

    assert first != second
    assert len(first) == 344
    for signature in (first, second):
        assert verify(TEXT, signature, PUBLIC, salt_bytes=32) is Scheme.PSS


def test_one_byte_changed_is_refused() -> None:
    signature = sign(TEXT, KEY)
    raw = bytearray(base64.b64decode(signature))
    raw[7] ^= 1

    assert verify(TEXT.replace("1", "2"), signature, PUBLIC) is None
    assert verify(TEXT, base64.b64encode(raw).decode(), PUBLIC) is None
    assert verify(TEXT, signature, key_of("gateway").public_key()) is None


@pytest.mark.parametrize("signature", ["", "x", "é", "AAAA", "%2B", sign(TEXT, KEY) + "\n"])
def test_what_is_no_signature_is_refused(signature: str) -> None:
    assert verify(TEXT, signature, PUBLIC, accept_pkcs1v15=True) is None


def test_half_a_character_is_refused_and_raises_nothing() -> None:
    assert verify("a=\ud800", sign(TEXT, KEY), PUBLIC) is None


@pytest.mark.parametrize("salt", [0, 20, 32, PSS.MAX_LENGTH], ids=["0", "20", "32", "max"])
def test_any_salt_verifies_unless_a_length_is_asked_for(salt: int) -> None:
    """F-C16."""
    raw = KEY.sign(TEXT.encode(), PSS(MGF1(SHA256()), salt), SHA256())
    signature = base64.b64encode(raw).decode()

    assert verify(TEXT, signature, PUBLIC) is Scheme.PSS
    assert verify(TEXT, signature, PUBLIC, salt_bytes=32) is (Scheme.PSS if salt == 32 else None)


def test_pkcs1_v15_is_accepted_only_where_it_was_asked_for() -> None:
    """F-C16, S-IN-05: whatever `sign_type` says."""
    raw = KEY.sign(TEXT.encode(), PKCS1v15(), SHA256())
    signature = base64.b64encode(raw).decode()

    assert verify(TEXT, signature, PUBLIC) is None
    assert verify(TEXT, signature, PUBLIC, accept_pkcs1v15=True) is Scheme.PKCS1V15


def test_sha_1_is_refused() -> None:
    """F-C16."""
    for raw in (
        KEY.sign(TEXT.encode(), PSS(MGF1(SHA1()), 32), SHA1()),  # noqa: S303
        KEY.sign(TEXT.encode(), PSS(MGF1(SHA1()), 32), SHA256()),  # noqa: S303
        KEY.sign(TEXT.encode(), PKCS1v15(), SHA1()),  # noqa: S303
    ):
        signature = base64.b64encode(raw).decode()
        assert verify(TEXT, signature, PUBLIC, accept_pkcs1v15=True) is None


def test_callback_info_may_have_been_signed_or_not() -> None:
    with_it = verify_fields(signed(ORDER, KEY), PUBLIC)
    without_it = verify_fields(
        {**ORDER, "sign": sign(canonical(without_callback_info()), KEY)}, PUBLIC
    )
    top = {"appid": "1", "sign": sign("appid=1", KEY), "callback_info": "x"}

    assert with_it is not None
    assert with_it.with_callback_info
    assert without_it is not None
    assert not without_it.with_callback_info
    assert verify_fields(top, PUBLIC) == (Scheme.PSS, False)
    assert verify_fields({**signed(ORDER, KEY), "version": "2.0"}, PUBLIC) is None
    assert verify_fields({"appid": "1"}, PUBLIC) is None
    assert verify_fields({"appid": "1", "sign": 7}, PUBLIC) is None


@pytest.mark.parametrize("value", ["a&b", "a=b", "a\rb", "a\nb", "a\0b"])
def test_what_could_be_taken_for_other_fields_is_ambiguous(value: str) -> None:
    assert is_ambiguous(value)
    assert not is_ambiguous("Frais de scolarité, T3 / 2026")


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_private_key_is_read_in_every_form(form: PrivateFormat) -> None:
    bare, pem = private_text(KEY, form=form), private_pem(KEY, form=form)
    lines = "\n".join(bare[i : i + 64] for i in range(0, len(bare), 64))
    for text in (
        bare, f" {bare}\n", lines, pem, pem.replace("\n", "\\n"), pem.replace("\n", "\r\n"),
        pem.replace("\n", "\\r\\n"), pem.replace("\n", " "),
    ):  # fmt: skip
        assert read_private_key(text).private_numbers() == KEY.private_numbers()


def test_a_public_key_is_read_in_every_form() -> None:
    bare, pem = public_text(PUBLIC), public_pem(PUBLIC)
    pkcs1 = PUBLIC.public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()
    for text in (bare, bare + "\n", pem, pem.replace("\n", "\\n"), pem.replace("\n", " "), pkcs1):
        assert read_public_key(text).public_numbers() == PUBLIC.public_numbers()


def test_a_key_of_3072_bits_makes_a_signature_of_512_characters() -> None:
    key = key_of("large", 3072)

    assert len(sign(TEXT, read_private_key(private_text(key)))) == 512


def test_what_is_no_key_is_refused_and_not_shown() -> None:
    small = generate_private_key(65537, 1024)  # noqa: S505 it is to be refused
    curve = ec.generate_private_key(ec.SECP256R1())
    locked = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    curve_text = curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for text in (
        "", "secret-not-a-key", "é", "AAAA", private_text(small), locked.decode(),
        curve_text.decode(), public_text(PUBLIC),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"^no RSA private key") as refused:
            read_private_key(text)
        assert "secret" not in str(refused.value)
    curve_public = curve.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for text in ("", "x", curve_public.decode(), public_text(small.public_key())):
        with pytest.raises(ValueError, match=r"^no RSA public key"):
            read_public_key(text)
