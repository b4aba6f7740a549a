"""Batches: payouts asked for together, each of which succeeds or fails on its own.

    opened ──each line, at most once, by its key──> payouts ──> completed
      └─canceled─> what was not begun is taken back

A line is paid under a key made of the batch and its number (`payout_key`), so that a process that
ends in the middle, or two that work on the same batch, never pay it twice (I-27, I-30).
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import structlog

from cross.domain.admission_refusals import (
    AcceptanceUnknown,
    OperatorUnavailable,
    Overloaded,
)
from cross.domain.batch import ENDED, Batch, Line, Problem, payout_key
from cross.domain.batch_refusals import BatchEnded
from cross.domain.errors import (
    CrossError,
    IdempotencyKeyReused,
    NotFound,
    StillBeingAccepted,
    SwitchUnavailable,
)
from cross.domain.ids import BATCH
from cross.domain.money import Money, currency_named
from cross.domain.movement import Terms
from cross.domain.stop import OperatorStopped
from cross.storage import batches as stored
from cross.storage import movements as stored_movements
from cross.storage.batch_writes import (
    BatchCancel,
    BatchClaim,
    BatchEnd,
    BatchOpening,
    LineFailed,
)
from cross.storage.batches import Tally
from cross.storage.pages import Page
from cross.storage.store import KeyTaken, Saved, StoreUnavailable
from cross.switch import movements, payouts, visits
from cross.switch.batch_check import Checked, wallet_of
from cross.switch.movements import Request
from cross.switch.switch import Accepted, Switch

AT_ONCE: Final = 16
"""How many lines of a batch one process has with operators before their first answer."""

READ_AT_ONCE: Final = 32
"""Whether the batch was canceled is looked at before so many more."""

BATCHES_AT_ONCE: Final = 4
AGAIN_SECONDS: Final = 1.0
_LATER: Final = (
    *(SwitchUnavailable.code, StillBeingAccepted.code, "rate_limited"),
    *(Overloaded.code, AcceptanceUnknown.code, OperatorUnavailable.code, OperatorStopped.code),
)

log = structlog.get_logger("cross.batches")


@dataclass(frozen=True, slots=True)
class Opened:
    """A batch, made now or (`replayed`) by an earlier request with the same key."""

    batch: Batch
    replayed: bool = False


async def open_batch(
    switch: Switch, checked: Checked, description: str, request: Request
) -> Opened:
    """Keeps a batch whole, then pays it in the background; once a key."""
    batch = Batch(
        switch.new_id(BATCH),
        request.merchant,
        request.livemode,
        request.key,
        request.digest,
        description,
        len(checked.lines),
        switch.clock(),
        switch.lease.owner,
    )
    verdict = await switch.recorder.record(BatchOpening(batch, checked.lines))
    if isinstance(verdict, Saved):
        begin(switch, batch.id)
        return Opened(batch)
    earlier = await replay(switch, request) if isinstance(verdict, KeyTaken) else None
    if earlier is None:
        raise SwitchUnavailable
    return earlier


async def replay(switch: Switch, request: Request) -> Opened | None:
    """What an earlier request with this key made; raises `IdempotencyKeyReused`."""
    found = await stored.asked_for_with(switch.store, request.key, merchant=request.merchant)
    if found is None:
        if await stored_movements.asked_for_with(
            switch.store, request.key, merchant=request.merchant
        ):
            raise IdempotencyKeyReused  # of a movement: its body was another
        return None
    if found.request_digest != request.digest:
        raise IdempotencyKeyReused
    return Opened(found, replayed=True)


async def find(switch: Switch, batch_id: str, *, merchant: str) -> tuple[Batch, Sequence[Tally]]:
    """A merchant's batch and how its lines stand; raises `NotFound`."""
    found = await stored.find(switch.store, batch_id, merchant=merchant)
    if found is None:
        raise NotFound(noun="batch")
    return found, (await stored.tallies(switch.store, [batch_id], merchant=merchant))[batch_id]


async def made_with(
    switch: Switch, key: str, *, merchant: str
) -> tuple[Batch, Sequence[Tally]] | None:
    """What the request with this Idempotency-Key made, as it stands now."""
    found = await stored.asked_for_with(switch.store, key, merchant=merchant)
    return None if found is None else await find(switch, found.id, merchant=merchant)


async def page(
    switch: Switch, *, merchant: str, part: Page
) -> tuple[Sequence[Batch], Mapping[str, Sequence[Tally]], bool]:
    """A page of batches, newest first, how their lines stand, and whether there are more."""
    found, has_more = await stored.page(switch.store, merchant=merchant, part=part)
    ids = [batch.id for batch in found]
    return found, await stored.tallies(switch.store, ids, merchant=merchant), has_more


async def cancel(switch: Switch, batch_id: str, *, merchant: str) -> tuple[Batch, Sequence[Tally]]:
    """Begins nothing more of it; what was begun goes on. Raises `NotFound`, `BatchEnded`."""
    batch, tallies = await find(switch, batch_id, merchant=merchant)
    if batch.canceled_at is None:
        if all(one.status in ENDED for one in tallies):
            raise BatchEnded  # told so already, though its end is not written down yet
        verdict = await switch.recorder.record(BatchCancel(batch_id, switch.clock()))
        if not isinstance(verdict, Saved):
            batch, _ = await find(switch, batch_id, merchant=merchant)
            if batch.canceled_at is None:
                raise BatchEnded
    begin(switch, batch_id)
    return await find(switch, batch_id, merchant=merchant)


def begin(switch: Switch, batch_id: str) -> None:
    """Works on a batch in the background, unless this process does already."""
    if batch_id not in switch.batches and not (switch.stopping or switch.quarantined):
        switch.batches[batch_id] = None
        switch.spawn(_work(switch, batch_id))


async def look(switch: Switch) -> None:
    """Takes up batches that a process left before all of their lines were begun."""
    try:
        left = await stored.to_begin(switch.store, limit=BATCHES_AT_ONCE)
    except StoreUnavailable:
        return  # the next look comes soon
    for batch_id in left:
        begin(switch, batch_id)


async def _work(switch: Switch, batch_id: str) -> None:
    try:
        owner = switch.lease.owner
        claim = BatchClaim(batch_id, owner, switch.store.engine)
        if not isinstance(await switch.recorder.record(claim), Saved):
            return
        batch = await stored.get(switch.store, batch_id)
        if batch is not None:
            await _pay_all(switch, batch)
    except (SwitchUnavailable, StoreUnavailable) as error:
        log.warning("batch_left", batch=batch_id, error=type(error).__name__)  # taken up again
    finally:
        switch.batches.pop(batch_id, None)


async def _pay_all(switch: Switch, batch: Batch) -> None:
    """Several lines at a time, in order; ends when none is left that was not tried."""
    owner, after = switch.lease.owner, 0
    while switch.lease.owner == owner and not switch.stopping:
        now = await stored.get(switch.store, batch.id)
        is_canceled = now is not None and now.canceled_at is not None
        waiting = [] if is_canceled else await _waiting(switch, batch, after)
        if not waiting:
            end = BatchEnd(batch, switch.clock(), cancel=is_canceled)
            if isinstance(await switch.recorder.record(end), Saved):
                return
            after = 0  # a line that was tried is left, for its failure was lost: once more
            continue
        left = iter(waiting)
        decided = await asyncio.gather(*(_pay_some(switch, batch, left) for _ in range(AT_ONCE)))
        if all(decided):
            after = waiting[-1].number
        else:
            await asyncio.sleep(AGAIN_SECONDS)


async def _pay_some(switch: Switch, batch: Batch, left: Iterator[Line]) -> bool:
    """Pays the next line, and the next, of what several share; whether all were decided."""
    decided = True
    for line in left:
        decided = await _pay(switch, batch, line) and decided
    return decided


async def _waiting(switch: Switch, batch: Batch, after: int) -> list[Line]:
    found = await stored.lines(switch.store, batch, part=(after, READ_AT_ONCE), status="waiting")
    return [stands.line for stands in found]


async def _pay(switch: Switch, batch: Batch, line: Line) -> bool:
    """Opens the payout of a line; False where it must be tried again, for nothing was decided."""
    request = Request(
        batch.merchant, batch.livemode, payout_key(batch.id, line.number), _digest(batch, line)
    )
    try:
        await visits.until_the_way_is_known(switch, await _open(switch, batch, line, request))
    except CrossError as refusal:
        if refusal.code in _LATER:
            return False
        if await movements.replay(switch, request) is None:
            problem = Problem(refusal.code, str(refusal), refusal.param)
            await switch.recorder.record(LineFailed(batch.id, line.number, problem))
    return True


async def _open(switch: Switch, batch: Batch, line: Line, request: Request) -> Accepted:
    named = {"batch": batch.id, "line": str(line.number), "name": line.name}
    terms = Terms(
        reference=line.reference,
        description=line.description or batch.description,
        metadata={name: value for name, value in named.items() if value},
    )
    money = Money(line.amount or 0, currency_named(line.currency))
    return await payouts.open_payout(switch, wallet_of(switch, line), money, terms, request)


def _digest(batch: Batch, line: Line) -> str:
    asked = f"{batch.id} {line.number} {line.operator} {line.msisdn} {line.amount} {line.currency}"
    return sha256(asked.encode()).hexdigest()
