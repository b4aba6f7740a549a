"""Turns: which request is begun next where many who are not known ask at once (F-R03, S-API-11).

One at a time, with some turns of the event loop in between, and each address in its turn: thousands
of strangers delay whoever is known by one or two of their requests, and another stranger by one of
each address.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

BETWEEN: Final = 3
"""Turns of the loop without a stranger: whoever is known takes several for one request."""


class Turns:
    """Those of one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Callable[[], None]]] = {}
        self._is_taken = False
        self._pause = 0

    def take(self, source: str, begin: Callable[[], None]) -> None:
        """Begins at once if nobody has in these turns of the loop, else when it is their turn."""
        if self._is_taken:
            self._waiting.setdefault(source, deque()).append(begin)
        else:
            self._is_taken, self._pause = True, BETWEEN
            asyncio.get_running_loop().call_soon(self._next)
            begin()

    def _next(self) -> None:
        if not self._pause and not self._waiting:
            self._is_taken = False
            return
        asyncio.get_running_loop().call_soon(self._next)
        if self._pause:
            self._pause -= 1
            return
        self._pause = BETWEEN
        source = next(iter(self._waiting))
        queue = self._waiting.pop(source)
        begin = queue.popleft()
        if queue:
            self._waiting[source] = queue  # behind all the others
        begin()
