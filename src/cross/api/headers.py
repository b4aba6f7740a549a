"""Headers of a request, read from the raw list: each has one value or is refused."""

import re
from typing import Final, cast

from starlette.requests import Request

from cross.api.refusals import HeaderRepeated, IdempotencyKeyInvalid, IdempotencyKeyMissing
from cross.switch.switch import Switch

REQUEST_ID: Final = "req"

_VISIBLE: Final = re.compile(r"[!-~]{1,255}", re.ASCII)
_REQUEST_ID_MAX: Final = 128


def switch_of(request: Request) -> Switch:
    """The switch that the request came to; the front door put it there."""
    return cast(Switch, request.scope["switch"])


def header(request: Request, name: bytes) -> str | None:
    """The value of a header, its name in lower case; raises `HeaderRepeated`."""
    found: bytes | None = None
    for key, value in request.scope["headers"]:
        if key == name:
            if found is not None:
                raise HeaderRepeated(param=name.decode("ascii"))
            found = value
    return None if found is None else found.decode("latin-1")


def request_id_of(request: Request) -> str:
    """The caller's X-Request-Id where it is fit to be logged, else one of ours; once a request."""
    known: str | None = request.scope.get("request_id")
    if known is not None:
        return known
    given = next((v for k, v in request.scope["headers"] if k == b"x-request-id"), b"")
    text = given.decode("latin-1")
    fit = len(text) <= _REQUEST_ID_MAX and _VISIBLE.fullmatch(text) is not None
    chosen: str = text if fit else switch_of(request).new_id(REQUEST_ID)
    request.scope["request_id"] = chosen
    return chosen


def idempotency_key(request: Request) -> str:
    """The key that tells a repeat from a second order; raises where it is missing or not one."""
    key = header(request, b"idempotency-key")
    if key is None:
        raise IdempotencyKeyMissing
    if _VISIBLE.fullmatch(key) is None:
        raise IdempotencyKeyInvalid
    return key
