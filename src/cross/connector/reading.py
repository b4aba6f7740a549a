"""Reads what operators write: strictly, without ever raising, numbers digit for digit."""

import json
import unicodedata
from collections.abc import Mapping
from typing import Final, TypeAlias

from cross.domain.errors import AmountNotWhole
from cross.domain.money import Currency, Money, whole_amount
from cross.domain.msisdn import Msisdn

Fields: TypeAlias = Mapping[str, object]
"""A JSON object as it came: its texts are `str`, its numbers `Number`."""

REFERENCE_LENGTH_MAX: Final = 64
_MESSAGE_LENGTH_MAX: Final = 200
_NATIONAL_DIGITS: Final = 8  # operators.md 6.1, 6.2: Togo and Djibouti both have eight


class Number(str):
    """A JSON number as it was written, so that no digit is lost to a float (I-08)."""

    __slots__ = ()


def read_object(body: bytes) -> Fields | None:
    """The JSON object in a body, or None.

    Refused: a key given twice (F-C18), NaN and infinities (F-I04), bad UTF-8, anything nested
    deeper than Python reads, anything that is no object.
    """
    return _object(_EXACT, body)


def read_object_in_any_case(body: bytes) -> Fields | None:
    """The same with every key in lower case; two keys that differ only in case are refused."""
    return _object(_ANY_CASE, body)


def text_in(value: object) -> str | None:
    """The text, None for a number or anything else: a code is a text, and 0 is no `"0"`."""
    return value if isinstance(value, str) and not isinstance(value, Number) else None


def reference_in(value: object) -> str | None:
    """A reference written as text or number: short, printable ASCII, so that it can be kept."""
    if not isinstance(value, str) or not 0 < len(value) <= REFERENCE_LENGTH_MAX:
        return None
    return str(value) if value.isascii() and value.isprintable() else None


def money_in(value: object, currency: Currency) -> Money | None:
    """The amount in a text or number such as `1500`, `"1500"`, `1500.00`; None for any other."""
    if not isinstance(value, str):
        return None
    try:
        return Money(whole_amount(value), currency)
    except AmountNotWhole:
        return None


def is_other_wallet(value: object, wallet: Msisdn) -> bool:
    """Whether a value names a phone number, with or without country code, that is not this one."""
    if value is None:
        return False
    same = isinstance(value, str) and value[-_NATIONAL_DIGITS:] == wallet.e164[-_NATIONAL_DIGITS:]
    return not same


def message_in(*values: object) -> str | None:
    """The first text that says something: printable, short, fit to be kept and shown (F-I08)."""
    for value in values:
        if isinstance(value, str):
            shown = value[:_MESSAGE_LENGTH_MAX]
            if not shown.isprintable():
                shown = "".join(filter(str.isprintable, shown))
            if shown := shown.strip():
                return shown
    return None


def capitals(word: str | None) -> str:
    """A word of a list in capitals; empty for a twin: Unicode's capital of `paıd` is `PAID`."""
    return word.upper() if word is not None and word.isascii() else ""


def plain_words(text: str) -> str:
    """The text without accents and in lower case: `Délai dépassé` is `delai depasse`."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join([c for c in apart if not unicodedata.combining(c)]).casefold()


def _object(decoder: json.JSONDecoder, body: bytes) -> Fields | None:
    try:
        value = decoder.decode(body.decode())
    except (ValueError, RecursionError):  # bad UTF-8 and bad JSON are both ValueErrors
        return None
    return value if isinstance(value, dict) else None


def _exact(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return _without_repeats(dict(pairs), pairs)


def _any_case(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return _without_repeats({key.lower(): value for key, value in pairs}, pairs)


def _without_repeats(
    fields: dict[str, object], pairs: list[tuple[str, object]]
) -> dict[str, object]:
    if len(fields) != len(pairs):
        raise ValueError("a key is given twice")
    return fields


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


_EXACT: Final = json.JSONDecoder(
    object_pairs_hook=_exact, parse_int=Number, parse_float=Number, parse_constant=_no_number
)
_ANY_CASE: Final = json.JSONDecoder(
    object_pairs_hook=_any_case, parse_int=Number, parse_float=Number, parse_constant=_no_number
)
