"""Deliveries: every event to every endpoint that was subscribed when it was committed (I-38).

One queue an endpoint, filled from the books and worked on by a few at a time, so that an endpoint
that is dead, slow or hostile delays no other (I-39). Whoever commits an event wakes the queues of
its merchant; what is due later, or was left by another process, is found by a look every second.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from cross.domain.errors import SwitchUnavailable
from cross.domain.partner import Partner
from cross.domain.webhook import (
    GONE,
    Attempt,
    DeliveryState,
    DisabledReason,
    Endpoint,
    EndpointStatus,
    Heard,
    key_of,
    longest_pause,
    next_try,
)
from cross.outbound import Outbound
from cross.sealing import SealingRefused
from cross.storage import deliveries as stored
from cross.storage import partners as stored_partners
from cross.storage import webhook_endpoints as stored_endpoints
from cross.storage.deliveries import AttemptsMade, Claim, Due, Made
from cross.storage.store import Saved, StoreUnavailable, Write
from cross.switch import attempts, house, webhooks
from cross.switch.clock_jumps import Jumps
from cross.switch.switch import Switch, log
from cross.switch.webhook_news import hearers_of

HELD_MAX: Final = 128
"""Of one endpoint, in memory: waiting, being sent, or sent and not yet written down."""

SAVED_TOGETHER_MAX: Final = 256
STOPPING_SECONDS: Final = 5.0
FAILING_TRIES_MIN: Final = 6
"""So many of one delivery too before an endpoint is disabled: a clock that jumps disables none."""
CLOCK_SLACK: Final = timedelta(hours=1)
FIRST_SLACK: Final = timedelta(minutes=1)
"""No first try is planned farther ahead than this."""


@dataclass(slots=True, eq=False)
class _Queue:
    """What this process has in hand of one endpoint. `more`: the books have, or may have, more.

    `partner`: the bank that it calls back. `keys` are the secrets in memory, since and until when.
    `look_again`: news came meanwhile.
    """

    name: str
    merchant: str
    endpoint: Endpoint | None = None
    partner: Partner | None = None
    version: int = 0
    keys: tuple[tuple[bytes, datetime | None, datetime | None], ...] = field(default=(), repr=False)
    waiting: deque[Due] = field(default_factory=deque)
    held: dict[str, None] = field(default_factory=dict)
    sending: int = 0
    more: bool = True
    looking: bool = False
    look_again: bool = False
    failing_since: datetime | None = None


class Deliverer:
    """Sends the webhooks of one process: `start` it within a running loop, `stop` it at the end."""

    def __init__(self, switch: Switch, outbound: Outbound) -> None:
        self._switch = switch
        self._outbound = outbound
        self._queues: dict[str, _Queue] = {}
        self._of_merchant: dict[str, dict[str, _Queue]] = {}
        self._made: list[tuple[_Queue, Made]] = []
        self._turned: dict[str, datetime | None] = {}
        self._to_save = asyncio.Event()
        self._singly = 0
        self._standing: list[asyncio.Task[None]] = []
        self._tasks: dict[asyncio.Task[None], None] = {}
        self._stopping = False
        self._jumps = Jumps()

    @property
    def depth(self) -> int:
        """How many deliveries are in hand."""
        return sum(len(queue.held) for queue in self._queues.values())

    async def start(self) -> None:
        """Begins with what is due, and stands by."""
        for name, merchant, _ in await stored_endpoints.enabled(self._switch.store):
            self._queue_of(name, merchant)
        loop = asyncio.get_running_loop()
        self._standing = [
            loop.create_task(self._look_around(), name="webhooks"),
            loop.create_task(self._save(), name="webhook results"),
        ]
        self._switch.deliveries = self
        self._switch.recorder.listeners.append(self.committed)

    async def stop(self) -> None:
        """Lets what is being sent finish for a moment and writes it down; the rest stays due."""
        self._stopping = True
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=STOPPING_SECONDS)
        for task in [*self._tasks, *self._standing]:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        with suppress(SwitchUnavailable):
            while self._made:
                await self._save_some()

    def committed(self, writes: Sequence[Write]) -> None:
        """The recorder: these are in the books; wakes the queues of merchants with news."""
        if self._of_merchant:
            for write in writes:
                for merchant in hearers_of(write):
                    self.due(merchant)

    def due(self, merchant: str) -> None:
        """Something is due to the merchant's endpoints."""
        for queue in self._of_merchant.get(merchant, {}).values():
            queue.more = True
            if not queue.waiting:
                self._look(queue)

    def changed(self, endpoint: Endpoint) -> None:
        """An endpoint was made, changed or taken out of use."""
        if endpoint.status is EndpointStatus.ENABLED:
            queue = self._queue_of(endpoint.id, endpoint.merchant)
            queue.endpoint = None
            self._look(queue)
        else:
            self._forget(endpoint.id)

    def _queue_of(self, name: str, merchant: str) -> _Queue:
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = _Queue(name, merchant)
            self._of_merchant.setdefault(merchant, {})[name] = queue
        return queue

    def _forget(self, name: str) -> None:
        queue = self._queues.pop(name, None)
        if queue is not None:
            queue.waiting.clear()
            queue.endpoint = None
            of_merchant = self._of_merchant[queue.merchant]
            del of_merchant[name]
            if not of_merchant:
                del self._of_merchant[queue.merchant]

    async def _look_around(self) -> None:
        """Every second: what has become due, here or elsewhere, and how the house stands."""
        while True:
            try:
                found = await stored_endpoints.with_work(self._switch.store, self._switch.clock())
                for name, merchant, version in found:
                    queue = self._queue_of(name, merchant)
                    if version != queue.version:
                        queue.endpoint = None
                    if not queue.waiting:
                        self._look(queue)
                await self._bring_forward()
                await house.look(self._switch)
            except (StoreUnavailable, SwitchUnavailable):
                log.warning("webhooks_not_looked_at")  # the next look does
            except Exception:  # noqa: BLE001  retries go on, whatever it is
                log.exception("webhooks_look_broken")
            await asyncio.sleep(self._switch.settings.look_every_seconds)

    async def _bring_forward(self) -> None:
        """Makes due what lies beyond any pause: a clock that jumped put it there (I-45)."""
        switch, at = self._switch, self._switch.clock()
        far = at + longest_pause(switch.settings.webhooks.schedule_seconds) + CLOCK_SLACK
        soon = at + FIRST_SLACK if self._jumps.may_have_been_set_back(at) else far
        names = await stored_endpoints.with_work_after(switch.store, far, soon)
        if names:
            await switch.recorder.record(stored.BroughtForward(tuple(names), far, soon, at))

    def _look(self, queue: _Queue) -> None:
        """Fills the queue from the books: one look at a time, and one more if news came."""
        if queue.looking:
            queue.look_again = True
        elif not self._stopping:
            queue.looking = True
            self._spawn(self._fill(queue))

    async def _fill(self, queue: _Queue) -> None:
        try:
            queue.look_again = True
            while queue.look_again and len(queue.held) < HELD_MAX and not self._stopping:
                queue.look_again = False
                await self._fill_once(queue)
        except (StoreUnavailable, SwitchUnavailable):
            log.warning("webhooks_not_read", endpoint=queue.name)
        except SealingRefused:
            log.exception("webhook_secret_sealed", endpoint=queue.name)
        finally:
            queue.looking = False

    async def _fill_once(self, queue: _Queue) -> None:
        switch = self._switch
        if queue.endpoint is None and not await self._know(queue):
            return
        room = HELD_MAX - len(queue.held)
        claim = Claim(
            queue.name, switch.lease.owner, switch.clock(), tuple(queue.held), rows_max=room
        )
        found = await stored.due(switch.store, claim)
        queue.more = len(found) == room
        if self._queues.get(queue.name) is not queue:
            return
        for due in found:
            queue.held[due.event.id] = None
            queue.waiting.append(due)
        idle = switch.settings.webhooks.concurrency - queue.sending
        for _ in range(min(idle, len(queue.waiting))):
            queue.sending += 1
            self._spawn(self._work(queue))

    async def _know(self, queue: _Queue) -> bool:
        """Reads the endpoint and opens its secrets; False where it is out of use."""
        endpoint = await stored_endpoints.get(self._switch.store, queue.name)
        if endpoint is None or endpoint.status is not EndpointStatus.ENABLED:
            self._forget(queue.name)
            return False
        queue.partner = await stored_partners.by_endpoint(self._switch.store, endpoint.id)
        record, seals = webhooks.record_of(endpoint.id), self._switch.seals
        keys: list[tuple[bytes, datetime | None, datetime | None]] = [
            (
                key_of(seals.open(endpoint.secret, record=record).decode()),
                endpoint.secret_from,
                None,
            )
        ]
        if endpoint.previous_secret is not None:
            before = seals.open(endpoint.previous_secret, record=record).decode()
            keys.append((key_of(before), None, endpoint.previous_until))
        queue.keys, queue.version = tuple(keys), endpoint.version
        queue.endpoint, queue.failing_since = endpoint, endpoint.failing_since
        return True

    async def _work(self, queue: _Queue) -> None:
        """Sends one after the other; several of these work on one queue."""
        try:
            while queue.waiting and not self._stopping:
                endpoint = queue.endpoint
                if endpoint is None:  # it changed: known again by the next look
                    self._give_up(queue)
                    return
                due = queue.waiting.popleft()
                if queue.more and len(queue.waiting) < HELD_MAX // 4:
                    self._look(queue)
                made = await self._attempt_or_break(queue, endpoint, due)
                if made is None:
                    queue.held.pop(due.event.id, None)
                else:
                    self._made.append((queue, made))
                    self._to_save.set()
        finally:
            queue.sending -= 1

    def _give_up(self, queue: _Queue) -> None:
        for due in queue.waiting:
            queue.held.pop(due.event.id, None)
        queue.waiting.clear()
        if self._queues.get(queue.name) is queue:
            self._look(queue)

    async def _attempt_or_break(self, queue: _Queue, endpoint: Endpoint, due: Due) -> Made | None:
        """The result; None where the books were away. A defect of ours counts as a failure."""
        at = self._switch.clock()
        try:
            return await self._attempt(queue, endpoint, due)
        except (StoreUnavailable, SwitchUnavailable):
            log.warning("webhooks_not_read", endpoint=queue.name)
            return None
        except Exception:  # noqa: BLE001  nothing is lost, whatever it is
            log.exception("webhook_attempt_broken", endpoint=queue.name)
        attempt = Attempt(at, None, "it could not be made", "", 0, "")
        return self._result(due, endpoint, attempt, Heard(None), at)

    async def _attempt(self, queue: _Queue, endpoint: Endpoint, due: Due) -> Made:
        switch = self._switch
        at = switch.clock()
        keys = [
            key
            for key, since, until in queue.keys
            if (since is None or since <= at) and (until is None or until > at)
        ]
        sending = attempts.Sending(endpoint.url_at(at), due.event, keys, at, queue.partner)
        attempt, retry_after_seconds = await attempts.make(switch, self._outbound, sending)
        heard, now = Heard(attempt.status, retry_after_seconds), switch.clock()
        if queue.endpoint is endpoint:  # else it speaks of an endpoint that changed meanwhile
            self._judge(queue, endpoint, heard, tries=due.tries + 1)
        return self._result(due, endpoint, attempt, heard, now)

    def _result(
        self, due: Due, endpoint: Endpoint, attempt: Attempt, heard: Heard, now: datetime
    ) -> Made:
        if heard.is_delivered:
            state, next_at = DeliveryState.DELIVERED, now
        else:
            schedule = self._switch.settings.webhooks.schedule_seconds
            pause = next_try(due.tries + 1, heard, schedule, self._switch.random_bits)
            state = DeliveryState.EXHAUSTED if pause is None else DeliveryState.WAITING
            next_at = now if pause is None else now + pause
        return Made(endpoint.id, due.event.id, attempt, state, due.tries + 1, next_at)

    def _judge(self, queue: _Queue, endpoint: Endpoint, heard: Heard, *, tries: int) -> None:
        """What an answer says of the endpoint itself: it works, it fails, it is gone."""
        now, settings = self._switch.clock(), self._switch.settings.webhooks
        if heard.is_delivered:
            if queue.failing_since is not None:
                queue.failing_since = self._turned[queue.name] = None
            return
        if queue.failing_since is None or queue.failing_since > now:
            queue.failing_since = self._turned[queue.name] = now
        patience = timedelta(seconds=settings.failing_seconds)
        often = tries >= min(FAILING_TRIES_MIN, len(settings.schedule_seconds))
        if heard.status == GONE:
            self._disable(queue, endpoint, DisabledReason.GONE)
        elif often and now - queue.failing_since >= patience:
            self._disable(queue, endpoint, DisabledReason.FAILING)

    def _disable(self, queue: _Queue, endpoint: Endpoint, reason: DisabledReason) -> None:
        if self._queues.get(queue.name) is queue:
            self._forget(queue.name)
            self._spawn(self._disabled(endpoint, reason))

    async def _disabled(self, endpoint: Endpoint, reason: DisabledReason) -> None:
        try:
            done = await webhooks.disable(self._switch, endpoint, reason)
        except (StoreUnavailable, SwitchUnavailable):
            log.warning("endpoint_not_disabled", endpoint=endpoint.id)  # the next failure does
        else:
            if done is not None:
                log.warning("endpoint_disabled", endpoint=endpoint.id, reason=reason.value)

    async def _save(self) -> None:
        """Writes results down together: while some are being committed the next ones gather."""
        while True:
            await self._to_save.wait()
            self._to_save.clear()
            while self._made:
                try:
                    await self._save_some()
                except SwitchUnavailable:
                    await asyncio.sleep(self._switch.settings.look_every_seconds)
                except Exception:  # noqa: BLE001  the others' results are written down
                    log.exception("webhook_results_broken")
                    self._made.append(self._made.pop(0))
                    self._singly = len(self._made)
                    await asyncio.sleep(self._switch.settings.look_every_seconds)

    async def _save_some(self) -> None:
        """Each by itself after a batch broke, so that one that breaks always is alone."""
        together = 1 if self._singly else SAVED_TOGETHER_MAX
        self._singly = max(self._singly - 1, 0)
        batch, turned = self._made[:together], self._turned
        self._turned = {}
        write = AttemptsMade(
            self._switch.store.engine,
            tuple(made for _, made in batch),
            tuple(turned.items()),
        )
        try:
            verdict = await self._switch.recorder_beside.record(write)
        except Exception:
            self._turned = {**turned, **self._turned}
            raise
        if not isinstance(verdict, Saved):
            log.error("webhook_results_refused", verdict=repr(verdict))
        del self._made[: len(batch)]
        for queue, made in batch:
            queue.held.pop(made.event, None)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = None
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("webhook_task_failed", error=type(error).__name__, exc_info=error)
