"""A refund: we give a collection back to its payer, whole or in part.

    paying ──ok──> succeeded
      └─refused─> failed        └─ before anything was sent ─> canceled

Books and needs are a payout's: the merchant's balance and a float pay for it; the fee that the
collection cost stays with the house. How much may be given back is for `left_to_refund` to say;
that two refunds never both become the collection's next one is `Terms.place`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from cross.domain import payout
from cross.domain.changed import changed
from cross.domain.ledger import JournalEntry, Need
from cross.domain.leg import Leg
from cross.domain.money import Money
from cross.domain.movement import Movement, Step, Transitions

State = payout.State
INITIAL: Final = State.PAYING
TRANSITIONS: Final[Transitions] = payout.TRANSITIONS
NOTHING_GIVEN: Final = frozenset({State.FAILED, State.CANCELED})


def left_to_refund(collected: Money, refunds: Iterable[Movement]) -> Money:
    """What may still be given back: all that was collected, less what was or may yet be given."""
    given = sum(one.price.credit.amount for one in refunds if one.state not in NOTHING_GIVEN)
    return Money(collected.amount - given, collected.currency)


def opening_entry(refund: Movement) -> JournalEntry:
    """Sets aside the merchant's money, and the float that will pay it (I-09)."""
    return payout.opening_entry(refund)


def needs(refund: Movement) -> tuple[Need, ...]:
    """The merchant's balance and the float at the operator."""
    return payout.needs(refund)


def after_success(refund: Movement, leg: Leg, *, at: datetime) -> Step:
    """The payer has it back."""
    return _told(payout.after_success(refund, leg, at=at), "refund.succeeded")


def after_failure(refund: Movement, leg: Leg, *, at: datetime) -> Step:
    """Nothing moved: what was set aside is the merchant's to use again."""
    return _told(payout.after_failure(refund, leg, at=at), "refund.failed")


def canceled(refund: Movement, *, at: datetime) -> Step:
    """The merchant thought better of it before anything was sent."""
    return _told(payout.canceled(refund, at=at), "refund.canceled")


def _told(step: Step, event: str) -> Step:
    return changed(step, events=(event,))
