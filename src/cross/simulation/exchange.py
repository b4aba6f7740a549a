"""One request to a simulated operator and its answer, as plain values between ASGI and words."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from cross.simulation.payments import Order, Payment

JSON: Final = b"application/json"
_DECODER: Final = json.JSONDecoder(parse_float=str)
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


@dataclass(slots=True)
class Request:
    """What came in; `path` is below the operator's base, `query` and `body` are as sent."""

    method: str
    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes
    scheme: str

    def header(self, name: bytes) -> str | None:
        """The value of a header, by its name in lower case."""
        for key, value in self.headers:
            if key == name:
                return value.decode("latin-1")
        return None


@dataclass(slots=True)
class Reply:
    """What goes out. `payment` was accepted by it; `finish` words it anew once that is decided."""

    status: int
    body: bytes
    content_type: bytes = JSON
    payment: Payment | None = None
    finish: "Callable[[Payment], Reply] | None" = None


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


Call: TypeAlias = Effect | Query | Reply
"""A request understood; a `Reply` is already its answer, such as a refusal or a login."""


@dataclass(frozen=True, slots=True)
class Route:
    """Which requests one path takes, and how each is understood."""

    methods: tuple[str, ...]
    read: Callable[[Request], Call]


def json_reply(content: Mapping[str, object], *, payment: Payment | None = None) -> Reply:
    """An answer in JSON with status 200, as operators give even to refuse."""
    return Reply(200, _ENCODER.encode(content).encode(), JSON, payment)


def json_object(body: bytes) -> dict[str, object] | None:
    """The JSON object in a body, a number with a fraction left as its text; None without one."""
    try:
        content = _DECODER.decode(body.decode())
    except ValueError:
        return None
    return content if isinstance(content, dict) else None
