"""A part of a list: how rows are chosen, ordered and cut for it; the same SQL on both engines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: so many, beyond one id or before another; newest first."""

    limit: int = 20
    starting_after: str | None = None
    ending_before: str | None = None

    @property
    def bound(self) -> str | None:
        """Where it begins or ends, of which nothing is shown; None at the list's newest end."""
        return self.ending_before or self.starting_after

    @property
    def order(self) -> str:
        """In which order the database is asked: from the bound on."""
        return "DESC" if self.ending_before is None else "ASC"

    @property
    def side(self) -> str:
        """How an id compares to the bound, written in SQL."""
        return "<" if self.ending_before is None else ">"

    @property
    def numbers(self) -> dict[str, Any]:
        """The parameters of `among`; one row more than wanted tells whether there are more."""
        asked: dict[str, Any] = {"rows_max": self.limit + 1}
        return asked if self.bound is None else {**asked, "bound": self.bound}

    def among(self, conditions: Sequence[str], *, by: str = "id") -> str:
        """What follows WHERE: rows that meet all conditions, one at least, by a column."""
        beyond = () if self.bound is None else (f"{by} {self.side} :bound",)
        chosen = " AND ".join((*conditions, *beyond))
        return f"{chosen} ORDER BY {by} {self.order} LIMIT :rows_max"

    def cut(self, found: Sequence[T]) -> tuple[list[T], bool]:
        """What is shown of what was found, newest first, and whether there are more beyond it."""
        shown = list(found[: self.limit])
        return (shown if self.ending_before is None else shown[::-1]), len(found) > self.limit
