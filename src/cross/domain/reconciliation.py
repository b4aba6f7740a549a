"""Breaks: differences between what we hold and what an operator says, for a person to look at."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class BreakKind(StrEnum):
    """What differs: how it ended, how much it was, how often it was paid, whose reference it is.

    `MANUAL_RESOLUTION`: two people said how it ended; the operator's statement has yet to agree.
    """

    STATUS_DIFFERS = "status_differs"
    AMOUNT_DIFFERS = "amount_differs"
    PAID_TWICE = "paid_twice"
    REFERENCE_REUSED = "reference_reused"
    MANUAL_RESOLUTION = "manual_resolution"


@dataclass(frozen=True, slots=True)
class Break:
    """A difference, known by its reference, its kind and what was heard: told twice it is one.

    `expected` is what we hold, `heard` what the operator said; `movement` is whose leg it is.
    """

    id: str
    merchant: str
    livemode: bool
    kind: BreakKind
    operator: str
    reference: str
    movement: str
    expected: str
    heard: str
    opened_at: datetime
    state: str = "open"
