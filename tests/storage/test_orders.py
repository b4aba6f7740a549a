"""Orders in the books: written beside the batch in its transaction, and guarded by the books."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from cross.domain import collection
from cross.domain.leg import Leg, LegKind, intended
from cross.domain.money import XOF, xof
from cross.domain.movement import Movement, MovementKind, Terms
from cross.domain.order import Order, OrderTerms, Status
from cross.domain.payment_link import LinkTerms, PaymentLink
from cross.storage import order_writes, orders, payment_links
from cross.storage.movements import Filter
from cross.storage.pages import Page
from cross.storage.store import (
    Advance,
    Broken,
    EventRow,
    HandedOverMark,
    KeyTaken,
    LinkClosing,
    LinkOpening,
    LogLine,
    Opening,
    OrderNotes,
    OrderOpening,
    OrderStep,
    OrderWrite,
    QuoteTaken,
    ReferenceTaken,
    Saved,
    Stale,
    Store,
)
from tests.conftest import Run
from tests.storage import making
from tests.storage.making import MERCHANT, NOON, PAYER, a_transfer, funding, opening

EVERYTHING: Final = Filter()
ORDER: Final = Order(
    id="ord_01JABCDEFGHJKMNPQRSTVWXYZ0",
    merchant=MERCHANT,
    livemode=False,
    token="T0KEN",
    amount=xof(5_000),
    terms=OrderTerms(
        reference="CMD-1",
        title="Pagne d'été",
        operators=("flooz", "tmoney"),
        return_url="https://shop.example/ok",
        metadata={"a": "b"},
        callback_info="C",
    ),
    idempotency_key="k1",
    request_digest="d1",
    created_at=NOON,
    updated_at=NOON,
    expires_at=NOON + timedelta(minutes=30),
)
LINK: Final = PaymentLink(
    id="pl_01JABCDEFGHJKMNPQRSTVWXYZ0",
    merchant=MERCHANT,
    livemode=False,
    code="C0DE",
    terms=LinkTerms(title="T", currency=XOF, operators=("flooz",), amount=100, uses=3),
    created_at=NOON,
    updated_at=NOON,
)


def a_line(number: int, *, once: str | None = None) -> LogLine:
    return LogLine(f"log_{number:02}", ORDER.id, "created", "a line", '{"a": 1}', NOON, once)


def an_attempt(place: int = 1, *, order: str = ORDER.id) -> Movement:
    whole = a_transfer(5_000, terms=Terms(original=order, place=place))
    leg = Leg(LegKind.DEBIT, "flooz", PAYER, xof(5_000), f"{whole.legs[0].reference}A")
    return replace(
        whole,
        id=whole.id.replace("trf", "col"),
        kind=MovementKind.COLLECTION,
        state=collection.INITIAL,
        legs=(intended(leg, at=whole.created_at),),
    )


def stepped(order: Order, status: Status, **fields: object) -> Order:
    return replace(order, status=status, version=order.version + 1, **fields)  # type: ignore[arg-type]


def test_an_order_is_read_as_it_was_written(store: Store, run: Run) -> None:
    written = replace(ORDER, amount_paid=5, paid_at=NOON, paid_by="col_1", paid_late=True)
    assert run(store.record([OrderOpening(written, (a_line(1),))])) == [Saved()]

    assert run(orders.find(store, ORDER.id, merchant=MERCHANT)) == written
    assert run(orders.find(store, ORDER.id, merchant="mer_2")) is None
    assert run(orders.by_token(store, "T0KEN")) == written
    assert run(orders.asked_for_with(store, "k1", merchant=MERCHANT)) == written
    assert run(orders.log_of(store, ORDER.id)) == [a_line(1)]
    assert run(orders.page(store, merchant=MERCHANT, only=EVERYTHING, part=Page())) == (
        [written],
        False,
    )


def test_twins_of_one_batch_get_their_verdicts(store: Store, run: Run) -> None:
    """I-27, I-30: key and reference, whoever comes first."""
    same_key = replace(ORDER, id="ord_2", token="t2")
    same_reference = replace(ORDER, id="ord_3", token="t3", idempotency_key="k3")
    verdicts = run(store.record([OrderOpening(one) for one in (ORDER, same_key, same_reference)]))
    assert verdicts == [Saved(), KeyTaken(ORDER.id, "d1"), ReferenceTaken(ORDER.id)]


def test_a_step_is_saved_over_the_version_before_it_with_all_that_belongs_to_it(
    store: Store, run: Run
) -> None:
    paid = stepped(ORDER, Status.PAID, events=1)
    event = EventRow("evt_1", "order.paid", 1, "{}", NOON)
    linked = replace(ORDER, terms=replace(ORDER.terms, payment_link=LINK.id))
    run(store.record([OrderOpening(linked), LinkOpening(LINK)]))
    step = OrderStep(replace(paid, terms=linked.terms), (event,), (a_line(2),), uses_link=LINK.id)

    assert run(store.record([step, step])) == [Saved(), Stale()]
    found = run(store.rows("SELECT movement, merchant, type, sequence FROM events", {}))
    assert [tuple(row) for row in found] == [(ORDER.id, MERCHANT, "order.paid", 1)]
    assert run(orders.log_of(store, ORDER.id)) == [a_line(2)]
    link = run(payment_links.get(store, LINK.id))
    assert link is not None
    assert link.paid == 1


def test_what_is_told_once_is_told_once(store: Store, run: Run) -> None:
    lines = [a_line(1, once="opened"), a_line(2, once="opened"), a_line(3)]
    run(store.record([OrderNotes((line,)) for line in lines]))
    assert run(orders.log_of(store, ORDER.id)) == [lines[0], lines[2]]


def test_a_place_is_taken_once_and_its_order_is_behind_until_it_is_projected(
    store: Store, run: Run
) -> None:
    first, second = an_attempt(), an_attempt()
    run(store.record([OrderOpening(ORDER)]))
    verdicts = run(store.record([Opening(first, 1), Opening(second, 1)]))

    assert verdicts == [Saved(), QuoteTaken(first.id)]
    assert run(orders.behind(store)) == [orders.Behind(first.id, 1, ORDER.id)]
    moved = replace(first, version=2)
    older = OrderStep(stepped(ORDER, Status.PROCESSING), seen=((first.id, 1),))
    run(store.record([Advance(moved, 1, ()), older]))
    assert run(orders.behind(store)) == [orders.Behind(first.id, 2, ORDER.id)]
    newer = OrderStep(stepped(older.order, Status.PROCESSING), seen=((first.id, 2),))
    run(store.record([newer]))
    assert run(orders.behind(store)) == []


def test_other_movements_leave_no_mark(store: Store, run: Run) -> None:
    run(store.record([funding(10_000), opening(a_transfer(100))]))
    assert run(orders.behind(store)) == []


@pytest.mark.parametrize("status", [Status.CANCELED, Status.EXPIRED])
def test_an_order_does_not_end_under_an_open_attempt(
    store: Store, run: Run, status: Status
) -> None:
    run(store.record([OrderOpening(ORDER)]))
    assert run(store.record([Opening(an_attempt(), 1)])) == [Saved()]
    other = opening(a_transfer(100))
    run(store.record([funding(10_000)]))
    verdicts = run(store.record([OrderStep(stepped(ORDER, status)), other]))

    assert isinstance(verdicts[0], Broken)
    assert verdicts[1] == Saved()
    assert run(orders.get(store, ORDER.id)) == ORDER


def test_an_ended_order_takes_no_attempt_and_nobody_elses_write_suffers(
    store: Store, run: Run
) -> None:
    ended = stepped(ORDER, Status.CANCELED)
    run(store.record([funding(10_000), OrderOpening(ORDER)]))
    run(store.record([OrderStep(ended)]))
    verdicts = run(store.record([Opening(an_attempt(), 1), opening(a_transfer(100))]))

    assert isinstance(verdicts[0], Broken)
    assert verdicts[1] == Saved()


def test_hand_overs_and_links_are_written_once(store: Store, run: Run) -> None:
    mark = HandedOverMark("col_1", NOON, (a_line(1),))
    closing = LinkClosing(LINK.id, NOON)
    assert not run(orders.was_handed_over(store, "col_1"))
    verdicts = run(store.record([mark, mark, LinkOpening(LINK), closing, closing]))

    again = Saved(fresh=False)
    assert verdicts == [Saved(), again, Saved(), Saved(), again]
    assert run(orders.was_handed_over(store, "col_1"))
    closed = replace(LINK, closed_at=NOON)
    assert run(payment_links.by_code(store, "C0DE")) == closed
    assert run(payment_links.page(store, merchant=MERCHANT, part=Page())) == ([closed], False)


def test_the_last_use_of_a_link_is_one_payers_until_his_attempt_has_failed(
    store: Store, run: Run
) -> None:
    last = replace(LINK, terms=replace(LINK.terms, uses=1))
    first, second = [
        replace(ORDER, id=f"{ORDER.id[:-1]}{n}", token=n, idempotency_key=n, terms=of_link(n))
        for n in ("1", "2")
    ]
    run(store.record([funding(10_000), LinkOpening(last)]))
    run(store.record([OrderOpening(first), OrderOpening(second)]))
    attempt, late = an_attempt(order=first.id), an_attempt(order=second.id)
    other = opening(a_transfer(100))
    verdicts = run(store.record([Opening(attempt, 1), Opening(late, 1), other]))

    assert (verdicts[0], verdicts[2]) == (Saved(), Saved())
    assert isinstance(verdicts[1], Broken)
    failed = replace(attempt, state=collection.State.FAILED, version=2)
    assert run(store.record([Advance(failed, 1, ())])) == [Saved()]
    assert run(store.record([Opening(late, 1)])) == [Saved()]
    assert isinstance(run(store.record([Opening(an_attempt(2, order=first.id), 1)]))[0], Broken)


def of_link(reference: str) -> OrderTerms:
    return replace(ORDER.terms, reference=reference, payment_link=LINK.id)


def test_what_is_due_is_found(store: Store, run: Run) -> None:
    run(store.record([OrderOpening(ORDER)]))
    assert run(orders.due(store, ORDER.expires_at - timedelta(seconds=1))) == []
    assert run(orders.due(store, ORDER.expires_at)) == [ORDER.id]


def test_a_lost_answer_is_asked_about_in_words_that_find_it(store: Store, run: Run) -> None:
    """I-17: for each write, the question that read_back asks."""
    writes: list[OrderWrite] = [
        OrderOpening(ORDER),
        OrderStep(stepped(ORDER, Status.PROCESSING)),
        OrderNotes((a_line(1),)),
        HandedOverMark("col_1", NOON),
        LinkOpening(LINK),
        LinkClosing(LINK.id, NOON),
    ]
    for write in writes:
        question = order_writes.looking_for(write)
        assert question is not None
        sql, parameters, expected = question
        assert expected not in [tuple(row) for row in run(store.rows(sql, parameters))]
        run(store.record([write]))
        assert expected in [tuple(row) for row in run(store.rows(sql, parameters))]
    assert order_writes.looking_for(OrderNotes(())) is None


def test_callbacks_about_attempts_are_found(store: Store, run: Run) -> None:
    attempt = an_attempt()
    run(store.record([OrderOpening(ORDER)]))
    assert run(store.record([Opening(attempt, 1)])) == [Saved()]
    reference = attempt.legs[0].reference
    run(store.record([making.a_callback("d1", reference=reference), making.a_callback("d2")]))
    found = run(orders.heard_back(store, ORDER.id))

    assert [(one.operator, one.body) for one in found] == [("flooz", b"\x00\xff<a/>")]
