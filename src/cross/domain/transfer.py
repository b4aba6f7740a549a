"""A transfer: from a wallet at one operator to a wallet at another.

    debiting ──debit ok──> crediting ──credit ok──> completed
        │                      │
        └─refused─> failed     └─refused─> refunding ──refund ok──> refunded

The float at the paying operator is reserved when the transfer is accepted, before any debit; what
was collected is reserved where it is until the credit succeeds, so that it can be given back.
Between two currencies nothing is converted before that either: a refund undoes no conversion.
"""

from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cross.domain import accounts
from cross.domain.changed import changed
from cross.domain.errors import FloatTooLow
from cross.domain.ids import operator_reference
from cross.domain.ledger import JournalEntry, Need, entry
from cross.domain.leg import Leg, LegKind, intended
from cross.domain.movement import Movement, Step, Transitions


class State(StrEnum):
    """The public status of a transfer."""

    DEBITING = "debiting"
    CREDITING = "crediting"
    COMPLETED = "completed"
    FAILED = "failed"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


INITIAL: Final = State.DEBITING

TRANSITIONS: Final[Transitions] = MappingProxyType(
    {
        State.DEBITING: frozenset({State.CREDITING, State.FAILED}),
        State.CREDITING: frozenset({State.COMPLETED, State.REFUNDING}),
        State.REFUNDING: frozenset({State.REFUNDED}),
        State.COMPLETED: frozenset(),
        State.FAILED: frozenset(),
        State.REFUNDED: frozenset(),
    }
)


def opening_entry(transfer: Movement) -> JournalEntry:
    """Reserves the float that the credit will need (I-09)."""
    credit = transfer.leg(LegKind.CREDIT)
    currency = credit.money.currency
    return entry(
        "reserved",
        debits=[(accounts.reserved_at(credit.operator, currency), credit.money)],
        credits_=[(accounts.promises_at(credit.operator, currency), credit.money)],
    )


def needs(transfer: Movement) -> tuple[Need, ...]:
    """The float that must fund the credit, whatever else is promised there."""
    credit = transfer.leg(LegKind.CREDIT)
    holds = accounts.float_at(credit.operator, credit.money.currency)
    promised = accounts.reserved_at(credit.operator, credit.money.currency)
    return (Need(holds, promised, credit.money, FloatTooLow.code),)


def after_success(transfer: Movement, leg: Leg, *, at: datetime) -> Step:
    """The debit pays for the credit; the credit or the refund ends it."""
    moved = changed(transfer.with_leg(leg), updated_at=at)
    match leg.kind:
        case LegKind.DEBIT:
            credit = intended(moved.leg(LegKind.CREDIT), at=at)
            return Step(
                changed(moved.with_leg(credit), state=State.CREDITING),
                (_collected(leg),),
                ("transfer.debited",),
                send=LegKind.CREDIT,
            )
        case LegKind.CREDIT:
            done = changed(moved, state=State.COMPLETED, completed_at=at, attention=None)
            return Step(done, (_paid_out(moved, leg),), ("transfer.completed",))
        case LegKind.REFUND:
            done = changed(moved, state=State.REFUNDED, completed_at=at, attention=None)
            return Step(done, (_given_back(leg),), ("transfer.refunded",))


def after_failure(transfer: Movement, leg: Leg, *, at: datetime) -> Step:
    """A refused debit ends it, nothing moved; a refused credit gives the payer his money back."""
    moved = changed(transfer.with_leg(leg), updated_at=at)
    match leg.kind:
        case LegKind.DEBIT:
            done = changed(
                moved, state=State.FAILED, failure=leg.failure, completed_at=at, attention=None
            )
            return Step(done, (_released(moved),), ("transfer.failed",))
        case LegKind.CREDIT:
            refund = intended(_refund_leg(moved), at=at)
            turned = changed(moved.with_leg(refund), state=State.REFUNDING, failure=leg.failure)
            return Step(turned, (_released(moved),), ("transfer.refunding",), send=LegKind.REFUND)
        case LegKind.REFUND:
            return Step(moved, (_held_in_suspense(leg),), ("transfer.needs_attention",))


def _refund_leg(transfer: Movement) -> Leg:
    debit = transfer.leg(LegKind.DEBIT)
    return Leg(
        LegKind.REFUND,
        debit.operator,
        debit.msisdn,
        debit.money,
        operator_reference(transfer.id, LegKind.REFUND),
    )


def _collected(debit: Leg) -> JournalEntry:
    currency = debit.money.currency
    return entry(
        "debit.succeeded",
        debits=[
            (accounts.float_at(debit.operator, currency), debit.money),
            (accounts.reserved_at(debit.operator, currency), debit.money),
        ],
        credits_=[
            (accounts.in_transit(currency), debit.money),
            (accounts.promises_at(debit.operator, currency), debit.money),
        ],
    )


def _paid_out(transfer: Movement, credit: Leg) -> JournalEntry:
    price, payer = transfer.price, transfer.leg(LegKind.DEBIT).operator
    fee, rounding, conversion = price.fee, price.fee.rounding, price.conversion
    taken, given = price.debit.currency, credit.money.currency
    debits = [
        (accounts.in_transit(taken), price.debit),
        (accounts.promises_at(credit.operator, given), credit.money),
        (accounts.promises_at(payer, taken), price.debit),
    ]
    earned = [(accounts.fees_earned(taken), fee.earned)]
    if conversion is not None:
        rounding += conversion.rounding
        debits.append((accounts.liquidity(given), credit.money))
        earned.append((accounts.fx_margin(taken), conversion.margin))
        earned.append((accounts.liquidity(taken), conversion.worth))
    credits_ = [
        (accounts.float_at(credit.operator, given), credit.money),
        *earned,
        (accounts.rounding(taken), rounding),
        (accounts.reserved_at(credit.operator, given), credit.money),
        (accounts.reserved_at(payer, taken), price.debit),
    ]
    return entry("credit.succeeded", debits=debits, credits_=credits_)


def _released(transfer: Movement) -> JournalEntry:
    credit = transfer.leg(LegKind.CREDIT)
    currency = credit.money.currency
    return entry(
        "released",
        debits=[(accounts.promises_at(credit.operator, currency), credit.money)],
        credits_=[(accounts.reserved_at(credit.operator, currency), credit.money)],
    )


def _given_back(refund: Leg) -> JournalEntry:
    currency = refund.money.currency
    return entry(
        "refund.succeeded",
        debits=[
            (accounts.in_transit(currency), refund.money),
            (accounts.promises_at(refund.operator, currency), refund.money),
        ],
        credits_=[
            (accounts.float_at(refund.operator, currency), refund.money),
            (accounts.reserved_at(refund.operator, currency), refund.money),
        ],
    )


def _held_in_suspense(refund: Leg) -> JournalEntry:
    """Still reserved where it is: it is the payer's, and a person will give it back."""
    currency = refund.money.currency
    return entry(
        "refund.refused",
        debits=[(accounts.in_transit(currency), refund.money)],
        credits_=[(accounts.suspense(currency), refund.money)],
    )
