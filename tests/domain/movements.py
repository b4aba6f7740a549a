"""Movements to decide about, one of each kind as just accepted, and deciding about them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cross.domain import collection, payout, refund, transfer
from cross.domain.changed import changed
from cross.domain.fees import Fee
from cross.domain.ids import new_id, operator_reference
from cross.domain.leg import Leg, LegKind, LegStatus, Patience, intended
from cross.domain.money import Money, xof
from cross.domain.movement import Attention, Movement, MovementKind, Step, Terms
from cross.domain.msisdn import Msisdn
from cross.domain.operator import LookUp
from cross.domain.quote import Price
from cross.domain.steps import News, next_step

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PATIENCE: Final = Patience(settling_seconds=60, apart_seconds=5, sends_max=3)
PAYER: Final = Msisdn("+22890112233")
RECIPIENT: Final = Msisdn("+22896112233")

_INITIAL: Final = {
    MovementKind.TRANSFER: (transfer.INITIAL, "trf"),
    MovementKind.COLLECTION: (collection.INITIAL, "col"),
    MovementKind.PAYOUT: (payout.INITIAL, "po"),
    MovementKind.REFUND: (refund.INITIAL, "rf"),
}


def after(seconds: float) -> datetime:
    """So many seconds after noon, when every movement here was accepted."""
    return NOON + timedelta(seconds=seconds)


def price(amount: Money = xof(5_000), *, fee: int = 0, rounding: int = 0) -> Price:  # noqa: B008  immutable
    """A price of that credit with a flat fee, and what rounding adds to it."""
    charge = Fee(Money(fee, amount.currency), Money(rounding, amount.currency))
    return Price(amount + charge.charged, amount, charge)


def accepted(
    kind: MovementKind, *, fee: int = 50, rounding: int = 0, at: datetime = NOON
) -> Movement:
    """A movement of 5 000 F whose first leg is about to be sent."""
    state, prefix = _INITIAL[kind]
    movement_id = new_id(prefix, at=at, random_bits=7)
    cost = price(fee=fee, rounding=rounding)
    debit = Leg(LegKind.DEBIT, "tmoney", PAYER, cost.debit, operator_reference(movement_id, "d"))
    credit = Leg(
        LegKind.CREDIT, "flooz", RECIPIENT, cost.credit, operator_reference(movement_id, "c")
    )
    legs = {
        MovementKind.TRANSFER: (intended(debit, at=at), credit),
        MovementKind.COLLECTION: (intended(debit, at=at),),
        MovementKind.PAYOUT: (intended(credit, at=at),),
        MovementKind.REFUND: (intended(changed(credit, kind=LegKind.REFUND), at=at),),
    }[kind]
    return Movement(
        id=movement_id,
        kind=kind,
        merchant="mer_1",
        livemode=False,
        state=state,
        version=1,
        legs=legs,
        price=cost,
        terms=Terms(reference="CMD-77"),
        idempotency_key="key-1",
        request_digest="digest",
        approve_by=at + timedelta(seconds=120),
        created_at=at,
        updated_at=at,
    )


def step(
    movement: Movement,
    kind: LegKind,
    answer: LookUp,
    seconds: float = 1,
    *,
    ended: bool = False,
) -> Step:
    """What follows when that is heard of a leg so many seconds after noon."""
    return next_step(movement, kind, News(answer, after(seconds), ended=ended), patience=PATIENCE)


def sent(leg: Leg, *, sends: int, seconds: float) -> Leg:
    """That leg with one more request on its way, of which nothing is heard."""
    return replace(
        leg,
        status=LegStatus.SENT,
        sends=sends,
        sent_at=after(seconds),
        quiet_at=None,
        missing_at=None,
    )


def owned(reason: str, seconds: float) -> Attention:
    """Given to operations so many seconds after noon, for a day (I-21)."""
    return Attention(reason, "operations", after(seconds + 24 * 3_600))
