"""What every movement goes through: being accepted once a key, being read, asked about, taken back.

What has begun is finished: a caller that goes away cancels its waiting, not the work.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, assert_never

from cross.capacity import RETRY_AFTER_SECONDS
from cross.domain import collection
from cross.domain.admission_refusals import AcceptanceUnknown
from cross.domain.changed import changed
from cross.domain.errors import (
    BalanceTooLow,
    CrossError,
    FloatTooLow,
    IdempotencyKeyReused,
    NotCancelable,
    NotFound,
    OutcomeUnknown,
    Quarantined,
    QuoteUsed,
    ReferenceAlreadyUsed,
    StillBeingAccepted,
    SwitchUnavailable,
)
from cross.domain.ledger import JournalEntry, Need
from cross.domain.leg import LegKind
from cross.domain.movement import Movement, MovementKind
from cross.domain.steps import cancel as decide_cancel
from cross.domain.steps import is_final
from cross.storage import movements as stored
from cross.storage.store import (
    KeyTaken,
    NotCovered,
    Opening,
    PromptTaken,
    QuoteTaken,
    ReferenceTaken,
    Saved,
    Stale,
    Verdict,
)
from cross.switch import admission, legs, requests
from cross.switch.switch import Accepted, Live, Switch, log

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, under which key; `digest` is of all that was asked: a repeat has the same."""

    merchant: str
    livemode: bool
    key: str
    digest: str


async def replay(switch: Switch, request: Request) -> Accepted | None:
    """What an earlier request with this key was answered; raises `IdempotencyKeyReused`."""
    found = await stored.asked_for_with(switch.store, request.key, merchant=request.merchant)
    if found is None:
        return None
    if found.request_digest != request.digest:
        raise IdempotencyKeyReused
    return Accepted(_newest(switch, found), replayed=True)


async def accept(
    switch: Switch,
    movement: Movement,
    *,
    needs: tuple[Need, ...] = (),
    entries: tuple[JournalEntry, ...] = (),
) -> Accepted:
    """Keeps a movement for ever, and sends its first leg once it is kept; once a key (I-27)."""
    key = (movement.merchant, movement.idempotency_key)
    first = switch.accepting.get(key)
    if first is not None:
        return await _same_as(switch, first, movement)
    opening = _open(switch, movement, needs, entries)
    task = asyncio.get_running_loop().create_task(opening)
    switch.accepting[key] = task
    task.add_done_callback(lambda _: switch.accepting.pop(key, None))
    unknown = partial(
        AcceptanceUnknown, existing_id=movement.id, retry_after_seconds=RETRY_AFTER_SECONDS
    )
    return await switch.deadlines.of(_end_of(task), unknown)


async def find(switch: Switch, movement_id: str, *, merchant: str, kind: MovementKind) -> Movement:
    """A merchant's movement as it stands; raises `NotFound`."""
    live = switch.live.get(movement_id)
    if live is not None and live.movement.merchant == merchant and live.movement.kind is kind:
        return live.movement
    found = await stored.find(switch.store, movement_id, merchant=merchant, kind=kind)
    if found is None:
        raise NotFound(noun=kind.value)
    return found


async def read(switch: Switch, movement_id: str, *, merchant: str, kind: MovementKind) -> Movement:
    """As `find`; where the outcome is unknown the operator is asked again, in the background."""
    found = await find(switch, movement_id, merchant=merchant, kind=kind)
    live = switch.live.get(movement_id)
    if live is not None and found.outcome_unknown:
        legs.ask_for_a_reader(switch, live)
    return found


async def recheck(
    switch: Switch, movement_id: str, *, merchant: str, kind: MovementKind
) -> Movement:
    """The movement after asking its operator now, where there is anything to ask."""
    found = await find(switch, movement_id, merchant=merchant, kind=kind)
    live = switch.live.get(movement_id)
    if live is None or is_final(found):
        return found
    await _finished(legs.ask(switch, live))
    return live.movement


async def cancel(
    switch: Switch, movement_id: str, *, merchant: str, kind: MovementKind
) -> Movement:
    """Takes back what was provably not sent, or what its operator says that nobody can pay now.

    Raises `NotFound`, `NotCancelable`, `OutcomeUnknown`, and `SwitchUnavailable` where another
    process holds it: ask again.
    """
    found = await find(switch, movement_id, merchant=merchant, kind=kind)
    live = switch.live.get(movement_id)
    if live is None:
        decide_cancel(found, at=switch.clock())
        raise SwitchUnavailable
    return await _finished(_cancel(switch, live))


async def _cancel(switch: Switch, live: Live) -> Movement:
    try:
        async with live.lock:
            await legs.take(switch, live, decide_cancel(live.movement, at=switch.clock()))
    except OutcomeUnknown:
        if not await _is_taken_back(switch, live):
            raise
    return live.movement


async def _is_taken_back(switch: Switch, live: Live) -> bool:
    """Has an order closed where it waits to be paid; the operator's own word tells what came of it.

    Raises `NotCancelable` where it was paid meanwhile.
    """
    movement = live.movement
    leg = movement.legs[0]
    if leg.kind is not LegKind.DEBIT or not switch.profile(leg.operator).takes_back:
        return False
    request = requests.request_for(switch, movement, leg)
    await switch.operator(leg.operator).take_back(request)
    await legs.ask(switch, live)
    if live.movement.state == collection.State.SUCCEEDED:
        raise NotCancelable
    return is_final(live.movement)


async def _finished(work: Coroutine[Any, Any, T]) -> T:
    return await asyncio.shield(asyncio.get_running_loop().create_task(work))


def _end_of(task: "asyncio.Task[Accepted]") -> "asyncio.Future[Accepted]":
    """As `shield`: whoever waits for it may go away, and what has begun goes on."""
    told: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()

    def tell(done: "asyncio.Task[Accepted]") -> None:
        error = None if done.cancelled() else done.exception()
        if told.done():
            return
        if done.cancelled():
            told.cancel()
        elif error is not None:
            told.set_exception(error)
        else:
            told.set_result(done.result())

    task.add_done_callback(tell)
    return told


async def _same_as(switch: Switch, first: "asyncio.Task[Accepted]", movement: Movement) -> Accepted:
    try:
        async with asyncio.timeout(switch.settings.capacity.answer_seconds_max):
            opened = (await asyncio.shield(first)).movement
    except TimeoutError:
        raise StillBeingAccepted from None
    if opened.request_digest != movement.request_digest:
        raise IdempotencyKeyReused
    return Accepted(opened, replayed=True)


async def _open(
    switch: Switch, movement: Movement, needs: tuple[Need, ...], entries: tuple[JournalEntry, ...]
) -> Accepted:
    _require_open(switch)
    switch.directory.require_active(movement.merchant)
    try:
        admission.require_room(switch, movement)
        switch.velocity.take(movement)
        admission.require_no_prompt(switch, movement)
    except CrossError as refusal:
        earlier = await _accepted_before(switch, movement)
        if earlier is None:
            refusal.is_first = True
            raise
        return earlier
    created = (f"{movement.kind}.created",)
    movement = changed(movement, events=len(created))
    live, prompt = switch.hold(movement), admission.prompt_of(switch, movement)
    events = legs.event_rows(switch, movement, created)
    verdict: Verdict | None = None
    try:
        verdict = await switch.recorder.record(
            Opening(movement, switch.lease.owner, needs, entries, events, prompt)
        )
    finally:
        if not isinstance(verdict, Saved):
            switch.release(live)
            switch.velocity.give_back(movement)
    if not isinstance(verdict, Saved):
        return await _refused(switch, movement, verdict)
    switch.measures.opened(movement)
    for leg in movement.legs:
        if leg.sends:
            legs.begin(switch, live, leg.kind)
    return Accepted(movement, told=events[0].body)


async def _accepted_before(switch: Switch, movement: Movement) -> Accepted | None:
    """A repeat is answered as before, whatever there is room for now."""
    key, digest = movement.idempotency_key, movement.request_digest
    return await replay(switch, Request(movement.merchant, movement.livemode, key, digest))


def _require_open(switch: Switch) -> None:
    if switch.stopping:
        raise SwitchUnavailable
    if switch.quarantined:
        raise Quarantined


async def _refused(switch: Switch, movement: Movement, verdict: Verdict) -> Accepted:
    match verdict:
        case KeyTaken():
            if verdict.digest != movement.request_digest:
                raise IdempotencyKeyReused
            found = await stored.get(switch.store, verdict.movement)
            if found is None:
                raise SwitchUnavailable
            return Accepted(_newest(switch, found), replayed=True)
        case ReferenceTaken() | QuoteTaken() | PromptTaken() | NotCovered():
            raise _refusal_of(switch, movement, verdict)
        case Stale():
            raise SwitchUnavailable  # another process has taken over from this one
        case _:
            log.error("opening_broken", movement=movement.id, verdict=repr(verdict))
            raise SwitchUnavailable


def _refusal_of(
    switch: Switch,
    movement: Movement,
    verdict: ReferenceTaken | QuoteTaken | PromptTaken | NotCovered,
) -> CrossError:
    match verdict:
        case ReferenceTaken():
            return ReferenceAlreadyUsed(existing_id=verdict.movement)
        case QuoteTaken():
            return QuoteUsed(existing_id=verdict.movement)
        case PromptTaken():
            return admission.second_prompt(switch, movement)
        case NotCovered():
            return _uncovered(verdict.need)
        case _:
            assert_never(verdict)


def _uncovered(need: Need) -> CrossError:
    if need.code == BalanceTooLow.code:
        return BalanceTooLow()
    return FloatTooLow(operator=need.holds.name.partition(":")[2])


def _newest(switch: Switch, found: Movement) -> Movement:
    live = switch.live.get(found.id)
    return found if live is None else live.movement
