"""D-Money's signature, for both sides: the string to sign, RSA-PSS, and the many forms of keys.

The string escapes nothing: a value with `&` and `=` in it can pretend to be other fields
(operators.md 7b). Whoever signs or believes a value asks `is_ambiguous` first.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
)

SIGN_TYPE: Final = "SHA256WithRSA"  # operators.md 5.3: the label, although the padding is PSS
SALT_BYTES: Final = 32  # operators.md 5.3: what every working client sends

# Source: operators.md 5.3, step 2. ASSUMED: wallet_reference_data.
EXCLUDED: Final = frozenset(
    {
        "sign",
        "sign_type",
        "header",
        "refund_info",
        "openType",
        "raw_request",
        "biz_content",
        "wallet_reference_data",
    }
)

_AMBIGUOUS: Final = re.compile("[&=\r\n\0]")  # operators.md 7b
_KEY_BITS_MIN: Final = 2048  # operators.md 5.3: accept 2048 to 4096
_KEY_BITS_MAX: Final = 4096
_PEM: Final = re.compile(r"-----BEGIN ([A-Z ]+)-----(.+?)-----END \1-----", re.ASCII | re.DOTALL)


class Scheme(StrEnum):
    """Which padding a signature was made with."""

    PSS = "pss"
    PKCS1V15 = "pkcs1v15"


class Verified(NamedTuple):
    """How a genuine signature was made, and whether it covers `callback_info`."""

    scheme: Scheme
    with_callback_info: bool


def canonical(fields: Mapping[str, object]) -> str:
    """The string to sign (operators.md 5.3); `biz_content` has been read into an object before.

    Numbers are given as they were printed: as `int`, or as the text that `connector.reading` keeps.
    """
    flat = dict(fields)
    content = fields.get("biz_content")
    if isinstance(content, Mapping):
        flat |= {name: value for name, value in content.items() if _is_scalar(value)}
    printed = {name: _printed(value) for name, value in flat.items() if name not in EXCLUDED}
    return "&".join(f"{name}={printed[name]}" for name in sorted(printed) if printed[name])


def sign(text: str, key: RSAPrivateKey) -> str:
    """The signature in base64: PSS, SHA-256, MGF1-SHA-256, a salt of 32 bytes."""
    return base64.b64encode(
        key.sign(text.encode(), PSS(MGF1(SHA256()), SALT_BYTES), SHA256())
    ).decode()


def signed(fields: Mapping[str, object], key: RSAPrivateKey) -> dict[str, object]:
    """The fields with their `sign` and `sign_type`."""
    return {**fields, "sign": sign(canonical(fields), key), "sign_type": SIGN_TYPE}


def verify(
    text: str,
    signature: str,
    key: RSAPublicKey,
    *,
    accept_pkcs1v15: bool = False,
    salt_bytes: int | None = None,
) -> Scheme | None:
    """How the text was signed, None where it was not; a salt of any length unless one is named."""
    try:
        data, raw = text.encode(), base64.b64decode(signature, validate=True)
    except ValueError:  # half a character from a JSON escape; no base64
        return None
    pss = PSS(MGF1(SHA256()), PSS.AUTO if salt_bytes is None else salt_bytes)
    if _is_genuine(key, raw, data, pss):
        return Scheme.PSS
    if accept_pkcs1v15 and _is_genuine(key, raw, data, PKCS1v15()):
        return Scheme.PKCS1V15
    return None


def verify_fields(
    fields: Mapping[str, object],
    key: RSAPublicKey,
    *,
    accept_pkcs1v15: bool = False,
    salt_bytes: int | None = None,
) -> Verified | None:
    """How these fields were signed, over the keys that came; with `callback_info`, else without."""
    signature = fields.get("sign")
    if not isinstance(signature, str):
        return None
    whole = canonical(fields)
    without = canonical(_without_callback_info(fields))
    for text in dict.fromkeys((whole, without)):
        scheme = verify(
            text, signature, key, accept_pkcs1v15=accept_pkcs1v15, salt_bytes=salt_bytes
        )
        if scheme is not None:
            return Verified(scheme, text == whole)
    return None


def is_ambiguous(value: str) -> bool:
    """Whether a value could pretend to be several in the string to sign (operators.md 7b)."""
    return _AMBIGUOUS.search(value) is not None


def read_private_key(text: str) -> RSAPrivateKey:
    """The key in PEM, its line ends damaged or not, or in bare base64 of PKCS#8 or PKCS#1.

    Raises `ValueError`, which tells nothing of the key.
    """
    try:
        key = load_der_private_key(_der(text), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it has a password
        raise ValueError("no RSA private key without a password") from None
    if not isinstance(key, RSAPrivateKey) or not _KEY_BITS_MIN <= key.key_size <= _KEY_BITS_MAX:
        raise ValueError(f"no RSA private key of {_KEY_BITS_MIN} to {_KEY_BITS_MAX} bits")
    return key


def read_public_key(text: str) -> RSAPublicKey:
    """The key in PEM, its line ends damaged or not, or in bare base64 of SPKI.

    Raises `ValueError`.
    """
    try:
        key = load_der_public_key(_der(text))
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("no RSA public key") from None
    if not isinstance(key, RSAPublicKey) or not _KEY_BITS_MIN <= key.key_size <= _KEY_BITS_MAX:
        raise ValueError(f"no RSA public key of {_KEY_BITS_MIN} to {_KEY_BITS_MAX} bits")
    return key


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int)


def _printed(value: object) -> str:
    """The value as JSON prints it, without quotes; nothing for null and for what is no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else ""


def _without_callback_info(fields: Mapping[str, object]) -> dict[str, object]:
    rest = {name: value for name, value in fields.items() if name != "callback_info"}
    content = rest.get("biz_content")
    if isinstance(content, Mapping):
        rest["biz_content"] = {n: value for n, value in content.items() if n != "callback_info"}
    return rest


def _is_genuine(key: RSAPublicKey, signature: bytes, data: bytes, padding: PSS | PKCS1v15) -> bool:
    try:
        key.verify(signature, data, padding, SHA256())
    except InvalidSignature:
        return False
    return True


def _der(text: str) -> bytes:
    """The bytes in a PEM or in bare base64; a line end may be the two characters of its escape."""
    plain = text.replace("\\r", "").replace("\\n", "\n").strip()
    pem = _PEM.fullmatch(plain)
    body = "".join((pem[2] if pem else plain).split())
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise ValueError("no base64") from None
