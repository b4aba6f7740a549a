"""A copy of an immutable value with some fields changed: `dataclasses.replace`, in half the time.

The hot path copies a movement and its legs a dozen times for each transfer.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final, TypeVar

T = TypeVar("T")

_LAYOUTS: Final[dict[type, tuple[Callable[[Any], tuple[Any, ...]], dict[str, int]]]] = {}


def changed(value: T, /, **new: object) -> T:
    """The value with those fields; `KeyError` for a field it has not."""
    kind = type(value)
    read, places = _LAYOUTS.get(kind) or _layout(kind)
    content = list(read(value))
    for name, now in new.items():
        content[places[name]] = now
    return kind(*content)


def _layout(kind: type) -> tuple[Callable[[Any], tuple[Any, ...]], dict[str, int]]:
    names = [field.name for field in fields(kind)]
    read: Callable[[Any], tuple[Any, ...]] = attrgetter(*names) if names[1:] else _reader(names)
    layout = read, {name: place for place, name in enumerate(names)}
    _LAYOUTS[kind] = layout
    return layout


def _reader(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """For one field or none: `attrgetter` gives one field bare, and takes no empty list."""
    return lambda value: tuple(getattr(value, name) for name in names)
