"""What a bank asks: its headers, query and body, read up to a limit and never trusted."""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn, TypeAlias
from urllib.parse import parse_qsl

from cross.switch.peers import FORWARDED_FOR, Networks, caller_behind

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Fields: TypeAlias = Mapping[str, Any]

BODY_BYTES_MAX: Final = 64 * 1024  # api.md section 1
FIELDS_MAX: Final = 64
_EXPONENT_MAX: Final = 308  # RFC 8259 section 6: beyond it, readers make it infinite
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_ONCE: Final = ("authorization", "x-jwt-assertion", "content-type")


class TooLong(Exception):
    """A body longer than any request of ours."""


class Unreadable(Exception):
    """What no two readers would understand alike: bad JSON, a key twice, a control character."""


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """One request; `query` may hold a password, so that nothing of it is ever printed."""

    method: str
    path: str
    query: bytes
    headers: Mapping[str, str]
    body: bytes
    peer: str

    def header(self, name: str) -> str | None:
        """The value of a header, by its name in lower case."""
        return self.headers.get(name)

    def query_fields(self) -> dict[str, str]:
        """The query's fields by names in lower case; raises `Unreadable`."""
        return _fields(self.query)

    def form_fields(self) -> dict[str, str]:
        """The body's, where it is a form; raises `Unreadable`."""
        return _fields(self.body)

    def json_fields(self) -> dict[str, Any]:
        """The body's object by names in lower case; raises `Unreadable`."""
        try:
            found = _DECODER.decode(self.body.decode("utf-8"))
        except (ValueError, RecursionError):
            raise Unreadable from None
        if not isinstance(found, dict) or len(found) > FIELDS_MAX:
            raise Unreadable
        return _in_lower_case(found.items())


async def read(scope: Scope, receive: Receive, trusted_proxies: Networks) -> Asked:
    """The request; raises `TooLong`, `Unreadable`."""
    pairs = [(key.decode("latin-1"), value.decode("latin-1")) for key, value in scope["headers"]]
    headers: dict[str, str] = {}
    for name, value in pairs:
        if name in headers and name in _ONCE:
            raise Unreadable
        headers.setdefault(name, value)
    client = scope.get("client")
    peer = str(client[0]) if client else ""
    said = [value for name, value in pairs if name == FORWARDED_FOR]
    return Asked(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"],
        headers=headers,
        body=await _body(receive),
        peer=caller_behind(peer, said, trusted_proxies),
    )


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Unreadable  # the caller left before the end; nobody hears this
        body += message.get("body", b"")
        if len(body) > BODY_BYTES_MAX:
            raise TooLong
        more = message.get("more_body", False)
    return body


def _fields(encoded: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            encoded.decode("utf-8"),
            keep_blank_values=True,
            max_num_fields=FIELDS_MAX,
            errors="strict",
        )
    except ValueError:
        raise Unreadable from None
    return _in_lower_case(pairs)


def _in_lower_case(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Names are matched without case (operators.md 2.3), so none may come twice in two cases."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        known = name.lower()
        if known in fields or _CONTROL.search(name):
            raise Unreadable
        if isinstance(value, str) and _CONTROL.search(value):
            raise Unreadable
        fields[known] = value
    return fields


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key twice")
    return content


def _fraction(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:  # no error of values in Python's eyes: an exponent of twenty digits
        raise ValueError("a number that nobody can read") from None
    if value and value.adjusted() > _EXPONENT_MAX:
        raise ValueError("a number that readers make infinite")
    return value


def _no_number(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object_of, parse_float=_fraction, parse_constant=_no_number
)
