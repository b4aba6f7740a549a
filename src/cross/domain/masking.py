"""Masking: what operators and we said to each other, without what nobody may read in a log.

PINs, passwords, tokens, signatures, keys and phone numbers go; what is left is bounded. It is text
of any kind (JSON, a form, XML, a query): so it is looked through, not parsed, and what looks like a
secret is masked even where it is none.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

TEXT_MAX: Final = 2_000
"""Of one body, so many characters are kept."""

MASK: Final = "••••"

_PART: Final = r"[\w.-]{0,80}"
"""Of a name, and no more: what a stranger sends must not be looked through again and again."""

_HUSH: Final = (
    rf"{_PART}(?:pin|passw|password|motdepasse|mot_de_passe|pwd|passe|secret|token|otp|sign(?!_type)|"
    r"authori[sz]ation|credential|api[-_]?key|app[-_]?key|private[-_]?key|session_?id|purchaseref|jwt|"
    rf"nonce|prepay_id){_PART}"
)
_PERSON: Final = (
    rf"{_PART}(?:msisdn|phone|mobile|numero_?client|telephone|cname|nomclient|client_?name|"
    rf"customer_?name|payer|clientid){_PART}"
)
_NAME: Final = rf"(?:{_HUSH}|{_PERSON})"
_SAYS_HUSH: Final = re.compile(_HUSH, re.IGNORECASE)
_IN_JSON: Final = re.compile(rf'("{_NAME}"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,}}\]]+)', re.IGNORECASE)
_IN_ESCAPED_JSON: Final = re.compile(
    rf'(\\{{1,32}}"{_NAME}\\{{1,32}}"\s*:\s*)'
    rf'(\\{{1,32}}"(?:[^"\\]|\\[^"])*\\{{1,32}}"|[^\s,}}\]\\]+)',
    re.IGNORECASE,
)
_IN_FORM: Final = re.compile(rf"((?:^|[?&;\s]){_NAME}=)([^&\s\"'<>]*)", re.IGNORECASE)
_IN_XML: Final = re.compile(rf"(<(?:\w{{1,80}}:)?{_NAME}(?:\s[^<>]*)?>)([^<]*)", re.IGNORECASE)
_BEARER: Final = re.compile(r"\b(Bearer|Basic)(?:\s|%20|\+)+[\w.~+/=%-]+", re.IGNORECASE)
_JWT: Final = re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*")
_KEY: Final = re.compile(r"\b(?:sk|ck|whsec)_[\w]{6,}")
_PLACE: Final = re.compile(r"(/(?:callbacks/[\w-]+|pay)/)[\w-]+")
_SESSION: Final = re.compile(r"\b(OK:)[0-9A-Za-z]{16,}")
_ABROAD: Final = re.compile(r"(?<![\w.])((?:\+|%2B|00)?(?:228|253))\d{6}(\d\d)(?!\d)")
_AT_HOME: Final = re.compile(r"(?<![\w.])([79]\d)\d{4}(\d\d)(?![\w])")
_SPACED: Final = re.compile(r"(?<![\w.])([79]\d)(?:[ .-]\d\d){2}[ .-](\d\d)(?!\d)")


def masked(text: str) -> str:
    """The text with its secrets gone, cut to what is kept."""
    for pattern, instead in (
        (_IN_JSON, rf'\1"{MASK}"'),
        (_IN_ESCAPED_JSON, rf'\1\\"{MASK}\\"'),
        (_IN_FORM, rf"\1{MASK}"),
        (_IN_XML, rf"\1{MASK}"),
        (_BEARER, rf"\1 {MASK}"),
        (_JWT, MASK),
        (_KEY, MASK),
        (_PLACE, rf"\1{MASK}"),
        (_SESSION, rf"\1{MASK}"),
        (_ABROAD, rf"\1{MASK}\2"),
        (_AT_HOME, rf"\1{MASK}\2"),
        (_SPACED, rf"\1{MASK}\2"),
    ):
        text = pattern.sub(instead, text)
    return text if len(text) <= TEXT_MAX else f"{text[:TEXT_MAX]}…"


def masked_data(data: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values with every text in them masked, and all that is named like a secret."""
    return {
        name: MASK if _SAYS_HUSH.fullmatch(name) else _masked_value(value)
        for name, value in data.items()
    }


def _masked_value(value: Any) -> Any:  # noqa: ANN401  plain values, nested
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return masked_data({str(name): one for name, one in value.items()})
    if isinstance(value, list | tuple):
        return [_masked_value(one) for one in value]
    return value
