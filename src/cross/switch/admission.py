"""Admission: what is accepted now, and what may be sent now (decision 29).

    require_room(switch, movement)       before a movement is accepted: nothing is stored yet
    require_no_prompt(switch, movement)  the same, once its limits are counted
    await turn(switch, live, kind)       before a leg is sent: waits outside the operator's gate

Both look at what this process has in memory and ask nobody. What was accepted is never refused
afterwards: its legs wait. A movement that is refused here leaves no row (I-31).
"""

from datetime import timedelta
from math import ceil
from typing import Final

from cross.capacity import RETRY_AFTER_SECONDS
from cross.domain.admission_refusals import OperatorUnavailable, Overloaded, PromptAlreadyOpen
from cross.domain.leg import LegKind
from cross.domain.movement import Movement
from cross.domain.operator import CollectMode
from cross.switch.bulkhead import Gate
from cross.switch.switch import Live, Switch, asked_wallet

DOWN_RETRY_SECONDS: Final = 30
"""When to come again to an operator that is down; it is asked for at least as often as that."""

PROMPT_RETRY_SECONDS_MAX: Final = 30
PROMPT_GRACE: Final = timedelta(seconds=60)
"""So long after its time a prompt may still be on the phone; 0019_admission.sql says the same."""


def require_room(switch: Switch, movement: Movement) -> None:
    """Raises `Overloaded`, `OperatorUnavailable` or `TooManyWrongPins`; a few look-ups."""
    switch.stops.require_none(movement)
    because = _too_much(switch)
    if because is not None:
        raise Overloaded(because=because, retry_after_seconds=RETRY_AFTER_SECONDS)
    for leg in movement.legs:
        _require_operator(switch, leg.operator)
    wallet = asked_wallet(movement)
    if wallet is not None:
        switch.wrong_pins.require_few(wallet, at=movement.created_at)


def require_no_prompt(switch: Switch, movement: Movement) -> None:
    """Raises `PromptAlreadyOpen`, and gives back what was counted of the movement before.

    One open push a wallet: which movement asks it is kept by `Switch.hold`.
    """
    first = _prompting(switch, movement)
    if first is not None:
        switch.velocity.give_back(movement)
        raise second_prompt(switch, first)


async def turn(switch: Switch, live: Live, kind: LegKind) -> Gate | None:
    """The gate through which the leg goes now: `leave` it afterwards. None: it does not go.

    Waits while the operator must not be asked, and then for one of its slots. Nothing has been
    sent until it returns. A debit waits no longer than the payer may approve; all end their wait
    where the process ends or the movement is no longer its own.
    """
    operator = live.movement.leg(kind).operator
    gate = switch.bulkheads.calls(operator)
    while _is_ours(switch, live):
        if not _is_held_back(switch, live.movement, kind):
            if not gate.enter_now():
                live.waits = True
                try:
                    await gate.enter()
                finally:
                    live.waits = False
                if not _is_ours(switch, live) or _is_held_back(switch, live.movement, kind):
                    gate.leave()
                    continue
            switch.trials.pop(operator, None)
            return gate
        left_seconds = _seconds_left(switch, live.movement, kind)
        if left_seconds is not None and left_seconds <= 0:
            return None
        live.waits = True
        try:
            await switch.bulkheads.hold(operator, seconds=left_seconds)
        finally:
            live.waits = False
    return None


def let_go_on(switch: Switch) -> None:
    """Whoever is held before a gate looks again, where the reason may have gone."""
    for operator in list(switch.bulkheads.held):
        if switch.stopping or not switch.health.is_down(operator):
            switch.bulkheads.let_go(operator)


def _is_held_back(switch: Switch, movement: Movement, kind: LegKind) -> bool:
    """Whether a leg must not be sent now; queries go on in any case."""
    leg = movement.leg(kind)
    if switch.stops.hold(movement, leg):
        return True
    return switch.health.is_down(leg.operator) and leg.operator not in switch.trials


def _too_much(switch: Switch) -> str | None:
    capacity, recorder = switch.settings.capacity, switch.recorder
    if recorder.waiting >= capacity.writes_max:
        return "the books have too much to write"
    if recorder.delay_seconds() > capacity.writes_seconds_max:
        return "the books are slow"
    if len(switch.live) >= capacity.movements_max:
        return "too many movements are open"
    if switch.measures.lag_seconds > capacity.lag_seconds_max:
        return "this process is late"
    return None


def _require_operator(switch: Switch, operator: str) -> None:
    if switch.health.is_down(operator) and operator not in switch.trials:
        raise OperatorUnavailable(
            operator=operator,
            because="does not answer",
            retry_after_seconds=DOWN_RETRY_SECONDS,
        )
    if switch.bulkheads.is_full(operator):
        raise OperatorUnavailable(
            operator=operator,
            because="answers too slowly for all who wait for it",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )


def prompt_of(switch: Switch, movement: Movement) -> str | None:
    """The wallet that a movement asks to pay on the phone, as the books name it."""
    wallet = asked_wallet(movement)
    if wallet is None or switch.profile(wallet[0]).collect is not CollectMode.PUSH:
        return None
    return " ".join(wallet)


def second_prompt(switch: Switch, movement: Movement) -> PromptAlreadyOpen:
    """The refusal of a movement whose wallet another one is asking."""
    left_seconds = (movement.approve_by - switch.clock()).total_seconds()
    retry_after_seconds = max(1, min(PROMPT_RETRY_SECONDS_MAX, ceil(left_seconds)))
    operator = movement.legs[0].operator
    return PromptAlreadyOpen(operator=operator, retry_after_seconds=retry_after_seconds)


def _prompting(switch: Switch, movement: Movement) -> Movement | None:
    """The movement that asks the same wallet, if its prompt may be on the phone."""
    wallet = asked_wallet(movement)
    held = None if wallet is None else switch.prompts.get(wallet)
    live = None if held is None else switch.live.get(held)
    if live is None or live.movement.legs[0].is_final:
        return None
    first = live.movement
    if movement.created_at >= first.approve_by + PROMPT_GRACE:
        return None  # whatever became of it, the phone shows it no more
    if _is_of_the_same(first, movement) or prompt_of(switch, movement) is None:
        return None  # of the same: the books refuse it, and say why
    return first


def _is_of_the_same(first: Movement, second: Movement) -> bool:
    """Whether both use up one quote or one place of an order, or have one reference."""
    one, other = first.terms, second.terms
    if one.uses_up is not None and one.uses_up == other.uses_up:
        return True
    named = (first.merchant, first.kind, one.reference)
    return one.reference is not None and named == (second.merchant, second.kind, other.reference)


def _is_ours(switch: Switch, live: Live) -> bool:
    return not switch.stopping and switch.live.get(live.movement.id) is live


def _seconds_left(switch: Switch, movement: Movement, kind: LegKind) -> float | None:
    """How long a leg may wait: a debit until nobody may approve it, others for ever."""
    if kind is not LegKind.DEBIT:
        return None
    return (movement.approve_by - switch.clock()).total_seconds()
