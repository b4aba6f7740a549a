"""Turns: which request is begun next where many who are not known ask at once (F-R03, S-API-11).

One a turn of the event loop, and each address in its turn: thousands of strangers delay whoever is
known by one of their requests, and another stranger by one of each address.
"""

import asyncio
from collections import deque
from collections.abc import Callable


class Turns:
    """Those of one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Callable[[], None]]] = {}
        self._is_taken = False

    def take(self, source: str, begin: Callable[[], None]) -> None:
        """Begins at once if nobody has in this turn of the loop, else when it is their turn."""
        if self._is_taken:
            self._waiting.setdefault(source, deque()).append(begin)
        else:
            self._is_taken = True
            asyncio.get_running_loop().call_soon(self._next)
            begin()

    def _next(self) -> None:
        if not self._waiting:
            self._is_taken = False
            return
        asyncio.get_running_loop().call_soon(self._next)
        source = next(iter(self._waiting))
        queue = self._waiting.pop(source)
        begin = queue.popleft()
        if queue:
            self._waiting[source] = queue  # behind all the others
        begin()
