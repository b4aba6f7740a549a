"""Projection: orders follow their attempts, durably and after any crash.

An attempt's step and the news that its order is behind are one transaction (a trigger of the
books), so that whichever process looks finds every order that has to catch up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cross.domain import order as rules
from cross.domain.changed import changed
from cross.domain.errors import SwitchUnavailable
from cross.domain.ids import EVENT
from cross.domain.movement import Movement, MovementKind
from cross.domain.order import MONEY_CAME, Order
from cross.domain.status import status_of
from cross.storage import movements as stored_movements
from cross.storage import orders as stored
from cross.storage.store import (
    Broken,
    EventRow,
    LogLine,
    OrderStep,
    Saved,
    StoreUnavailable,
)
from cross.switch import order_log
from cross.switch.order_log import Note
from cross.switch.order_views import order_view
from cross.switch.switch import Switch, log
from cross.switch.views import encoded

TRIES_MAX: Final = 8
"""How often others may come first before it is left to the next look."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An order as it stands now, with its attempts in the order in which they were made."""

    order: Order
    attempts: Sequence[Movement] = ()
    refunds: Sequence[Movement] = ()


async def standing(switch: Switch, order: Order) -> Standing:
    """The order as its attempts and the time make it now, whatever is stored of it."""
    attempts = await stored_movements.belonging_to(switch.store, order.id)
    refunds: Sequence[Movement] = ()
    paid = next((one for one in attempts if one.state == "succeeded"), None)
    if paid is not None:
        refunds = await stored_movements.refunds_of(switch.store, paid.id)
    now = rules.projected(order, attempts, refunds, at=switch.clock())
    return Standing(now, attempts, refunds)


def save_soon(switch: Switch, order_id: str) -> None:
    """The order is caught up with, and nobody waits for it."""
    switch.spawn(_catch_up_with(switch, order_id))


async def project(switch: Switch, order_id: str) -> None:
    """Saves the order as it stands, with what its merchant is told; until it is saved or is so."""
    for _ in range(TRIES_MAX):
        order = await stored.get(switch.store, order_id)
        if order is None:
            return
        stands = await standing(switch, order)
        made_of = [one.id for one in (*stands.attempts, *stands.refunds)]
        if stands.order == order and not await stored.is_behind(switch.store, made_of):
            return
        if await save(switch, order, stands):
            return
    log.warning("order_behind", order=order_id)


async def save(
    switch: Switch, before: Order, stands: Standing, *, lines: tuple[LogLine, ...] = ()
) -> bool:
    """Saves the projection over the version it was made of; False where another came first."""
    events = rules.events_between(before, stands.order)
    after = changed(stands.order, version=before.version + 1, events=before.events + len(events))
    came = after.status in MONEY_CAME and before.status not in MONEY_CAME
    step = OrderStep(
        after,
        _event_rows(switch, changed(stands, order=after), events),
        (*_lines(switch, before, changed(stands, order=after)), *lines),
        tuple((one.id, one.version) for one in (*stands.attempts, *stands.refunds)),
        after.terms.payment_link if came else None,
    )
    verdict = await switch.recorder.record(step)
    if isinstance(verdict, Broken):
        log.warning("order_step_refused", order=before.id, detail=verdict.detail)
    return isinstance(verdict, Saved)


async def catch_up(switch: Switch) -> None:
    """Projects every order whose attempts moved on, and those whose time is up; one at a time."""
    if switch.is_catching_up:
        return
    switch.is_catching_up = True
    try:
        for order_id in await _behind(switch):
            if switch.stopping:
                return
            await _catch_up_with(switch, order_id)
    except StoreUnavailable:
        log.warning("orders_not_looked_at")  # the next look does
    finally:
        switch.is_catching_up = False


def follow(switch: Switch) -> None:
    """From now on orders follow the steps that this process takes, at once."""

    def moved(movement: Movement) -> None:
        if movement.kind is MovementKind.COLLECTION and movement.terms.original is not None:
            save_soon(switch, movement.terms.original)
        elif movement.kind is MovementKind.REFUND:
            switch.spawn(catch_up(switch))

    switch.followers.append(moved)
    switch.handed_over = _HandedOver(switch)


async def _catch_up_with(switch: Switch, order_id: str) -> None:
    """As `project`; where the books are away, the next look finds it again."""
    try:
        await project(switch, order_id)
    except (StoreUnavailable, SwitchUnavailable):
        log.warning("order_behind", order=order_id)


class _HandedOver:
    """Whether a payer may have been sent to the operator's page of an attempt."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch

    async def __call__(self, movement: Movement) -> bool:
        """True for what is no order's attempt: whoever reads it can send the payer there."""
        if movement.kind is not MovementKind.COLLECTION or movement.terms.original is None:
            return True
        return await stored.was_handed_over(self._switch.store, movement.id)


async def _behind(switch: Switch) -> Sequence[str]:
    """The ids of orders to be projected, each once."""
    moved = [one.order for one in await stored.behind(switch.store)]
    return list(dict.fromkeys([*moved, *await stored.due(switch.store, switch.clock())]))


def _event_rows(switch: Switch, stands: Standing, types: tuple[str, ...]) -> tuple[EventRow, ...]:
    if not types:
        return ()
    order = stands.order
    body = encoded(order_view(switch, order, stands.attempts))
    first = order.events - len(types) + 1
    return tuple(
        EventRow(switch.new_id(EVENT), name, first + place, body, order.updated_at)
        for place, name in enumerate(types)
    )


def _lines(switch: Switch, before: Order, stands: Standing) -> list[LogLine]:
    """What is new: each attempt where it stands, once, and the order's own status."""
    order = stands.order
    notes = [_of_attempt(attempt) for attempt in stands.attempts]
    if order.status is not before.status:
        late = " late" if order.paid_late and order.status in MONEY_CAME else ""
        data = {"amount_paid": order.amount_paid, "amount_refunded": order.amount_refunded}
        notes.append(Note(order.status.value, f"the order is {order.status}{late}", data))
    return [order_log.line(switch, order.id, note) for note in notes]


def _of_attempt(attempt: Movement) -> Note:
    status, leg = status_of(attempt), attempt.legs[0]
    data = {
        "attempt": attempt.id,
        "operator": leg.operator,
        "place": attempt.terms.place,
        "leg": leg.status.value,
        "failure": None if attempt.failure is None else attempt.failure.code,
    }
    stage = leg.status.value if status == "pending" else status
    message = f"attempt {attempt.terms.place} at {leg.operator}: {stage}"
    return Note(f"attempt_{stage}", message, data, once=f"{attempt.id}/{stage}")
