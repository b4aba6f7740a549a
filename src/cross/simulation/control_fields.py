"""Fields of a control call's body: each refusal names the field, and nothing is changed before."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from cross.simulation.exchange import Request
from cross.simulation.facts import Setting

NUMBER_MAX: Final = 1_000_000_000

Reader: TypeAlias = Callable[[str, object], object]

_MSISDN: Final = re.compile(r"\+?([1-9][0-9]{6,14})", re.ASCII)  # ITU-T E.164


class BadCall(Exception):
    """A control call that cannot be taken, with the HTTP status that says so."""

    def __init__(self, status: int, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field


def read_fields(request: Request, readers: Mapping[str, Reader]) -> dict[str, object]:
    """The fields of a JSON body, each read by its own reader; an unknown one is refused."""
    try:
        content = json.loads(request.body or b"{}", object_pairs_hook=_no_repeats)
    except ValueError:
        raise BadCall(400, "the body is not JSON") from None
    if not isinstance(content, dict):
        raise BadCall(400, "the body is not a JSON object")
    for name in content:
        if name not in readers:
            raise BadCall(422, f"unknown field {name!r}", field=name)
    return {name: readers[name](name, value) for name, value in content.items()}


def required(fields: Mapping[str, object], name: str) -> object:
    """A field that must be there."""
    if name not in fields:
        raise BadCall(422, f"{name} is missing", field=name)
    return fields[name]


def whole(name: str, value: object) -> int:
    """A whole number that is not negative."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadCall(422, f"{name} is not a whole number from 0", field=name)
    return value


def number(name: str, value: object) -> float:
    """A number that is not negative, with or without a fraction: a duration or a probability."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BadCall(422, f"{name} is not a number", field=name)
    if not 0 <= value <= NUMBER_MAX:
        raise BadCall(422, f"{name} is not a number from 0", field=name)
    return value


def text(name: str, value: object) -> str:
    """A text, perhaps empty."""
    if not isinstance(value, str):
        raise BadCall(422, f"{name} is not a text", field=name)
    return value


def truth(name: str, value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise BadCall(422, f"{name} is neither true nor false", field=name)
    return value


def one_of(*choices: str) -> Reader:
    """Reads a text that must be one of these."""

    def read(name: str, value: object) -> str:
        if not isinstance(value, str) or value not in choices:
            raise BadCall(422, f"{name} is none of {', '.join(choices)}", field=name)
        return value

    return read


def setting(
    name: str, value: object, *, default: Setting, choices: tuple[str, ...] | None
) -> Setting:
    """A client's setting: of its default's type, and one of the choices where there are any."""
    if choices is not None:
        return text(name, one_of(*choices)(name, value))
    if isinstance(default, bool):
        return truth(name, value)
    if isinstance(default, int):
        return whole(name, value)
    if isinstance(default, str):
        return text(name, value)
    if not isinstance(value, list | tuple):
        raise BadCall(422, f"{name} is not a list", field=name)
    return tuple(text(name, one) for one in value)


def msisdn(digits: str) -> str:
    """A phone number in a path, with or without its plus sign."""
    matched = _MSISDN.fullmatch(digits)
    if matched is None:
        raise BadCall(422, "not a phone number with its country's code", field="msisdn")
    return matched[1]


def _no_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise BadCall(400, "the body names a field twice")
    return content
