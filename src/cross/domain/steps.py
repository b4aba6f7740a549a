"""Deciding: what follows from an answer about a leg. Pure and total; storage saves, switch does."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from cross.domain import collection, late, payout, refund, transfer
from cross.domain.changed import changed
from cross.domain.errors import NotCancelable, OutcomeUnknown
from cross.domain.leg import (
    CONTRADICTIONS_MAX,
    Leg,
    LegKind,
    LegStatus,
    Patience,
    given_up,
    hear,
    intended,
    request_ended,
    taken_up,
)
from cross.domain.movement import Attention, Movement, MovementKind, Step, Transitions
from cross.domain.operator import LookUp, Pending, Succeeded

OWNER: Final = "operations"
"""Who gets what only people can decide, until someone takes it."""

ATTENTION_HOURS: Final = 24
"""How long an owner has before the deadline (I-21: no transfer is older without a page)."""


class News(NamedTuple):
    """An answer and when it came; `ended`: it answers the request itself, not a query.

    `steady_at` is the same moment by a clock that nobody sets: waiting is measured by it (I-45).
    """

    answer: LookUp
    at: datetime
    ended: bool = False
    steady_at: datetime | None = None


class After(Protocol):
    """Decides what a leg's final answer means for its movement."""

    def __call__(self, movement: Movement, leg: Leg, /, *, at: datetime) -> Step:
        """The step that follows."""


class Cancel(Protocol):
    """Takes back a movement of which nothing was sent."""

    def __call__(self, movement: Movement, /, *, at: datetime) -> Step:
        """The step that ends it."""


AFTER_SUCCESS: Final[Mapping[MovementKind, After]] = MappingProxyType(
    {
        MovementKind.TRANSFER: transfer.after_success,
        MovementKind.COLLECTION: collection.after_success,
        MovementKind.PAYOUT: payout.after_success,
        MovementKind.REFUND: refund.after_success,
    }
)
AFTER_FAILURE: Final[Mapping[MovementKind, After]] = MappingProxyType(
    {
        MovementKind.TRANSFER: transfer.after_failure,
        MovementKind.COLLECTION: collection.after_failure,
        MovementKind.PAYOUT: payout.after_failure,
        MovementKind.REFUND: refund.after_failure,
    }
)
CANCELED: Final[Mapping[MovementKind, Cancel]] = MappingProxyType(
    {
        MovementKind.COLLECTION: collection.canceled,
        MovementKind.PAYOUT: payout.canceled,
        MovementKind.REFUND: refund.canceled,
    }
)
TRANSITIONS: Final[Mapping[MovementKind, Transitions]] = MappingProxyType(
    {
        MovementKind.TRANSFER: transfer.TRANSITIONS,
        MovementKind.COLLECTION: collection.TRANSITIONS,
        MovementKind.PAYOUT: payout.TRANSITIONS,
        MovementKind.REFUND: refund.TRANSITIONS,
    }
)


def is_final(movement: Movement) -> bool:
    """Whether nothing can change it any more (I-20)."""
    return not TRANSITIONS[movement.kind][movement.state]


def next_step(movement: Movement, leg_kind: LegKind, news: News, *, patience: Patience) -> Step:
    """What follows from an answer about a leg that was sent."""
    before, at = movement.leg(leg_kind), news.at
    if before.is_final or is_final(movement):
        return late.heard_late(movement, before, news.answer, ended=news.ended)
    if not before.sends:
        raise ValueError(f"an answer about a leg that was never sent: {before.reference}")
    steady_at = news.steady_at or at
    asked = request_ended(before, at=steady_at) if news.ended else before
    leg = hear(asked, news.answer, at=steady_at, patience=patience)
    match leg.status:
        case LegStatus.SUCCEEDED:
            return AFTER_SUCCESS[movement.kind](movement, leg, at=at)
        case LegStatus.FAILED:
            return _after_failure(movement, leg, at=at)
        case LegStatus.PLANNED:
            return _not_arrived(movement, before, leg, at=at, patience=patience)
        case _:
            return _still_open(movement, before, leg, news)


def resend(movement: Movement, leg_kind: LegKind, *, at: datetime) -> Step:
    """The intent to send a leg that was planned and not sent."""
    leg = intended(movement.leg(leg_kind), at=at)
    return Step(changed(movement.with_leg(leg), updated_at=at), send=leg_kind)


def cancel(movement: Movement, *, at: datetime) -> Step:
    """Takes back what was provably not sent; raises `OutcomeUnknown` or `NotCancelable`."""
    if is_final(movement) or movement.kind is MovementKind.TRANSFER:
        raise NotCancelable
    if any(leg.status is not LegStatus.PLANNED for leg in movement.legs):
        raise OutcomeUnknown
    return CANCELED[movement.kind](movement, at=at)


def take_up(movement: Movement, *, at: datetime) -> Movement:
    """The movement as another process, or the next one, takes it up: by query, never by request.

    `at` is of the clock that waiting is measured by.
    """
    return changed(movement, legs=tuple(taken_up(leg, at=at) for leg in movement.legs))


def call_for_attention(movement: Movement, reason: str, *, at: datetime) -> Step:
    """Gives an owner to a movement that does not end by itself; its state stays."""
    flagged = Attention(reason, OWNER, at + timedelta(hours=ATTENTION_HOURS))
    events = ("transfer.needs_attention",) if movement.kind is MovementKind.TRANSFER else ()
    return Step(changed(movement, attention=flagged, updated_at=at), events=events)


def _after_failure(movement: Movement, leg: Leg, *, at: datetime) -> Step:
    step = AFTER_FAILURE[movement.kind](movement, leg, at=at)
    if leg.kind is LegKind.REFUND and movement.kind is MovementKind.TRANSFER:
        owned = call_for_attention(step.movement, "refund_refused", at=at).movement
        return changed(step, movement=owned)
    return step


def _not_arrived(
    movement: Movement, before: Leg, leg: Leg, *, at: datetime, patience: Patience
) -> Step:
    """Known not to have reached the operator: send again, or give up when that is no use."""
    gives_back = leg.kind is LegKind.REFUND and movement.kind is MovementKind.TRANSFER
    if before.reached and gives_back and patience.sends_max == 1:
        return _not_to_be_repeated(movement, at=at)
    too_late = leg.kind is LegKind.DEBIT and at >= movement.approve_by
    spent = not gives_back and leg.sends >= patience.sends_max
    if too_late or spent:
        return _after_failure(movement, given_up(leg), at=at)
    if before.reached:
        return resend(movement.with_leg(leg), leg.kind, at=at)
    return Step(changed(movement.with_leg(leg), updated_at=at))


def _not_to_be_repeated(movement: Movement, *, at: datetime) -> Step:
    """One reference might act twice at this operator (F-O12): a person decides, not a repeat."""
    if movement.attention is not None:
        return Step(movement, saved=False)
    return call_for_attention(movement, "refund_not_found", at=at)


def _still_open(movement: Movement, before: Leg, leg: Leg, news: News) -> Step:
    moved, at = movement.with_leg(leg), news.at
    if isinstance(news.answer, Succeeded) and moved.attention is None:
        return call_for_attention(moved, "amount_differs", at=at)
    if leg.contradictions >= CONTRADICTIONS_MAX and moved.attention is None:
        return call_for_attention(moved, "contradictory_answers", at=at)
    if leg.status is LegStatus.UNKNOWN and before.status is not LegStatus.UNKNOWN:
        return Step(changed(moved, updated_at=at), events=(f"{movement.kind}.unknown",))
    news_to_keep = isinstance(news.answer, Pending) and news.answer.keeps
    if news_to_keep and leg.operator_reference != before.operator_reference:
        return Step(changed(moved, updated_at=at))  # the payer's way to the page is made of it
    return Step(moved, saved=False)
