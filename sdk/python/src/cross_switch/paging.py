"""Lists as iterators: the next part is asked for when the last one is used up."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """A part of a list, newest first."""

    data: tuple[T, ...]
    has_more: bool
    next_cursor: str | None
    raw: Mapping[str, Any] = field(repr=False)


class Pages(Generic[T]):
    """All objects of a list, in order: `for transfer in client.transfers.list(): …`."""

    def __init__(self, pages: Callable[[], Iterator[Page[T]]]) -> None:
        self._pages = pages

    def __iter__(self) -> Iterator[T]:
        for page in self._pages():
            yield from page.data

    def pages(self) -> Iterator[Page[T]]:
        """The list a part at a time."""
        return self._pages()

    def first(self) -> T | None:
        """The first object, None where the list is empty; asks for one part."""
        return next(iter(self), None)


class AsyncPages(Generic[T]):
    """All objects of a list, in order: `async for transfer in client.transfers.list(): …`."""

    def __init__(self, pages: Callable[[], AsyncIterator[Page[T]]]) -> None:
        self._pages = pages

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self._pages():
            for item in page.data:
                yield item

    def pages(self) -> AsyncIterator[Page[T]]:
        """The list a part at a time."""
        return self._pages()

    async def first(self) -> T | None:
        """The first object, None where the list is empty; asks for one part."""
        async for item in self:
            return item
        return None
