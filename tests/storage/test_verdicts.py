"""What a store answers to each write, the same on both engines."""

from dataclasses import replace

import pytest

from cross.domain import payout
from cross.domain.errors import BalanceTooLow, FloatTooLow
from cross.domain.leg import LegKind
from cross.domain.movement import Movement, Terms
from cross.domain.quote import Quote
from cross.storage import ledger, movements
from cross.storage.store import (
    Addition,
    Advance,
    Broken,
    KeyTaken,
    NotCovered,
    Opening,
    QuoteOffer,
    QuoteTaken,
    ReferenceTaken,
    Saved,
    Stale,
    Store,
    Verdict,
    Write,
)
from tests.conftest import Run
from tests.storage import making
from tests.storage.making import a_callback, a_payout, a_transfer, funding, opening

SAVED = Saved()


async def counted(store: Store) -> dict[str, int]:
    """How many rows each table of the books has."""
    tables = ("movements", "legs", "entries", "postings", "events", "accounts", "quotes")
    counts = {}
    for table in tables:
        [(counts[table],)] = await store.rows(f"SELECT count(*) FROM {table}", {})  # noqa: S608
    return counts


async def balance(store: Store, name: str) -> int:
    """What debits exceed credits by on an account."""
    found = await ledger.balances(store)
    return sum(line.debit_balance for line in found if line.account.name == name)


def recorded(run: Run, store: Store, *writes: Write) -> list[Verdict]:
    return list(run(store.record(writes)))


def test_an_empty_list_has_no_verdicts(store: Store, run: Run) -> None:
    assert recorded(run, store) == []


def test_an_opening_is_saved_with_its_legs_and_its_entry(store: Store, run: Run) -> None:
    movement = a_transfer(700)

    assert recorded(run, store, funding(1_000), opening(movement)) == [SAVED, SAVED]

    assert run(movements.get(store, movement.id)) == movement
    assert run(balance(store, "float:flooz")) == 1_000
    assert run(balance(store, "reserved:flooz")) == 700


def test_a_key_belongs_to_its_first_movement(store: Store, run: Run) -> None:
    first, second = a_transfer(key="k"), a_transfer(key="k")
    recorded(run, store, funding(20_000), opening(first))

    [verdict] = recorded(run, store, opening(second))

    assert verdict == KeyTaken(first.id, first.request_digest)
    assert run(movements.get(store, second.id)) is None


def test_a_key_of_another_merchant_is_another_key(store: Store, run: Run) -> None:
    first, second = a_transfer(key="k"), replace(a_transfer(key="k"), merchant="mer_2")

    assert recorded(run, store, funding(20_000), opening(first), opening(second)) == [SAVED] * 3


def test_a_reference_names_one_movement_of_a_kind_for_ever(store: Store, run: Run) -> None:
    """I-30."""
    terms = Terms(reference="order 7")
    first, second = a_transfer(terms=terms), a_transfer(terms=terms)
    other_kind = replace(a_payout(), terms=terms)
    recorded(run, store, funding(50_000), making.earnings(9_000), opening(first))

    verdicts = recorded(run, store, opening(second), opening(other_kind))

    assert verdicts == [ReferenceTaken(first.id), SAVED]


def test_a_quote_prices_one_movement(store: Store, run: Run) -> None:
    terms = Terms(quote="qt_1")
    first, second = a_transfer(terms=terms), a_transfer(terms=terms)
    recorded(run, store, funding(50_000), opening(first))

    assert recorded(run, store, opening(second)) == [QuoteTaken(first.id)]


def test_key_comes_before_reference_before_quote(store: Store, run: Run) -> None:
    by_key = a_transfer(key="k")
    by_reference = a_transfer(terms=Terms(reference="r"))
    by_quote = a_transfer(terms=Terms(quote="q"))
    recorded(run, store, funding(50_000), *map(opening, (by_key, by_reference, by_quote)))
    all_three = a_transfer(key="k", terms=Terms(reference="r", quote="q"))
    last_two = a_transfer(terms=Terms(reference="r", quote="q"))

    verdicts = recorded(run, store, opening(all_three), opening(last_two))

    assert verdicts == [KeyTaken(by_key.id, by_key.request_digest), ReferenceTaken(by_reference.id)]


def test_what_is_not_covered_is_refused_and_leaves_no_trace(store: Store, run: Run) -> None:
    """I-09."""
    recorded(run, store, funding(999))
    before = run(counted(store))
    movement = a_transfer(1_000)

    [verdict] = recorded(run, store, opening(movement))

    assert verdict == NotCovered(opening(movement).needs[0])
    assert run(counted(store)) == before


def test_the_last_franc_may_be_promised(store: Store, run: Run) -> None:
    verdicts = recorded(run, store, funding(1_000), opening(a_transfer(1_000)))

    assert verdicts == [SAVED, SAVED]


@pytest.mark.parametrize(
    ("earned", "float_", "code"),
    [(999, 9_999, BalanceTooLow.code), (1_000, 999, FloatTooLow.code), (0, 0, BalanceTooLow.code)],
)
def test_the_first_need_that_is_not_covered_is_named(
    store: Store, run: Run, earned: int, float_: int, code: str
) -> None:
    if earned:
        recorded(run, store, making.earnings(earned), funding(float_))
    movement = a_payout(1_000)

    [verdict] = recorded(run, store, opening(movement))

    assert isinstance(verdict, NotCovered)
    assert verdict.need.code == code
    assert verdict.need in payout.needs(movement)


def test_a_key_that_is_taken_is_told_even_where_nothing_is_covered(store: Store, run: Run) -> None:
    first = a_transfer(1_000, key="k")
    recorded(run, store, funding(1_000), opening(first))

    [verdict] = recorded(run, store, opening(a_transfer(1_000, key="k")))

    assert verdict == KeyTaken(first.id, first.request_digest)


def test_earlier_writes_of_a_list_count_for_later_ones(store: Store, run: Run) -> None:
    """A list is as good as its writes one after the other."""
    first, second, third = a_transfer(600), a_transfer(600), a_transfer(400)

    verdicts = recorded(
        run,
        store,
        *(opening(a_transfer(1)), funding(1_000)),
        *(opening(first), opening(second), opening(third)),
    )

    assert [type(verdict) for verdict in verdicts] == [NotCovered, Saved, Saved, NotCovered, Saved]
    assert run(balance(store, "reserved:flooz")) == 1_000


def test_a_refusal_releases_what_a_later_write_of_the_list_needs(store: Store, run: Run) -> None:
    first, second = a_transfer(600), a_transfer(600)
    recorded(run, store, funding(1_000), opening(first))

    verdicts = recorded(run, store, making.refused(first, LegKind.DEBIT), opening(second))

    assert verdicts == [SAVED, SAVED]
    assert run(balance(store, "reserved:flooz")) == 600


def test_what_a_refused_write_would_have_taken_stays_for_the_others(store: Store, run: Run) -> None:
    taken = a_transfer(600, key="k")
    recorded(run, store, funding(1_600), opening(taken))

    verdicts = recorded(run, store, opening(a_transfer(600, key="k")), opening(a_transfer(1_000)))

    assert verdicts == [KeyTaken(taken.id, taken.request_digest), SAVED]


def test_what_a_stale_step_would_have_freed_is_not_there(store: Store, run: Run) -> None:
    first = a_transfer(1_000)
    recorded(run, store, funding(1_000), opening(first))
    stale = replace(making.refused(first, LegKind.DEBIT), owner=2)

    verdicts = recorded(run, store, stale, opening(a_transfer(1_000)))

    assert [type(verdict) for verdict in verdicts] == [Stale, NotCovered]
    assert run(balance(store, "reserved:flooz")) == 1_000


def test_a_step_is_saved_over_the_version_before_it_only(store: Store, run: Run) -> None:
    """I-16."""
    movement = a_transfer()
    recorded(run, store, funding(50_000), opening(movement))
    step = making.debited(movement)
    skipped = replace(step, movement=replace(step.movement, version=3))

    assert recorded(run, store, skipped) == [Stale()]
    assert recorded(run, store, step) == [SAVED]
    assert recorded(run, store, step) == [Stale()]
    assert run(movements.get(store, movement.id)) == making.as_stored(step.movement)


def test_a_stale_step_writes_nothing_and_the_others_are_kept(store: Store, run: Run) -> None:
    """I-26: an owner who lost the movement changes nothing."""
    one, two = a_transfer(), a_transfer()
    recorded(run, store, funding(50_000), opening(one), opening(two))
    before = run(counted(store))

    verdicts = recorded(
        run,
        store,
        replace(making.debited(one), owner=9),
        making.debited(two),
        opening(a_transfer()),
    )

    assert verdicts == [Stale(), SAVED, SAVED]
    after = run(counted(store))
    assert after["entries"] == before["entries"] + 2
    assert after["events"] == before["events"] + 1
    assert run(movements.get(store, one.id)) == one


def test_a_step_of_a_movement_that_is_not_there_is_stale(store: Store, run: Run) -> None:
    assert recorded(run, store, making.debited(a_transfer())) == [Stale()]


def test_a_movement_is_opened_and_stepped_in_one_list(store: Store, run: Run) -> None:
    movement = a_transfer()
    first = making.debited(movement)
    second = making.credited(first.movement)

    verdicts = recorded(run, store, funding(50_000), opening(movement), first, second)

    assert verdicts == [SAVED] * 4
    assert run(movements.get(store, movement.id)) == making.as_stored(second.movement)


def test_two_openings_with_one_key_in_one_list_are_one_movement(store: Store, run: Run) -> None:
    """I-27."""
    first, *others = (a_transfer(100, key="k") for _ in range(200))

    verdicts = recorded(run, store, funding(50_000), opening(first), *map(opening, others))

    assert verdicts == [SAVED, SAVED] + [KeyTaken(first.id, first.request_digest)] * 199
    assert run(counted(store))["movements"] == 1


def test_the_second_with_a_key_is_saved_where_the_first_was_not_covered(
    store: Store, run: Run
) -> None:
    """The same in one list as one after the other."""
    large, small = a_transfer(5_000, key="k"), a_transfer(100, key="k")

    verdicts = recorded(run, store, funding(1_000), opening(large), opening(small))

    assert [type(verdict) for verdict in verdicts] == [Saved, NotCovered, Saved]


def test_an_entry_is_added_once_a_cause(store: Store, run: Run) -> None:
    again = Addition(
        "funding:flooz", funding(5).entries + funding(7, cause="more").entries, making.NOON
    )

    assert recorded(run, store, funding(5), funding(5)) == [SAVED, Saved(fresh=False)]
    assert recorded(run, store, again) == [SAVED]
    assert recorded(run, store, again) == [Saved(fresh=False)]
    assert run(balance(store, "float:flooz")) == 12


def test_an_addition_of_nothing_is_nothing_new(store: Store, run: Run) -> None:
    assert recorded(run, store, Addition("funding:x", (), making.NOON)) == [Saved(fresh=False)]


def test_a_callback_is_kept_once_as_it_came(store: Store, run: Run) -> None:
    """I-15: raw bytes, headers, peer."""
    arrivals = [a_callback("d1"), a_callback("d2", reference=None), a_callback("d1")]

    assert recorded(run, store, *arrivals) == [SAVED, SAVED, Saved(fresh=False)]
    assert recorded(run, store, a_callback("d2")) == [Saved(fresh=False)]

    [kept, _] = run(store.rows("SELECT * FROM callbacks ORDER BY id", {}))
    assert kept[1:5] == ("flooz", "R1", "succeeded", "d1")
    assert kept[5:7] == ("POST", "a=1&b=%00")
    assert bytes(kept[8]) == b"\x00\xff<a/>"
    assert kept[9] == "1.2.3.4"


def test_a_quote_is_offered_once(store: Store, run: Run) -> None:
    offer = making.an_offer()

    assert recorded(run, store, offer) == [SAVED]
    [verdict] = recorded(run, store, offer)
    assert isinstance(verdict, Broken)


def test_what_breaks_a_rule_is_told_and_the_rest_is_saved(store: Store, run: Run) -> None:
    """A mistake of ours in one write costs no other."""
    good, bad, last = a_transfer(), a_transfer(), a_transfer()
    recorded(run, store, funding(90_000), opening(good))
    taken = replace(bad.leg(LegKind.DEBIT), reference=good.leg(LegKind.DEBIT).reference)
    broken = replace(opening(bad), movement=bad.with_leg(taken))

    verdicts = recorded(run, store, making.debited(good), broken, opening(last), a_callback("d"))

    assert [type(verdict) for verdict in verdicts] == [Saved, Broken, Saved, Saved]
    assert run(movements.get(store, bad.id)) is None
    assert run(ledger.drifted(store)) == []


def test_what_broke_a_rule_names_no_phone_number(store: Store, run: Run) -> None:
    """I-42."""
    good, bad = a_transfer(), a_transfer()
    taken = replace(bad.leg(LegKind.DEBIT), reference=good.leg(LegKind.DEBIT).reference)
    recorded(run, store, funding(90_000), opening(good))

    [verdict] = recorded(run, store, replace(opening(bad), movement=bad.with_leg(taken)))

    assert isinstance(verdict, Broken)
    assert "0112233" not in verdict.detail


def test_an_id_that_is_there_already_is_our_mistake(store: Store, run: Run) -> None:
    movement = a_transfer()
    same_id = replace(a_transfer(), id=movement.id)
    recorded(run, store, funding(90_000), opening(movement))

    [verdict, other] = recorded(run, store, Opening(same_id, 1), opening(a_transfer()))

    assert isinstance(verdict, Broken)
    assert other == SAVED


def test_the_same_opening_again_is_told_its_own_key(store: Store, run: Run) -> None:
    movement = a_transfer()
    recorded(run, store, funding(90_000), opening(movement))

    assert recorded(run, store, opening(movement)) == [
        KeyTaken(movement.id, movement.request_digest)
    ]


def test_every_kind_of_write_goes_into_one_list(store: Store, run: Run) -> None:
    stepped = a_transfer()
    recorded(run, store, funding(90_000), opening(stepped))
    quote: Quote = making.a_quote()
    movement: Movement = a_transfer()
    event = making.an_event(movement, "transfer.opened")
    writes: list[Write] = [
        *(a_callback("d1"), QuoteOffer(quote), making.debited(stepped)),
        *(replace(opening(movement), events=(event,)), making.earnings(5)),
    ]

    assert recorded(run, store, *writes) == [SAVED] * 5
    counts = run(counted(store))
    assert {counts[table] for table in ("movements", "events")} == {2}
    assert (counts["legs"], counts["entries"], counts["quotes"]) == (4, 5, 1)
    assert run(ledger.drifted(store)) == []


def test_accounts_of_refused_writes_are_not_made(store: Store, run: Run) -> None:
    stale: Advance = making.debited(a_transfer())

    assert recorded(run, store, stale, opening(a_transfer())) != [SAVED, SAVED]
    assert run(counted(store))["accounts"] == 0
