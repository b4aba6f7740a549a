"""The worker: keeps the lease, and takes up what is due that nobody in this process has in hand."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import structlog

from cross.clock import monotonic_seconds
from cross.domain.errors import SwitchUnavailable
from cross.storage.store import StoreUnavailable
from cross.switch import merchants, monitors, recovery
from cross.switch.monitors import LOOKS, Watch
from cross.switch.switch import Switch

PAUSE_SECONDS_MAX: Final = 30
"""Between two tries of a standing task that fails each time."""

log = structlog.get_logger("cross.worker")


class Worker:
    """The standing tasks of one process of the switch."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._takes_movements = switch.settings.role != "webhooks" and not switch.quarantined
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> int:
        """Takes up what was in flight, then stands by; how many movements were taken up."""
        taken = await self._begin()
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._standing(work), name=name)
            for name, work in (
                ("lease", self._keep_lease),
                ("look", self._look),
                ("merchants", self._look_at_merchants),
                ("watch", self._watch),
            )
        ]
        return taken

    async def stop(self) -> None:
        """Ends the standing tasks; what they had begun in the books is finished by the store."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _standing(self, work: Callable[[], Awaitable[None]]) -> None:
        """Begins it again where it ends by a mistake of ours: nothing else would (F-P12)."""
        name = f"work.{work.__name__}"
        while True:
            began_at = monotonic_seconds()
            try:
                await work()
            except Exception:
                if monotonic_seconds() > began_at + PAUSE_SECONDS_MAX:
                    self._switch.failures.worked(name)
                again = self._switch.failures.failed(name)
                log.exception("standing_task_failed", work=name, times=again)
                await asyncio.sleep(min(again, PAUSE_SECONDS_MAX))

    async def _begin(self) -> int:
        await self._switch.lease.begin()
        self._switch.measures.ticked_at_seconds = monotonic_seconds()
        return await recovery.take_up_all(self._switch) if self._takes_movements else 0

    async def _keep_lease(self) -> None:
        """Keeps the lease; where it was lost goes on as a process that has just begun (F-P05)."""
        while True:
            await self._switch.lease.keep()
            while True:
                recovery.let_go_of_all(self._switch)
                try:
                    await self._begin()
                    break
                except StoreUnavailable:
                    log.exception("books_unavailable")
                    await asyncio.sleep(self._switch.settings.look_every_seconds)

    async def _watch(self) -> None:
        """What must hold is looked at; what is stopped is known (I-46)."""
        watch = Watch(self._switch)
        while True:
            await asyncio.sleep(self._switch.settings.look_every_seconds / LOOKS)
            await monitors.step(self._switch, watch)

    async def _look_at_merchants(self) -> None:
        while True:
            await asyncio.sleep(self._switch.settings.look_every_seconds)
            try:
                await merchants.look_again(self._switch)
            except (StoreUnavailable, SwitchUnavailable):
                log.warning("merchants_not_read")

    async def _look(self) -> None:
        was_interrupted = False
        while not self._takes_movements:
            self._switch.measures.ticked_at_seconds = monotonic_seconds()
            await asyncio.sleep(self._switch.settings.look_every_seconds)
        while True:
            try:
                await recovery.keep_looking(self._switch, was_interrupted=was_interrupted)
            except StoreUnavailable:
                log.exception("books_unavailable")
                was_interrupted = True
