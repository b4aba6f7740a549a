"""Breaks, refunds of a collection and callbacks about a leg: written and read on both engines."""

from dataclasses import replace

from cross.domain import refund
from cross.domain.changed import changed
from cross.domain.leg import LegKind
from cross.domain.movement import Movement, MovementKind, Terms
from cross.domain.reconciliation import Break, BreakKind
from cross.storage import breaks, callbacks, movements
from cross.storage.pages import Page
from cross.storage.store import BreakFound, EventRow, Opening, Saved, Store
from tests.conftest import Run
from tests.storage import making
from tests.storage.making import MERCHANT, NOON, a_callback, a_payout, an_offer, funding

FRESH, KNOWN = Saved(), Saved(fresh=False)
COLLECTION = "col_01JABCDEFGHJKMNPQRSTVWXYZ0"


def a_break(number: int = 1, *, heard: str = "succeeded 5 000 XOF P1") -> BreakFound:
    one = Break(
        id=f"brk_{number}",
        merchant=MERCHANT,
        livemode=False,
        kind=BreakKind.STATUS_DIFFERS,
        operator="tmoney-online",
        reference="CRX1D",
        movement="col_1",
        expected="failed",
        heard=heard,
        opened_at=NOON,
    )
    told = EventRow(f"evt_brk_{number}", "reconciliation.break_opened", 1, "{}", NOON)
    return BreakFound(one, told)


def a_refund(place: int, *, original: str = COLLECTION) -> Movement:
    payout = a_payout(100)
    return replace(
        payout,
        id=payout.id.replace("po", "rf"),
        kind=MovementKind.REFUND,
        legs=(changed(payout.legs[0], kind=LegKind.REFUND),),
        terms=Terms(original=original, place=place, title="Pagne", language="en"),
    )


def opened(movement: Movement) -> Opening:
    return Opening(movement, 1, (), (refund.opening_entry(movement),))


def test_a_break_is_opened_once_and_told_once(store: Store, run: Run) -> None:
    """In one list and in a later one, however often it is heard; another thing heard is another."""
    same, other = a_break(2), a_break(3, heard="refused canceled_by_payer")
    first = run(store.record([a_break(), an_offer(), same, funding(10)]))
    later = run(store.record([same, other]))

    assert first == [FRESH, FRESH, KNOWN, FRESH]
    assert later == [KNOWN, FRESH]
    assert list(run(breaks.opened(store))) == [a_break().difference, other.difference]
    told = run(store.rows("SELECT movement, type, sequence FROM events ORDER BY movement", {}))
    assert [tuple(row) for row in told] == [
        ("brk_1", "reconciliation.break_opened", 1),
        ("brk_3", "reconciliation.break_opened", 1),
    ]


def test_a_break_beside_a_write_that_is_refused_is_saved_all_the_same(
    store: Store, run: Run
) -> None:
    twice = making.a_transfer(100)
    refused = making.debited(replace(twice, version=7))

    verdicts = run(store.record([refused, a_break()]))

    assert verdicts[1] == FRESH
    assert verdicts[0] != FRESH
    assert len(run(breaks.opened(store))) == 1


def test_the_refunds_of_a_collection_are_found_by_their_places(store: Store, run: Run) -> None:
    wanted = [a_refund(place) for place in range(1, 12)]
    others = [a_refund(1, original=f"{COLLECTION}0"), a_refund(1, original=COLLECTION[:-1] + "1")]
    run(store.record([opened(one) for one in (*reversed(wanted), *others)]))

    found = run(movements.refunds_of(store, COLLECTION))

    assert [one.terms.place for one in found] == list(range(1, 12))
    assert [one.id for one in found] == [one.id for one in wanted]
    assert list(found) == wanted
    only = movements.Filter(original=COLLECTION)
    page = run(
        movements.page(
            store,
            merchant=MERCHANT,
            kind=MovementKind.REFUND,
            only=only,
            part=Page(limit=100),
        )
    )
    assert {one.id for one in page.movements} == {one.id for one in wanted}


def test_callbacks_about_a_leg_come_back_as_they_came(store: Store, run: Run) -> None:
    arrivals = [a_callback(f"d{number}", reference="R1") for number in range(3)]
    foreign = replace(a_callback("d9", reference="R1"), operator="tmoney")
    run(store.record([*arrivals, foreign, a_callback("d10", reference="R2")]))

    found = run(callbacks.about(store, "flooz", "R1"))

    assert list(found) == [arrival.callback for arrival in arrivals]
