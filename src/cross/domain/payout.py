"""A payout: from the merchant to a payee's wallet.

    paying ──ok──> succeeded
      └─refused─> failed        └─ before anything was sent ─> canceled

The public status of `paying` tells how far it got: queued, sending, pending or unknown.
Both the merchant's balance and the float at the operator are reserved when it is accepted.
A refund of a collection is booked the same way (`refund`): neither asks what kind its one leg is.
"""

from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cross.domain import accounts
from cross.domain.accounts import Account
from cross.domain.changed import changed
from cross.domain.errors import BalanceTooLow, FloatTooLow
from cross.domain.ledger import JournalEntry, Need, entry
from cross.domain.leg import Leg
from cross.domain.money import Money
from cross.domain.movement import Movement, Step, Transitions


class State(StrEnum):
    """Where a payout stands."""

    PAYING = "paying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


INITIAL: Final = State.PAYING

TRANSITIONS: Final[Transitions] = MappingProxyType(
    {
        State.PAYING: frozenset({State.SUCCEEDED, State.FAILED, State.CANCELED}),
        State.SUCCEEDED: frozenset(),
        State.FAILED: frozenset(),
        State.CANCELED: frozenset(),
    }
)


def opening_entry(payout: Movement) -> JournalEntry:
    """Sets aside the merchant's money with its fee, and the float that will pay it (I-09)."""
    debits, credits_ = _reservation(payout)
    return entry("reserved", debits=debits, credits_=credits_)


def needs(payout: Movement) -> tuple[Need, ...]:
    """The merchant's balance for amount and fee, and the float at the operator."""
    (credit,) = payout.legs
    currency, price = credit.money.currency, payout.price
    holds = accounts.float_at(credit.operator, currency)
    promised = accounts.reserved_at(credit.operator, currency)
    own = accounts.available_to(payout.merchant, currency)
    return (
        Need(own, None, price.debit, BalanceTooLow.code),
        Need(holds, promised, price.credit, FloatTooLow.code),
    )


def after_success(payout: Movement, leg: Leg, *, at: datetime) -> Step:
    """The payee has it: what was set aside is spent, and the fee earned."""
    price, currency = payout.price, leg.money.currency
    spent = entry(
        f"{leg.kind}.succeeded",
        debits=[
            (accounts.reserved_for(payout.merchant, currency), price.debit),
            (accounts.promises_at(leg.operator, currency), price.credit),
        ],
        credits_=[
            (accounts.float_at(leg.operator, currency), price.credit),
            (accounts.fees_earned(currency), price.fee.earned),
            (accounts.rounding(currency), price.fee.rounding),
            (accounts.reserved_at(leg.operator, currency), price.credit),
        ],
    )
    done = changed(
        payout.with_leg(leg), state=State.SUCCEEDED, updated_at=at, completed_at=at, attention=None
    )
    return Step(done, (spent,), ("payout.succeeded",))


def after_failure(payout: Movement, leg: Leg, *, at: datetime) -> Step:
    """Nothing moved: what was set aside is the merchant's to use again."""
    done = changed(
        payout.with_leg(leg),
        state=State.FAILED,
        updated_at=at,
        completed_at=at,
        failure=leg.failure,
        attention=None,
    )
    return Step(done, (_released(payout),), ("payout.failed",))


def canceled(payout: Movement, *, at: datetime) -> Step:
    """The merchant thought better of it before anything was sent."""
    done = changed(payout, state=State.CANCELED, updated_at=at, completed_at=at)
    return Step(done, (_released(payout),), ("payout.canceled",))


def _released(payout: Movement) -> JournalEntry:
    debits, credits_ = _reservation(payout)
    return entry("released", debits=credits_, credits_=debits)


def _reservation(
    payout: Movement,
) -> tuple[list[tuple[Account, Money]], list[tuple[Account, Money]]]:
    (credit,) = payout.legs
    currency, price = credit.money.currency, payout.price
    return (
        [
            (accounts.available_to(payout.merchant, currency), price.debit),
            (accounts.reserved_at(credit.operator, currency), price.credit),
        ],
        [
            (accounts.reserved_for(payout.merchant, currency), price.debit),
            (accounts.promises_at(credit.operator, currency), price.credit),
        ],
    )
