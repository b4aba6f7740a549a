"""Requests as they are kept for a while: neither bodies nor queries, and a template for a path.

What went well pushes out what went well, what was refused what was refused: a busy day does not
hide an error.
"""

from collections import deque
from collections.abc import Iterator
from datetime import datetime
from heapq import merge
from itertools import count
from typing import Final, NamedTuple

KEPT_MAX: Final = 2_000
REFUSED: Final = 400  # RFC 9110 section 15.5


class Seen(NamedTuple):
    """A request and its answer; `subject` is the id of what it was about."""

    method: str
    path: str
    status: int
    code: str | None
    seconds: float
    request_id: str
    merchant: str | None = None
    key: str | None = None
    livemode: bool = False
    subject: str | None = None
    peer: str | None = None


class Line(NamedTuple):
    """A request as it is kept; numbers rise within one process."""

    number: int
    at: datetime
    seen: Seen


class RequestLogs:
    """What one process keeps."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._well: deque[Line] = deque(maxlen=KEPT_MAX)
        self._refused: deque[Line] = deque(maxlen=KEPT_MAX)

    def keep(self, seen: Seen, at: datetime) -> None:
        """Keeps one, in the place of the oldest."""
        kept = self._refused if seen.status >= REFUSED else self._well
        kept.append(Line(next(self._numbers), at, seen))

    def newest(self) -> Iterator[Line]:
        """All that are kept, the newest first."""
        both = (reversed(self._well), reversed(self._refused))
        return merge(*both, key=lambda line: line.number, reverse=True)
