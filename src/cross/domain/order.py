"""An order: what a merchant wants paid, and what of it is known.

    unpaid ──attempt opened──> processing ──succeeded──> paid ──> partially_refunded ──> refunded
      │  ^───failed, expired, canceled──┘ (expired order: ──> expired)
      ├──time is up, no attempt open──> expired
      └──merchant, no attempt open────> canceled

The truth about the money is in the attempts, which are collections (`Terms.original` is the order,
`Terms.place` counts from 1). An order's own row is a projection of them: `projected` makes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from cross.domain import collection, refund
from cross.domain.changed import changed
from cross.domain.money import Money
from cross.domain.movement import Movement
from cross.domain.order_refusals import (
    AttemptStillOpen,
    OperatorNotOffered,
    OrderAlreadyPaid,
    OrderCanceled,
    OrderExpired,
    TooManyAttempts,
)

MINUTES_MIN: Final = 1
MINUTES_MAX: Final = 120
MINUTES_DEFAULT: Final = 120
ATTEMPTS_MAX: Final = 20
"""More tries than a payer in earnest needs; ASSUMED, api.md names no number."""


class Status(StrEnum):
    """The words of api.md section 3."""

    UNPAID = "unpaid"
    PROCESSING = "processing"
    PAID = "paid"
    EXPIRED = "expired"
    CANCELED = "canceled"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


MONEY_CAME: Final = frozenset({Status.PAID, Status.PARTIALLY_REFUNDED, Status.REFUNDED})


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """What the merchant said when it asked, and never changes.

    `operators` are those that the payer may choose from, by name. `payment_link` is the link that
    the order was made by.
    """

    reference: str
    title: str
    operators: tuple[str, ...]
    description: str = ""
    return_url: str | None = None
    cancel_url: str | None = None
    callback_info: str | None = None
    customer: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    payment_link: str | None = None


@dataclass(frozen=True)
class Order:
    """One order; `version` rises by one with every projection saved.

    `token` is the unguessable part of its checkout address. `paid_by` is the attempt that
    succeeded. `attempts` and `events` count what was seen and told so far.
    """

    id: str
    merchant: str
    livemode: bool
    token: str
    amount: Money
    terms: OrderTerms
    idempotency_key: str
    request_digest: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    status: Status = Status.UNPAID
    version: int = 1
    amount_paid: int = 0
    amount_refunded: int = 0
    paid_late: bool = False
    paid_at: datetime | None = None
    paid_by: str | None = None
    attempts: int = 0
    events: int = 0


def is_open(attempt: Movement) -> bool:
    """Whether the attempt may still bring the money."""
    return attempt.state == collection.State.COLLECTING


def open_attempt(attempts: Sequence[Movement]) -> Movement | None:
    """The attempt that locks the next one, where there is one."""
    return next((attempt for attempt in attempts if is_open(attempt)), None)


def projected(
    order: Order, attempts: Sequence[Movement], refunds: Sequence[Movement], *, at: datetime
) -> Order:
    """The order as its attempts, their refunds and the time make it; `version` is left alone."""
    paid = next((one for one in attempts if one.state == collection.State.SUCCEEDED), None)
    if paid is not None:
        now = _as_paid(order, paid, refunds)
    elif open_attempt(attempts) is not None:
        now = changed(order, status=Status.PROCESSING)
    elif order.status in (Status.CANCELED, Status.EXPIRED):
        now = order  # for good, whatever another process's clock says
    else:
        now = changed(order, status=Status.EXPIRED if at >= order.expires_at else Status.UNPAID)
    now = changed(now, attempts=len(attempts))
    return order if now == order else changed(now, updated_at=at)


def events_between(before: Order, after: Order) -> tuple[str, ...]:
    """What the merchant is told when an order goes from one projection to the next."""
    if before.status is after.status:
        return ()
    if after.status in MONEY_CAME:
        return () if before.status in MONEY_CAME else ("order.paid",)
    if after.status in (Status.EXPIRED, Status.CANCELED):
        return (f"order.{after.status}",)
    return ()


def require_payable(order: Order, attempts: Sequence[Movement], *, at: datetime) -> None:
    """Raises the refusal that a new attempt deserves now; `order` is as projected."""
    if order.status in MONEY_CAME:
        raise OrderAlreadyPaid
    if order.status is Status.CANCELED:
        raise OrderCanceled
    blocking = open_attempt(attempts)
    if blocking is not None:
        raise AttemptStillOpen(existing_id=blocking.id)
    if order.status is Status.EXPIRED or at >= order.expires_at:
        raise OrderExpired
    if len(attempts) >= ATTEMPTS_MAX:
        raise TooManyAttempts


def require_offered(order: Order, operator: str) -> None:
    """Raises `OperatorNotOffered` where the merchant left the operator out."""
    if operator not in order.terms.operators:
        raise OperatorNotOffered(operator=operator)


def canceled(order: Order, attempts: Sequence[Movement], *, at: datetime) -> Order:
    """The order taken back; raises the refusal that tells why it cannot be."""
    if order.status in MONEY_CAME:
        raise OrderAlreadyPaid
    blocking = open_attempt(attempts)
    if blocking is not None:
        raise AttemptStillOpen(existing_id=blocking.id)
    if order.status is Status.CANCELED:
        raise OrderCanceled
    if order.status is Status.EXPIRED or at >= order.expires_at:
        raise OrderExpired
    return changed(order, status=Status.CANCELED, updated_at=at)


def _as_paid(order: Order, paid: Movement, refunds: Sequence[Movement]) -> Order:
    given = sum(
        one.price.credit.amount
        for one in refunds
        if one.state == refund.State.SUCCEEDED and one.terms.original == paid.id
    )
    amount, paid_at = paid.price.debit.amount, paid.completed_at or paid.updated_at
    status = Status.PAID
    if given:
        status = Status.REFUNDED if given >= amount else Status.PARTIALLY_REFUNDED
    return changed(
        order,
        status=status,
        amount_paid=amount,
        amount_refunded=given,
        paid_late=paid_at >= order.expires_at,
        paid_at=paid_at,
        paid_by=paid.id,
    )
