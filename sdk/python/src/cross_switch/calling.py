"""A call described once: what is asked for, and how its answer is read.

A method of a noun only describes; `@sends`, `@pages` and `@waits` make of the description a method
that does it. On `Cross` that method answers, on `AsyncCross` it is awaited. So the two clients
cannot differ.
"""

import inspect
import uuid
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from functools import wraps
from typing import Any, Concatenate, Final, Generic, ParamSpec, TypeVar, overload
from urllib.parse import quote

from cross_switch.paging import AsyncPages, Page, Pages
from cross_switch.reading import read

P = ParamSpec("P")
T = TypeVar("T")

IDEMPOTENT = ("GET", "PUT", "DELETE")


@dataclass(frozen=True, kw_only=True)
class Request(Generic[T]):
    """One HTTP request. `again`: it may be sent twice and counts once; `key` makes it so.

    `file`: a media type and a content, in place of a `body` in JSON.
    """

    method: str
    path: str
    kind: Any
    named: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    file: tuple[str, bytes] | None = None
    key: str | None = None
    again: bool = False
    to_sandbox: bool = False

    @property
    def target(self) -> str:
        """The path with its ids in their places."""
        parts = {name: quote(value, safe="") for name, value in self.named.items()}
        return self.path.format_map(parts)

    @property
    def may_be_repeated(self) -> bool:
        """Whether sending it a second time does nothing twice."""
        return self.again or self.key is not None or self.method in IDEMPOTENT

    def answer(self, content: Any) -> T:
        """What was answered, as an object."""
        found: T = read(self.kind, content)
        return found


@dataclass(frozen=True, kw_only=True)
class Listing(Generic[T]):
    """A list, asked for a part at a time."""

    request: Request[Any]
    kind: Any

    def page(self, content: Mapping[str, Any]) -> Page[T]:
        """A part of it."""
        data = tuple(read(self.kind, item) for item in content.get("data") or ())
        return Page(
            data=data,
            has_more=bool(content.get("has_more")),
            next_cursor=content.get("next_cursor"),
            raw=content,
        )

    def after(self, page: Page[T]) -> "Listing[T] | None":
        """What asks for the part that follows, in the direction that was asked for."""
        if not page.has_more or page.next_cursor is None:
            return None
        backwards = "ending_before" in self.request.query
        edge = "ending_before" if backwards else "starting_after"
        query = {**self.request.query, edge: page.next_cursor}
        return replace(self, request=replace(self.request, query=query))


@dataclass(frozen=True, kw_only=True)
class Wait(Generic[T]):
    """An object, asked for again and again until it is as it was waited for."""

    request: Request[T]
    until: Callable[[Any], bool]
    timeout: float
    every: float


def stands_at(*statuses: str) -> Callable[[Any], bool]:
    """Whether an object's status is one of these."""
    return lambda found: getattr(found, "status", None) in statuses


def request(
    method: str, path: str, kind: Any, *, again: bool = False, **named: str
) -> Request[Any]:
    """A request whose path names objects."""
    return Request(method=method, path=path, kind=kind, named=named, again=again)


def creation(
    path: str, kind: Any, body: Mapping[str, Any], *, idempotency_key: str | None
) -> Request[Any]:
    """A request that opens something once, under the caller's key or one made here."""
    key = key_or_new(idempotency_key)
    return Request(method="POST", path=path, kind=kind, body=given(body), key=key)


def key_or_new(key: str | None) -> str:
    """The caller's key as it is, or one that nobody has."""
    return str(uuid.uuid4()) if key is None else key


def post(path: str, kind: Any, body: Mapping[str, Any]) -> Request[Any]:
    """A request that opens something each time that it is heard."""
    return Request(method="POST", path=path, kind=kind, body=given(body))


def listing(path: str, kind: Any, query: Mapping[str, Any], **named: str) -> Listing[Any]:
    """A list narrowed by what is not None."""
    asked: Request[Any] = Request(
        method="GET", path=path, kind=dict, named=named, query=given(query)
    )
    return Listing(request=asked, kind=kind)


def given(content: Mapping[str, Any]) -> dict[str, Any]:
    """What the caller gave: the rest is left for the server to say."""
    return {name: _wire(value) for name, value in content.items() if value is not None}


class Kept(Enum):
    """What is said of a field that stays as it is, where None would empty it."""

    KEPT = "kept"


KEPT: Final = Kept.KEPT


def said(content: Mapping[str, Any]) -> dict[str, Any]:
    """What the caller said, None included."""
    return {name: _wire(value) for name, value in content.items() if value is not KEPT}


def _wire(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


class Sync:
    """A noun of `Cross`: its methods answer."""

    def __init__(self, client: Any) -> None:
        self._client = client


class Async:
    """A noun of `AsyncCross`: its methods are awaited."""

    def __init__(self, client: Any) -> None:
        self._client = client


class sends(Generic[P, T]):  # noqa: N801  a decorator
    """Makes a method of the description of a request."""

    def __init__(self, described: Callable[Concatenate[Any, P], Request[T]]) -> None:
        self.described = described
        self.__doc__ = described.__doc__

    @overload
    def __get__(self, noun: None, owner: Any) -> "sends[P, T]": ...
    @overload
    def __get__(self, noun: Sync, owner: Any) -> Callable[P, T]: ...
    @overload
    def __get__(self, noun: Async, owner: Any) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, noun: Any, owner: Any) -> Any:
        return self if noun is None else _bound(self.described, noun, noun._client._send)  # noqa: SLF001


class pages(Generic[P, T]):  # noqa: N801  a decorator
    """Makes a method of the description of a list: what it gives is iterated over."""

    def __init__(self, described: Callable[Concatenate[Any, P], Listing[T]]) -> None:
        self.described = described
        self.__doc__ = described.__doc__

    @overload
    def __get__(self, noun: None, owner: Any) -> "pages[P, T]": ...
    @overload
    def __get__(self, noun: Sync, owner: Any) -> Callable[P, Pages[T]]: ...
    @overload
    def __get__(self, noun: Async, owner: Any) -> Callable[P, AsyncPages[T]]: ...
    def __get__(self, noun: Any, owner: Any) -> Any:
        return self if noun is None else _bound(self.described, noun, noun._client._list)  # noqa: SLF001


class waits(Generic[P, T]):  # noqa: N801  a decorator
    """Makes a method of the description of a wait."""

    def __init__(self, described: Callable[Concatenate[Any, P], Wait[T]]) -> None:
        self.described = described
        self.__doc__ = described.__doc__

    @overload
    def __get__(self, noun: None, owner: Any) -> "waits[P, T]": ...
    @overload
    def __get__(self, noun: Sync, owner: Any) -> Callable[P, T]: ...
    @overload
    def __get__(self, noun: Async, owner: Any) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, noun: Any, owner: Any) -> Any:
        return self if noun is None else _bound(self.described, noun, noun._client._wait)  # noqa: SLF001


def _bound(
    described: Callable[..., Any], noun: object, do: Callable[[Any], Any]
) -> Callable[..., Any]:
    @wraps(described)
    def method(*args: Any, **named: Any) -> Any:
        return do(described(noun, *args, **named))

    whole = inspect.signature(described)
    without_self = list(whole.parameters.values())[1:]
    method.__signature__ = whole.replace(parameters=without_self)  # type: ignore[attr-defined]
    return method
