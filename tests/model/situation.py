"""One movement, one process, one abstract operator that keeps the truth: where they all stand.

The decisions are the real ones of `cross.domain.steps`; what surrounds them is as small as can be.
Time is counted in ticks of one second, and only ages matter: two situations that differ in nothing
but the hour are one.
"""

from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from cross.domain.leg import Leg, LegKind, LegStatus, Patience
from cross.domain.movement import Movement, MovementKind
from cross.domain.operator import LookUp

SETTLING_TICKS: Final = 2
APART_TICKS: Final = 1
APPROVE_TICKS: Final = 3
KINDS: Final = (LegKind.DEBIT, LegKind.CREDIT, LegKind.REFUND)

Balances: TypeAlias = tuple[tuple[str, int], ...]
"""What is booked, by account, debits positive; in the order of the accounts' names."""


class Bounds(NamedTuple):
    """How much may go wrong, and what kind of operator it goes wrong at.

    `lies`: it may say *not found* of what it has, and act on a request after the settling window.
    """

    crashes: int
    faults: int
    refuses_repeats: bool = True
    lies: bool = False

    @property
    def patience(self) -> Patience:
        """As a switch is patient with that operator."""
        return Patience(SETTLING_TICKS, APART_TICKS, 3 if self.refuses_repeats else 1)


class Effect(NamedTuple):
    """What the operator did for one leg: nothing, has it, moved money so often, or refused."""

    said: str = "nothing"
    times: int = 0


class Flight(NamedTuple):
    """A request on its way; it is lost at `until`, which is known once nobody waits for it."""

    kind: LegKind
    until: datetime | None = None


class Query(NamedTuple):
    """A question under way: what the operator said when it was asked, and since when."""

    kind: LegKind
    answer: LookUp
    since: datetime


class Situation(NamedTuple):
    """All there is: books, process, network, truth, and what has gone wrong so far."""

    stored: Movement
    memory: Movement | None
    awaited: tuple[LegKind, ...]
    flights: tuple[Flight, ...]
    answers: tuple[tuple[LegKind, LookUp], ...]
    query: Query | None
    truth: tuple[Effect, Effect, Effect]
    booked: Balances
    causes: tuple[str, ...]
    now: datetime
    crashes: int = 0
    faults: int = 0

    def effect(self, kind: LegKind) -> Effect:
        """What the operator did for that leg."""
        return self.truth[KINDS.index(kind)]


def key_of(one: Situation) -> tuple[object, ...]:
    """Equal for two situations from which the same can follow."""
    now, stored, memory = one.now, one.stored, one.memory
    query = one.query and (one.query.kind, one.query.answer, (now - one.query.since).seconds)
    waits = is_open(stored.legs[0])  # afterwards the payer's time is of no consequence
    return (
        stored.state,
        stored.attention and stored.attention.reason,
        tuple([(leg.status, leg.sends, leg.failure and leg.failure.code) for leg in stored.legs]),
        None if memory is None else tuple([_leg_key(leg, now) for leg in memory.legs]),
        one.awaited,
        tuple(
            [(f.kind, None if f.until is None else (f.until - now).seconds) for f in one.flights]
        ),
        one.answers,
        query,
        one.truth,
        one.causes,
        min((now - stored.created_at).seconds, APPROVE_TICKS) if waits else None,
        one.crashes,
        one.faults,
    )


def settled(one: Situation, bounds: Bounds) -> Situation:
    """Without what can change nothing any more, so that situations alike are one.

    An answer about a leg that succeeded is not heard; a request that the operator has already
    is refused there as a repeat, and nobody waits for that refusal.
    """
    if one.memory is None:
        over: tuple[LegKind, ...] = ()
    else:
        over = tuple([leg.kind for leg in one.memory.legs if leg.status is LegStatus.SUCCEEDED])
    awaited = tuple([kind for kind in one.awaited if kind not in over])
    flights = one.flights
    if bounds.refuses_repeats:
        flights = tuple(
            [f for f in flights if f.kind in awaited or one.effect(f.kind).said == "nothing"]
        )
    return one._replace(
        awaited=awaited,
        flights=flights,
        answers=tuple([pair for pair in one.answers if pair[0] not in over]),
        query=None if one.query is not None and one.query.kind in over else one.query,
    )


def _leg_key(leg: Leg, now: datetime) -> tuple[object, ...]:
    if not is_open(leg):
        return (leg.status,)
    quiet = _age(leg.quiet_at, now, SETTLING_TICKS)
    return (leg.status, leg.reached, quiet, _age(leg.missing_at, now, APART_TICKS))


def _age(since: datetime | None, now: datetime, most: int) -> int | None:
    return None if since is None else min((now - since).seconds, most)


def is_open(leg: Leg) -> bool:
    """Whether the operator's last word on it is still to come."""
    return leg.status not in (LegStatus.SUCCEEDED, LegStatus.FAILED)


def first_legs(kind: MovementKind) -> tuple[LegKind, ...]:
    """The legs whose requests go out as soon as the movement is accepted."""
    return {
        MovementKind.TRANSFER: (LegKind.DEBIT,),
        MovementKind.COLLECTION: (LegKind.DEBIT,),
        MovementKind.PAYOUT: (LegKind.CREDIT,),
        MovementKind.REFUND: (LegKind.REFUND,),
    }[kind]
