"""A second canonicaliser of D-Money's, written from the document and not from ours (M6).

It shares no line with `cross.operators.dmoney.signing` nor with the standard library's JSON: where
the two take one body differently, one of them can be made to sign or believe another thing.
"""

import re
from typing import Any, Final, TypeAlias

Pairs: TypeAlias = list[tuple[str, Any]]

DEPTH_MAX: Final = 60
LEFT_OUT: Final = (
    "sign", "sign_type", "header", "refund_info", "openType", "raw_request", "biz_content",
    "wallet_reference_data",
)  # fmt: skip
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_SPACE: Final = " \t\r\n"
_ESCAPES: Final = {
    '"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
}  # fmt: skip
_HEX: Final = re.compile(r"[0-9A-Fa-f]{4}", re.ASCII)


class Refused(Exception):
    """What is not JSON, or is read differently by different readers."""


class Nested(Exception):
    """Deeper than this reader goes: of this it has no opinion."""


def canonical_of(body: bytes) -> str | None:
    """The string to sign of the object in a body; None where there is none."""
    try:
        text = body.decode("utf-8", "strict")
        value, end = _value(text, _skipped(text, 0), 0)
        if _skipped(text, end) != len(text) or not isinstance(value, list):
            return None
    except (Refused, UnicodeDecodeError):
        return None
    return "&".join(f"{name}={said}" for name, said in sorted(_flat(value).items()) if said)


def _flat(pairs: Pairs) -> dict[str, str]:
    """The document, 5.3: what is inside of `biz_content` stands beside what is around it."""
    flat: dict[str, str] = {}
    for name, value in pairs:
        flat[name] = value if isinstance(value, str) else ""
    for name, value in pairs:
        if name == "biz_content" and isinstance(value, list):
            flat |= {inner: said for inner, said in value if isinstance(said, str)}
    return {name: said for name, said in flat.items() if name not in LEFT_OUT}


# An object is a list of pairs, an array a tuple; every scalar is the text that it is printed as.


def _skipped(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    if depth > DEPTH_MAX:
        raise Nested
    first = text[at : at + 1]
    if first == "{":
        return _object(text, at + 1, depth)
    if first == "[":
        return _array(text, at + 1, depth)
    if first == '"':
        return _string(text, at + 1)
    for word, printed in (("true", "true"), ("false", "false"), ("null", "")):
        if text.startswith(word, at):
            return printed, at + len(word)
    number = _NUMBER.match(text, at)
    if number is None:
        raise Refused
    return number[0], number.end()


def _object(text: str, at: int, depth: int) -> tuple[Pairs, int]:
    pairs: Pairs = []
    at = _skipped(text, at)
    if text[at : at + 1] == "}":
        return pairs, at + 1
    while True:
        if text[at : at + 1] != '"':
            raise Refused
        name, at = _string(text, at + 1)
        at = _skipped(text, at)
        if text[at : at + 1] != ":":
            raise Refused
        value, at = _value(text, _skipped(text, at + 1), depth + 1)
        if any(known == name for known, _ in pairs):
            raise Refused
        pairs.append((name, value))
        at = _skipped(text, at)
        if text[at : at + 1] == "}":
            return pairs, at + 1
        if text[at : at + 1] != ",":
            raise Refused
        at = _skipped(text, at + 1)


def _array(text: str, at: int, depth: int) -> tuple[tuple[object, ...], int]:
    values: list[object] = []
    at = _skipped(text, at)
    if text[at : at + 1] == "]":
        return (), at + 1
    while True:
        value, at = _value(text, at, depth + 1)
        values.append(value)
        at = _skipped(text, at)
        if text[at : at + 1] == "]":
            return tuple(values), at + 1
        if text[at : at + 1] != ",":
            raise Refused
        at = _skipped(text, at + 1)


def _string(text: str, at: int) -> tuple[str, int]:
    letters: list[str] = []
    while True:
        letter = text[at : at + 1]
        if letter == '"':
            return "".join(letters), at + 1
        if letter < " ":  # also the end of the text
            raise Refused
        if letter != "\\":
            letters.append(letter)
            at += 1
            continue
        said, at = _escape(text, at + 1)
        letters.append(said)


def _escape(text: str, at: int) -> tuple[str, int]:
    plain = _ESCAPES.get(text[at : at + 1])
    if plain is not None:
        return plain, at + 1
    unit = _unit(text, at)
    if 0xD800 <= unit < 0xDC00 and text[at + 5 : at + 7] == "\\u":
        low = _unit(text, at + 6)
        if 0xDC00 <= low < 0xE000:
            return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)), at + 11
    return chr(unit), at + 5


def _unit(text: str, at: int) -> int:
    digits = _HEX.match(text, at + 1) if text[at : at + 1] == "u" else None
    if digits is None:
        raise Refused
    return int(digits[0], 16)
