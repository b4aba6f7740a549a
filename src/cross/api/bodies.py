"""Bodies: read up to a limit, and understood as JSON that no two readers take differently."""

import hashlib
import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from cross.api.callers import refuse_key_in
from cross.api.headers import header
from cross.api.refusals import (
    AmountOutOfBounds,
    BodyTooLarge,
    DuplicateField,
    HttpRefusal,
    InvalidCharacters,
    InvalidJson,
    InvalidLength,
    InvalidType,
    InvalidValue,
    MissingField,
    UnknownField,
    UnsupportedEncoding,
    UnsupportedMediaType,
)
from cross.domain.errors import AmountNotWhole, CrossError

BODY_BYTES_MAX: Final = 64 * 1024  # api.md section 1
DROPPED_BYTES_MAX: Final = 16 * 1024 * 1024
"""Up to here a body that is too long is read and dropped: most clients send all of it before they
listen, and would see a broken connection in place of the refusal."""

DEPTH_MAX: Final = 16  # no call of this API nests deeper than three
EXPONENT_MAX: Final = 308  # RFC 8259 section 6: beyond it, readers make it infinite

_REFUSED_CHARACTERS: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_REFUSALS: Final[dict[str, type[HttpRefusal]]] = {
    "extra_forbidden": UnknownField,
    "missing": MissingField,
    "string_pattern_mismatch": InvalidCharacters,
    "string_too_long": InvalidLength,
    "string_too_short": InvalidLength,
    "too_long": InvalidLength,
    "too_short": InvalidLength,
    "literal_error": InvalidValue,
    "greater_than": InvalidValue,
    "less_than": InvalidValue,
}

_CANONICAL: Final = json.JSONEncoder(
    sort_keys=True, default=lambda fraction: {"": str(fraction)}
).encode
"""A fraction is written as no text and no number is: `"1.5"` and 1.5 are two requests (I-29)."""

Form = TypeVar("Form", bound=BaseModel)


async def read_bytes(request: Request, *, bytes_max: int = BODY_BYTES_MAX) -> bytes:
    """The whole body; raises `BodyTooLarge`, and never keeps more than the limit (F-R04)."""
    if header(request, b"content-encoding") is not None:
        raise UnsupportedEncoding
    declared = header(request, b"content-length")
    if declared is not None and declared.isdecimal() and int(declared[:12]) > DROPPED_BYTES_MAX:
        raise BodyTooLarge
    body, size, more = b"", 0, True
    while more and size <= DROPPED_BYTES_MAX:
        message = await request.receive()
        if message["type"] != "http.request":
            raise InvalidJson  # the caller left before the end; nobody hears this
        piece = message.get("body", b"")
        size += len(piece)
        if size <= bytes_max:
            body += piece
        more = message.get("more_body", False)
    if size > bytes_max:
        raise BodyTooLarge
    return body


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object of a body, every text in it checked; raises the refusal it deserves."""
    media_type = (header(request, b"content-type") or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType
    body = await read_bytes(request)
    refuse_key_in(request, body)
    return parse_object(body)


async def read_nothing(request: Request) -> None:
    """Reads the body of a call that has no fields: none, or an empty object."""
    body = await read_bytes(request)
    if body and (fields := parse_object(body)):
        raise UnknownField(param=next(iter(fields)))


def parse_object(body: bytes) -> dict[str, Any]:
    """Strict JSON: a fraction comes as `Decimal`, and nothing is taken silently."""
    try:
        parsed = _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError):  # bad UTF-8, a BOM, bad JSON, 4 300 digits or more
        raise InvalidJson from None
    if not isinstance(parsed, dict):
        raise InvalidType
    _inspect_object(parsed, "", 0)
    return parsed


def digest_of(request: Request, content: dict[str, Any]) -> str:
    """What tells a repeat from another request under the same key."""
    canonical = _CANONICAL(content)
    asked = f"{request.method} {request.scope['path']}\n{canonical}"
    return hashlib.sha256(asked.encode()).hexdigest()


def fill(form: type[Form], content: dict[str, Any]) -> Form:
    """The form filled in; raises a refusal that names the first field at fault."""
    try:
        return form.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
    raise _refusal(first)


class _Doubled(dict[str, Any]):
    """An object with a key twice."""

    key: str


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) == len(pairs):
        return content
    keys = [key for key, _ in pairs]
    doubled = _Doubled(content)
    doubled.key = next(key for place, key in enumerate(keys) if key in keys[:place])
    return doubled


def _fraction(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:  # no error of values in Python's eyes: an exponent of twenty digits
        raise ValueError("a number that nobody can read") from None
    if value and value.adjusted() > EXPONENT_MAX:
        raise ValueError("a number that readers make infinite")
    return value


def _no_number(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object_of, parse_float=_fraction, parse_constant=_no_number
)


def _inspect(value: object, param: str, depth: int) -> None:
    if isinstance(value, str):
        if _REFUSED_CHARACTERS.search(value):
            raise InvalidCharacters(param=param)
    elif isinstance(value, dict):
        _inspect_object(value, param, depth)
    elif isinstance(value, list):
        if depth > DEPTH_MAX:
            raise InvalidJson
        for place, item in enumerate(value):
            _inspect(item, f"{param}.{place}", depth + 1)


def _inspect_object(content: dict[str, Any], param: str, depth: int) -> None:
    lead = f"{param}." if param else ""
    if depth > DEPTH_MAX:
        raise InvalidJson
    if isinstance(content, _Doubled):
        raise DuplicateField(param=f"{lead}{content.key}")
    for key, item in content.items():
        if _REFUSED_CHARACTERS.search(key):
            raise InvalidCharacters(param=param or None)
        _inspect(item, f"{lead}{key}", depth + 1)


def _refusal(fault: ErrorDetails) -> CrossError:
    names = [str(part) for part in fault["loc"] if part != "[key]"]
    param, kind, given = ".".join(names), fault["type"], fault["input"]
    if param == "amount" and kind in ("greater_than", "less_than"):
        return AmountOutOfBounds(param=param)
    if param == "amount" and isinstance(given, Decimal | str):
        return AmountNotWhole()
    return _REFUSALS.get(kind, InvalidType)(param=param)
