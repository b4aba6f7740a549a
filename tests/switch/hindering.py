"""Operators and books that are slow, silent or away for as long as a test wants."""

import asyncio
from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from cross.domain.operator import LegRequest, LookUp, Outcome, Unknown
from cross.storage.store import Advance, StoreUnavailable, Verdict, Write
from tests.world import World


class Hindered:
    """An operator behind a door: requests wait while it is shut; while `away` nothing answers."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.door = asyncio.Event()
        self.door.set()
        self.away = False
        self.under_way = self.most = 0
        self.sent: list[str] = []
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def collect(self, request: LegRequest) -> Outcome:
        answer: Outcome = await self._act(self._real.collect, request)
        return answer

    async def pay_out(self, request: LegRequest) -> Outcome:
        answer: Outcome = await self._act(self._real.pay_out, request)
        return answer

    async def look_up_collection(self, request: LegRequest) -> LookUp:
        answer: LookUp = await self._ask(self._real.look_up_collection, request)
        return answer

    async def look_up_payout(self, request: LegRequest) -> LookUp:
        answer: LookUp = await self._ask(self._real.look_up_payout, request)
        return answer

    async def _act(self, call: Any, request: LegRequest) -> Any:
        self.sent.append(request.reference)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.door.wait()
            return Unknown("nobody answers", sent=False) if self.away else await call(request)
        finally:
            self.under_way -= 1

    async def _ask(self, call: Any, request: LegRequest) -> Any:
        self.asked.append(request.reference)
        return Unknown("nobody answers") if self.away else await call(request)


def hindered(world: World, operator: str) -> Hindered:
    """Puts an operator of the world behind a door."""
    found = Hindered(world.switch.operators[operator])
    world.switch.operators[operator] = found  # type: ignore[index]
    return found


class SilentBooks:
    """Books that take what they are given, and do not say so while `silent`."""

    def __init__(self, world: World, patch: pytest.MonkeyPatch) -> None:
        self.speaking = asyncio.Event()
        self.speaking.set()
        record = world.switch.store.record

        async def slowly(writes: Sequence[Write]) -> Sequence[Verdict]:
            await self.speaking.wait()
            return await record(writes)

        patch.setattr(world.switch.store, "record", slowly)

    @contextmanager
    def silent(self) -> Any:
        """For as long as the block nothing is durable."""
        self.speaking.clear()
        try:
            yield
        finally:
            self.speaking.set()


class FullDisk:
    """Books whose `record` finds no room until so many steps were refused."""

    def __init__(self, world: World, *, steps: int) -> None:
        self._record, self._steps = world.switch.store.record, steps
        self.refused: list[Write] = []

    async def record(self, writes: Sequence[Write]) -> Sequence[Verdict]:
        """As the store's."""
        steps = [write for write in writes if isinstance(write, Advance)]
        if steps and len(self.refused) < self._steps:
            self.refused.extend(steps)
            raise StoreUnavailable("database or disk is full")
        return await self._record(writes)
