"""Answers as objects: JSON read into frozen dataclasses, and never refused.

A newer server may say more, and an older one less: what a class does not name stays in `raw`, and
what was not said is None.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

RENAMED: Final[Mapping[str, str]] = {"from_currency": "from"}
"""Fields whose name in JSON is a word of Python."""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """An object that Cross answered with; `raw` is the JSON as it came, unknown fields included."""

    raw: Mapping[str, Any] = field(repr=False)


def read(kind: type[T], content: Any) -> T:
    """The content as that kind of object."""
    found: T = _converted(kind, content)
    return found


def json_name(name: str) -> str:
    """What a field is called in JSON."""
    return RENAMED.get(name, name)


@cache
def _types_of(kind: type) -> Mapping[str, Any]:
    hints = get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(kind) if one.name != "raw"}


def _converted(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, type) and is_dataclass(kind):
        return _object(kind, value)
    if kind is datetime:
        return _moment(value)
    origin = get_origin(kind)
    if origin is tuple and isinstance(value, list):
        return tuple(_converted(get_args(kind)[0], item) for item in value)
    if origin in (Union, types.UnionType):
        return _converted(_member(get_args(kind), value), value)
    return value


def _object(kind: type, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    found = {
        name: _converted(hint, value.get(json_name(name))) for name, hint in _types_of(kind).items()
    }
    return kind(**found, raw=value)


def _moment(value: Any) -> Any:
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):  # not as the document says: told as it came
        return value


def _member(members: tuple[Any, ...], value: Any) -> Any:
    """The class of a union whose `object` or `type` is what the value says; else the first."""
    classes = [one for one in members if isinstance(one, type) and is_dataclass(one)]
    if not isinstance(value, dict) or len(classes) < 2:  # noqa: PLR2004  nothing to choose between
        return next((one for one in members if one is not types.NoneType), Any)
    for one in classes:
        for name in ("object", "type"):
            hint = _types_of(one).get(name)
            if get_origin(hint) is Literal and value.get(name) in get_args(hint):
                return one
    return Any
