"""What must hold in every situation that can be reached, however it was reached."""

from collections.abc import Iterator
from typing import Final

from cross.domain.leg import Leg, LegKind, LegStatus
from cross.domain.movement import Movement, MovementKind
from cross.domain.steps import is_final
from tests.model.situation import KINDS, Bounds, Situation

D: Final = LegKind.DEBIT
C: Final = LegKind.CREDIT
R: Final = LegKind.REFUND

# Source: money-safety.md, I-07; the kinds with one leg are held to the same.
ENDS: Final[dict[tuple[MovementKind, str], tuple[int, int, int]]] = {
    (MovementKind.TRANSFER, "completed"): (1, 1, 0),
    (MovementKind.TRANSFER, "failed"): (0, 0, 0),
    (MovementKind.TRANSFER, "refunded"): (1, 0, 1),
    (MovementKind.COLLECTION, "succeeded"): (1, 0, 0),
    (MovementKind.COLLECTION, "failed"): (0, 0, 0),
    (MovementKind.COLLECTION, "expired"): (0, 0, 0),
    (MovementKind.COLLECTION, "canceled"): (0, 0, 0),
    (MovementKind.PAYOUT, "succeeded"): (0, 1, 0),
    (MovementKind.PAYOUT, "failed"): (0, 0, 0),
    (MovementKind.PAYOUT, "canceled"): (0, 0, 0),
    (MovementKind.REFUND, "succeeded"): (0, 0, 1),
    (MovementKind.REFUND, "failed"): (0, 0, 0),
    (MovementKind.REFUND, "canceled"): (0, 0, 0),
}


def broken(one: Situation, bounds: Bounds) -> Iterator[str]:
    """The laws that this situation breaks, by their ids."""
    yield from _broken_always(one, bounds)
    if not bounds.lies:
        yield from _broken_where_the_operator_keeps_its_word(one)
    elif is_final(one.stored):
        yield from _broken_after_the_last_word(one)


def _broken_always(one: Situation, bounds: Bounds) -> Iterator[str]:
    if bounds.refuses_repeats or not bounds.lies:
        for kind in KINDS:
            if one.effect(kind).times > 1:
                yield f"I-04: {kind} moved money {one.effect(kind).times} times"
    for leg in one.stored.legs:
        if not leg.sends and one.effect(leg.kind).said != "nothing":
            yield f"I-12: {leg.kind} is at the operator without an intent"
    for flight in one.flights:
        yield from _broken_by_sending(one.stored, flight.kind)
    yield from _broken_sums(one)


def _broken_by_sending(stored: Movement, kind: LegKind) -> Iterator[str]:
    if stored.kind is not MovementKind.TRANSFER or kind is D:
        return
    if stored.leg(D).status is not LegStatus.SUCCEEDED:
        yield f"{'I-05' if kind is C else 'I-06'}: {kind} is under way before the debit is known"
    if kind is R and stored.leg(C).status is not LegStatus.FAILED:
        yield "I-06: the payer is given back what may yet be paid out"


def _broken_sums(one: Situation) -> Iterator[str]:
    """I-03: books and operators differ by what is under way, at every instant, at most."""
    for operator in dict.fromkeys(leg.operator for leg in one.stored.legs):
        legs = [leg for leg in one.stored.legs if leg.operator == operator]
        truth = sum(_worth(one, leg.kind) for leg in legs)
        booked = dict(one.booked).get(f"float:{operator}", 0)
        open_legs = sum(leg.money.amount for leg in legs if leg.is_under_way)
        unheard = sum(leg.money.amount for leg in legs if _is_contradicted(one, leg.kind))
        if abs(truth - booked) > open_legs + unheard:
            yield f"I-03: {operator} moved {truth}, the books say {booked}"


def _worth(one: Situation, kind: LegKind) -> int:
    sign = 1 if kind is D else -1
    return sign * one.effect(kind).times * one.stored.leg(kind).money.amount


def _is_contradicted(one: Situation, kind: LegKind) -> bool:
    """A leg given up that moved money all the same: only an operator that lies brings it about."""
    failed = one.stored.leg(kind).status is LegStatus.FAILED
    return failed and one.effect(kind).times > 0


def _broken_where_the_operator_keeps_its_word(one: Situation) -> Iterator[str]:
    stored = one.stored
    if one.effect(C).times and one.effect(R).times:
        yield "I-06: paid out and given back"
    for leg in stored.legs:
        yield from _broken_by_a_last_word(one, leg)
    if is_final(stored):
        counted = tuple(one.effect(kind).times for kind in KINDS)
        if counted != ENDS[(stored.kind, stored.state)]:
            yield f"I-07: {stored.state}, and the operators moved {counted}"
    if any("late_success" in cause for cause in one.causes):
        yield "I-25: a late success of an operator that keeps its word"


def _broken_by_a_last_word(one: Situation, leg: Leg) -> Iterator[str]:
    effect = one.effect(leg.kind)
    if leg.status is LegStatus.SUCCEEDED and effect.times != 1:
        yield f"I-02: {leg.kind} is booked and did not happen"
    if leg.status is not LegStatus.FAILED:
        return
    if effect.said in ("done", "pending"):
        yield f"I-23: {leg.kind} failed, and the operator has it {effect.said}"
    if effect.said == "nothing" and any(f.kind is leg.kind for f in one.flights):
        yield f"I-23: {leg.kind} failed while its request may still arrive"


def _broken_after_the_last_word(one: Situation) -> Iterator[str]:
    """I-25: what a liar did after all is in suspense as soon as it was heard, and only then."""
    booked = dict(one.booked)
    suspense = abs(booked.get("suspense:XOF", 0))
    explained = sum(
        leg.money.amount for leg in one.stored.legs if f"{leg.kind}.late_success" in one.causes
    )
    refund_refused = sum(
        leg.money.amount
        for leg in one.stored.legs
        if leg.kind is R and leg.status is LegStatus.FAILED and one.stored.state == "refunding"
    )
    if suspense > explained + refund_refused:
        yield f"I-25: {suspense} in suspense, explained {explained}"
