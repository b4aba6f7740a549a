"""Movements: what a transfer, a collection and a payout have in common, and what a step is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cross.domain.changed import changed
from cross.domain.ledger import JournalEntry
from cross.domain.leg import Failure, Leg, LegKind, LegStatus
from cross.domain.quote import Price


class MovementKind(StrEnum):
    """What the merchant asked for."""

    TRANSFER = "transfer"
    COLLECTION = "collection"
    PAYOUT = "payout"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Attention:
    """A person must look: why, who, and until when (I-21). It never stops automatic progress."""

    reason: str
    owner: str
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """What the merchant said when it asked, and never changes.

    `original` is what the movement belongs to: the collection that a refund gives back, the order
    that a collection tries to pay; `place` counts from 1 among those that belong to it, and each
    place is taken once, so that two callers never both become the next one. `title` and
    `language` (`fr` or `en`) are for an operator's own page; None where none is visited.
    """

    reference: str | None = None
    description: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    customer: str | None = None
    return_url: str | None = None
    cancel_url: str | None = None
    quote: str | None = None
    original: str | None = None
    place: int | None = None
    title: str | None = None
    language: str | None = None

    @property
    def uses_up(self) -> str | None:
        """What no other movement may use again: a quote, or a place such as `col_…/2`."""
        return self.quote if self.original is None else f"{self.original}/{self.place}"


@dataclass(frozen=True)  # no slots: `changed` copies its dictionary, the fastest copy there is
class Movement:
    """One movement of money; `version` rises by one with every step saved (I-16).

    `state` is a word of its kind's transition table. `approve_by` is when the payer's time is up.
    `events` counts what merchants were told of it, for a sequence without gaps.
    """

    id: str
    kind: MovementKind
    merchant: str
    livemode: bool
    state: str
    version: int
    legs: tuple[Leg, ...]
    price: Price
    terms: Terms
    idempotency_key: str
    request_digest: str
    approve_by: datetime
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
    failure: Failure | None = None
    attention: Attention | None = None
    events: int = 0

    def leg(self, kind: LegKind) -> Leg:
        """The leg of that kind; `KeyError` where the movement has none."""
        for leg in self.legs:
            if leg.kind is kind:
                return leg
        raise KeyError(kind)

    def with_leg(self, leg: Leg) -> "Movement":
        """The movement with one leg replaced, or added where it had none of that kind."""
        legs = list(self.legs)
        for place, other in enumerate(self.legs):
            if other.kind is leg.kind:
                legs[place] = leg
                break
        else:
            legs.append(leg)
        return changed(self, legs=tuple(legs))

    @property
    def open_leg(self) -> Leg | None:
        """The one leg whose operator has yet to say how it ended."""
        for leg in self.legs:
            if leg.is_under_way:
                return leg
        return None

    @property
    def planned_leg(self) -> Leg | None:
        """The leg to send next, where nothing is under way."""
        if self.open_leg is not None:
            return None
        return next((leg for leg in self.legs if leg.status is LegStatus.PLANNED), None)

    @property
    def outcome_unknown(self) -> bool:
        """Whether an operator has yet to say whether it moved money."""
        return LegStatus.UNKNOWN in [leg.status for leg in self.legs]


@dataclass(frozen=True, slots=True)
class Step:
    """One decision: the movement as it will be, its entries and events, and what to send after.

    Saved whole in one transaction; `send` names the leg whose request goes out once it is saved.
    `saved` is False when nothing in it needs to be kept: the same news would come again.
    """

    movement: Movement
    entries: tuple[JournalEntry, ...] = ()
    events: tuple[str, ...] = ()
    send: LegKind | None = None
    saved: bool = True


Transitions = Mapping[str, frozenset[str]]
"""For each state, the states that may follow it; a final state has none."""
