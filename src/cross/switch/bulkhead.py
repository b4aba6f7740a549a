"""Bulkheads: so many requests to one operator at once, the others in their turn (F-O01, F-O15).

A slow operator fills its own slots and its own queue, and nobody else's. Whoever waits for a turn
has sent nothing yet.
"""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final

from cross.capacity import Capacity
from cross.clock import monotonic_seconds

BURST_SECONDS: Final = 1.0
"""So many seconds' worth of requests may go out at once after a rest."""


class Gate:
    """The slots of one operator: at most `most` under way, and no more a second than it takes."""

    __slots__ = ("_apart_seconds", "_taken_until_seconds", "_timer", "_waiting", "most", "running")

    def __init__(self, most: int, *, apart_seconds: float = 0) -> None:
        self.most = most
        self.running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._apart_seconds = apart_seconds
        self._taken_until_seconds = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def enter_now(self) -> bool:
        """Takes one's turn where it has come already: most do not wait, and need not be woken."""
        if self._waiting or self.running >= self.most:
            return False
        if self._apart_seconds and not self._has_token():
            return False
        self.running += 1
        return True

    async def enter(self) -> None:
        """Returns when it is one's turn; `leave` afterwards, whatever came of it."""
        if self.enter_now():
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._let_in()
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.leave()  # the turn had come: it is the next one's
            raise

    def leave(self) -> None:
        """Ends one's turn: the next one's begins."""
        self.running -= 1
        if self._waiting:
            self._let_in()

    def _let_in(self) -> None:
        while self._waiting and self.running < self.most:
            if self._waiting[0].done():
                self._waiting.popleft()
            elif self._has_token():
                self.running += 1
                self._waiting.popleft().set_result(None)
            else:
                self._look_again_later()
                return

    def _has_token(self) -> bool:
        """Whether one more may go out now; counts it if so."""
        apart_seconds = self._apart_seconds
        if not apart_seconds:
            return True
        now_seconds = monotonic_seconds()
        until_seconds = max(self._taken_until_seconds, now_seconds) + apart_seconds
        if until_seconds > now_seconds + max(BURST_SECONDS, apart_seconds):
            return False
        self._taken_until_seconds = until_seconds
        return True

    def _look_again_later(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._apart_seconds, self._look_again)

    def _look_again(self) -> None:
        self._timer = None
        self._let_in()


class Bulkheads:
    """Every operator's gates: one for requests that move money, one for queries.

    `held` are those who wait before the gate, for an operator that must not be asked now.
    """

    def __init__(self, capacity: Capacity) -> None:
        self._capacity = capacity
        self._apart_seconds = {
            operator: 1 / rate for operator, rate in capacity.calls_per_second.items() if rate > 0
        }
        self._calls: dict[str, Gate] = {}
        self._queries: dict[str, Gate] = {}
        self.held: dict[str, list[asyncio.Future[None]]] = {}

    def calls(self, operator: str) -> Gate:
        """Where requests that move money wait for their turn."""
        gate = self._calls.get(operator)
        if gate is None:
            apart_seconds = self._apart_seconds.get(operator, 0)
            gate = Gate(self._capacity.calls_max, apart_seconds=apart_seconds)
            self._calls[operator] = gate
        return gate

    def queries(self, operator: str) -> Gate:
        """Where queries wait for theirs: no slow payment holds them up."""
        gate = self._queries.get(operator)
        if gate is None:
            gate = self._queries[operator] = Gate(self._capacity.queries_max)
        return gate

    async def hold(self, operator: str, *, seconds: float | None) -> None:
        """Waits until the operator may be asked again, so long at most; then look again."""
        news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.held.setdefault(operator, []).append(news)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await news

    def let_go(self, operator: str) -> None:
        """Those who were held before the operator's gate look again."""
        for news in self.held.pop(operator, ()):
            if not news.done():
                news.set_result(None)

    def is_full(self, operator: str) -> bool:
        """Whether as many wait for the operator as may."""
        gate = self._calls.get(operator)
        waiting = (0 if gate is None else gate.waiting) + len(self.held.get(operator, ()))
        return waiting >= self._capacity.calls_waiting_max
