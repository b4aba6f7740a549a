"""A token for all callers: fetched once however many wait for it, renewed before it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from cross.clock import Clock
from cross.domain.operator import Unknown


@dataclass(frozen=True, slots=True)
class Token:
    """The headers that show it, made once; from `renew_at` on it is not shown any more."""

    headers: tuple[tuple[str, str], ...]
    renew_at: datetime


FetchToken: TypeAlias = Callable[[], Awaitable[Token | Unknown]]
"""Gets a new token; `Unknown` when none was given. Raises nothing."""


class Tokens:
    """The token in use. Concurrent callers share one fetch and its result, good or bad (F-O14)."""

    def __init__(self, *, fetch: FetchToken, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._token: Token | None = None
        self._fetching: asyncio.Future[Token | Unknown] | None = None

    async def current(self) -> Token | Unknown:
        """A token that is not about to end."""
        token = self._token
        if token is not None and self._clock() < token.renew_at:
            return token
        return await self._fetched()

    async def instead_of(self, refused: Token) -> Token | Unknown:
        """Another token than the one that the operator refused."""
        token = self._token
        if token is not None and token is not refused:
            return token
        return await self._fetched()

    async def _fetched(self) -> Token | Unknown:
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.ensure_future(self._fetch_and_keep())
        return await asyncio.shield(self._fetching)  # one caller's cancelling is not another's

    async def _fetch_and_keep(self) -> Token | Unknown:
        token = await self._fetch()
        self._token = token if isinstance(token, Token) else None
        return token
