"""Orders decide: what follows from their attempts, and who may do what when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from cross.domain import order as rules
from cross.domain.leg import Leg, LegKind
from cross.domain.money import xof
from cross.domain.movement import Movement, MovementKind, Terms
from cross.domain.order import Order, OrderTerms, Status, events_between, projected
from cross.domain.order_refusals import (
    AmountNotOfLink,
    AttemptStillOpen,
    LinkClosed,
    OrderAlreadyPaid,
    OrderCanceled,
    OrderExpired,
    TooManyAttempts,
)
from cross.domain.payment_link import LinkTerms, PaymentLink, amount_asked, require_open
from cross.domain.quote import Fixed, price_of

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOON: Final = NOON + timedelta(minutes=5)
LATE: Final = NOON + timedelta(minutes=121)
ORDER: Final = Order(
    id="ord_1",
    merchant="mer_1",
    livemode=False,
    token="t",
    amount=xof(5_000),
    terms=OrderTerms(reference="R", title="T", operators=("flooz",)),
    idempotency_key="k",
    request_digest="d",
    created_at=NOON,
    updated_at=NOON,
    expires_at=NOON + timedelta(minutes=120),
)
LINK: Final = PaymentLink(
    id="pl_1",
    merchant="mer_1",
    livemode=False,
    code="c",
    terms=LinkTerms(title="T", currency=xof(0).currency, operators=(), least=100, most=900),
    created_at=NOON,
    updated_at=NOON,
)


def attempt(state: str, *, place: int = 1, at: datetime = SOON) -> Movement:
    leg = Leg(LegKind.DEBIT, "flooz", None, xof(5_000), f"R{place}")
    return Movement(
        id=f"col_{place}",
        kind=MovementKind.COLLECTION,
        merchant="mer_1",
        livemode=False,
        state=state,
        version=2,
        legs=(leg,),
        price=price_of(xof(5_000), fixed=Fixed.DEBIT, schedule=None),
        terms=Terms(original="ord_1", place=place),
        idempotency_key=f"k{place}",
        request_digest="d",
        approve_by=at,
        created_at=NOON,
        updated_at=at,
        completed_at=None if state == "collecting" else at,
    )


def refund(amount: int, state: str) -> Movement:
    whole = attempt(state)
    return replace(
        whole,
        kind=MovementKind.REFUND,
        price=price_of(xof(amount), fixed=Fixed.CREDIT, schedule=None),
        terms=Terms(original="col_1", place=1),
    )


@pytest.mark.parametrize(
    ("states", "at", "expected"),
    [
        ((), SOON, Status.UNPAID),
        ((), LATE, Status.EXPIRED),
        (("collecting",), SOON, Status.PROCESSING),
        (("collecting",), LATE, Status.PROCESSING),
        (("failed",), SOON, Status.UNPAID),
        (("failed", "expired", "canceled"), LATE, Status.EXPIRED),
        (("failed", "collecting"), LATE, Status.PROCESSING),
        (("failed", "succeeded"), SOON, Status.PAID),
        (("succeeded",), LATE, Status.PAID),
    ],
)
def test_an_order_is_what_its_attempts_and_the_time_make_it(
    states: tuple[str, ...], at: datetime, expected: Status
) -> None:
    attempts = [attempt(state, place=place) for place, state in enumerate(states, 1)]
    assert projected(ORDER, attempts, (), at=at).status is expected


def test_a_paid_order_names_who_paid_when_how_much_and_what_was_given_back() -> None:
    looked_at_later = replace(attempt("succeeded", place=2), updated_at=LATE)
    attempts = [attempt("failed"), looked_at_later]
    of_another = replace(refund(800, "succeeded"), terms=Terms(original="col_1", place=1))
    own = [
        replace(refund(amount, "succeeded"), terms=Terms(original="col_2", place=place))
        for place, amount in enumerate((1_000, 500), 1)
    ]

    now = projected(ORDER, attempts, [*own, of_another], at=LATE)

    assert now == replace(
        ORDER,
        status=Status.PARTIALLY_REFUNDED,
        attempts=2,
        amount_paid=5_000,
        amount_refunded=1_500,
        paid_at=SOON,
        paid_by="col_2",
        updated_at=LATE,
    )


def test_the_moment_of_expiry_is_late_already() -> None:
    """Until before `expires_at`, as everywhere."""
    last = ORDER.expires_at - timedelta(microseconds=1)
    for at, status in ((last, Status.UNPAID), (ORDER.expires_at, Status.EXPIRED)):
        assert projected(ORDER, (), (), at=at).status is status
        paid = projected(ORDER, [attempt("succeeded", at=at)], (), at=LATE)
        assert paid.paid_late is (at == ORDER.expires_at)
    rules.require_payable(ORDER, [], at=last)
    with pytest.raises(OrderExpired):
        rules.require_payable(ORDER, [], at=ORDER.expires_at)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (Status.UNPAID, Status.PROCESSING, ()),
        (Status.PROCESSING, Status.UNPAID, ()),
        (Status.UNPAID, Status.EXPIRED, ("order.expired",)),
        (Status.PROCESSING, Status.CANCELED, ("order.canceled",)),
        (Status.CANCELED, Status.PAID, ("order.paid",)),
        (Status.PAID, Status.REFUNDED, ()),
        (Status.UNPAID, Status.UNPAID, ()),
    ],
)
def test_a_merchant_is_told_that_an_order_was_paid_or_ended_and_nothing_between(
    before: Status, after: Status, told: tuple[str, ...]
) -> None:
    orders = (replace(ORDER, status=status) for status in (before, after))
    assert events_between(*orders) == told


def test_money_after_expiry_is_kept_and_said_to_be_late() -> None:
    expired = replace(ORDER, status=Status.EXPIRED)
    paid = projected(expired, [attempt("succeeded", at=LATE)], (), at=LATE)

    assert (paid.status, paid.paid_late, paid.amount_paid) == (Status.PAID, True, 5_000)
    assert events_between(expired, paid) == ("order.paid",)


@pytest.mark.parametrize(
    ("given", "state", "expected"),
    [
        (0, "succeeded", Status.PAID),
        (1_000, "paying", Status.PAID),
        (1_000, "succeeded", Status.PARTIALLY_REFUNDED),
        (5_000, "succeeded", Status.REFUNDED),
    ],
)
def test_refunds_that_succeeded_count(given: int, state: str, expected: Status) -> None:
    refunds = [refund(given, state)] if given else []
    now = projected(ORDER, [attempt("succeeded")], refunds, at=SOON)
    assert now.status is expected
    assert events_between(projected(ORDER, [attempt("succeeded")], (), at=SOON), now) == ()


def test_what_has_ended_stays_ended_whatever_a_clock_says() -> None:
    for status in (Status.EXPIRED, Status.CANCELED):
        ended = replace(ORDER, status=status)
        assert projected(ended, (), (), at=NOON) == ended


def test_a_projection_that_changes_nothing_is_the_order_itself() -> None:
    assert projected(ORDER, (), (), at=SOON) is ORDER


@pytest.mark.parametrize(
    ("order", "attempts", "at", "refusal"),
    [
        (ORDER, [attempt("collecting")], SOON, AttemptStillOpen),
        (ORDER, [attempt("collecting")], LATE, AttemptStillOpen),
        (ORDER, [], LATE, OrderExpired),
        (replace(ORDER, status=Status.PAID), [attempt("succeeded")], SOON, OrderAlreadyPaid),
        (replace(ORDER, status=Status.CANCELED), [], SOON, OrderCanceled),
        (ORDER, [attempt("failed", place=n) for n in range(20)], SOON, TooManyAttempts),
    ],
)
def test_an_attempt_is_refused_for_the_fact(
    order: Order, attempts: list[Movement], at: datetime, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal) as told:
        rules.require_payable(order, attempts, at=at)
    if isinstance(told.value, AttemptStillOpen):
        assert told.value.existing_id == "col_1"


def test_a_link_takes_what_it_leaves_room_for() -> None:
    assert amount_asked(LINK, xof(500)) == xof(500)
    for wrong in (None, xof(99), xof(901)):
        with pytest.raises(AmountNotOfLink):
            amount_asked(LINK, wrong)
    fixed = replace(LINK, terms=replace(LINK.terms, amount=700))
    assert amount_asked(fixed, None) == xof(700)
    with pytest.raises(AmountNotOfLink):
        amount_asked(fixed, xof(701))


@pytest.mark.parametrize(
    ("link", "status"),
    [
        (LINK, "open"),
        (replace(LINK, closed_at=NOON), "closed"),
        (replace(LINK, paid=2, terms=replace(LINK.terms, uses=2)), "used_up"),
        (replace(LINK, terms=replace(LINK.terms, expires_at=NOON)), "expired"),
    ],
)
def test_a_link_says_why_it_takes_no_more(link: PaymentLink, status: str) -> None:
    assert link.status(SOON) == status
    if status != "open":
        with pytest.raises(LinkClosed):
            require_open(link, at=SOON)
