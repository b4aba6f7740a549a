"""One request to a simulated operator and its answer, as plain values between ASGI and words."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from pydantic_core import to_json

from cross.simulation.payments import Order, Payment

JSON: Final = b"application/json"
HTML: Final = b"text/html; charset=utf-8"
SEE_OTHER: Final = 303
FORM_FIELDS_MAX: Final = 64
NOT_KEPT: Final = (b"cache-control", b"no-store")
Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]
_DECODER: Final = json.JSONDecoder(parse_float=str)


@dataclass(slots=True)
class Request:
    """What came in; `path` is below the operator's base, `query` and `body` are as sent."""

    method: str
    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes
    scheme: str
    address: str = ""

    def header(self, name: bytes) -> str | None:
        """The value of a header, by its name in lower case."""
        for key, value in self.headers:
            if key == name:
                return value.decode("latin-1")
        return None

    def query_fields(self) -> Mapping[str, str] | None:
        """The query, percent-decoded once; None where a name comes twice or it cannot be read."""
        return read_form(self.query)

    def form_fields(self) -> Mapping[str, str] | None:
        """The body as a form; None where a name comes twice or it cannot be read."""
        return read_form(self.body)


@dataclass(slots=True)
class Reply:
    """What goes out. `payment` was accepted by it; `finish` words it anew once that is decided."""

    status: int
    body: bytes
    content_type: bytes = JSON
    payment: Payment | None = None
    finish: "Callable[[Payment], Reply] | None" = None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """A request that may move money, not acted on yet."""

    order: Order
    act: Callable[[Order], Reply]


@dataclass(frozen=True, slots=True)
class Query:
    """A question about one reference."""

    reference: str
    answer: Callable[[], Reply]


@dataclass(frozen=True, slots=True)
class Visit:
    """What the payer's browser does on a hosted page; `msisdn` is the wallet that it names.

    A reply with a payment tells that this visit authorised it.
    """

    reference: str
    act: Callable[[], Reply]
    msisdn: str = ""


Call: TypeAlias = Effect | Query | Visit | Reply
"""A request understood; a `Reply` is already its answer, such as a refusal or a login."""


@dataclass(frozen=True, slots=True)
class Route:
    """Which requests one path takes, and how each is understood."""

    methods: tuple[str, ...]
    read: Callable[[Request], Call]


def json_reply(content: Mapping[str, object], *, payment: Payment | None = None) -> Reply:
    """An answer in JSON with status 200, as operators give even to refuse."""
    return Reply(200, to_json(content), JSON, payment)


def html_reply(
    html: str,
    *,
    status: int = 200,
    policy: str = "default-src 'none'",
    payment: Payment | None = None,
) -> Reply:
    """A page that no cache keeps and no other page frames; `policy` says what it may load."""
    headers: Headers = (
        NOT_KEPT,
        (b"content-security-policy", policy.encode("ascii")),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
    )
    return Reply(status, html.encode(), HTML, payment, headers=headers)


def redirect_reply(url: str, *, payment: Payment | None = None) -> Reply:
    """Sends the payer's browser elsewhere, by GET; refuses what is no web address."""
    if urlsplit(url).scheme not in ("http", "https") or not url.isprintable() or " " in url:
        raise ValueError("no address to send a browser to")
    headers: Headers = ((b"location", url.encode()), NOT_KEPT)
    return Reply(SEE_OTHER, b"", b"text/plain", payment, headers=headers)


def read_form(encoded: bytes) -> Mapping[str, str] | None:
    """The fields of a query or a form; a name that comes twice is not guessed at."""
    try:
        pairs = parse_qsl(
            encoded.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=FORM_FIELDS_MAX,
        )
    except ValueError:
        return None
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else None


def json_object(body: bytes) -> dict[str, object] | None:
    """The JSON object in a body, a number with a fraction left as its text; None without one."""
    try:
        content = _DECODER.decode(body.decode())
    except ValueError:
        return None
    return content if isinstance(content, dict) else None
