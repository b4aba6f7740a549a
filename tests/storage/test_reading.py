"""What was stored is read back, whole and in pages, the same on both engines."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from cross.domain.leg import Failure, LegKind
from cross.domain.movement import Attention, Movement, MovementKind, Terms
from cross.domain.operator import Unknown
from cross.storage import api_keys, callbacks, ledger, movements, quotes
from cross.storage.movements import Filter
from cross.storage.pages import Page
from cross.storage.store import ApiKeyRow, MerchantRow, Opening, QuoteOffer, Saved, Store
from tests.conftest import Run
from tests.storage import making
from tests.storage.making import MERCHANT, NOON, PAYEE, PAYER, a_transfer, funding, opening

EVERYTHING = Terms(
    reference="Commande n° 7 %(x)s :name",
    description="déjà ; '\"\\ \n 🎉",
    metadata={"clé": "valeur", "empty": "", "nul": "a\x00b"},
    customer="cus_1",
    return_url="https://shop.example/back?a=1&b=2",
    cancel_url="https://shop.example/no",
    quote="qt_7",
)


def test_a_movement_is_read_as_it_was_stored(store: Store, run: Run) -> None:
    failure = Failure("wallet_blocked", "bloqué", "60019", "raison n° 9", "debit")
    movement = a_transfer(terms=EVERYTHING)
    rich = replace(
        movement,
        livemode=True,
        attention=Attention("amount_differs", "operations", NOON + timedelta(days=1)),
        failure=failure,
        events=3,
    ).with_leg(replace(movement.leg(LegKind.DEBIT), operator_reference="op-é", failure=failure))

    assert run(store.record([Opening(rich, 1)])) == [Saved()]

    assert run(movements.get(store, rich.id)) == rich
    assert run(movements.find(store, rich.id, merchant=MERCHANT, kind=rich.kind)) == rich
    assert run(movements.asked_for_with(store, rich.idempotency_key, merchant=MERCHANT)) == rich


def test_a_movement_is_read_as_each_step_left_it(store: Store, run: Run) -> None:
    movement = a_transfer()
    silent = making.advance(movement, LegKind.DEBIT, Unknown("read timeout"))
    debited = making.debited(silent.movement)
    refused = making.refused(debited.movement, LegKind.CREDIT)
    run(store.record([funding(90_000), opening(movement)]))

    for step in (silent, debited, refused):
        assert run(store.record([step])) == [Saved()]
        assert run(movements.get(store, movement.id)) == making.as_stored(step.movement)

    assert [leg.kind for leg in refused.movement.legs] == ["debit", "credit", "refund"]


def test_a_movement_of_another_merchant_is_not_there(store: Store, run: Run) -> None:
    """I-40."""
    movement = a_transfer()
    run(store.record([Opening(movement, 1)]))

    assert run(movements.find(store, movement.id, merchant="mer_2", kind=movement.kind)) is None
    assert (
        run(movements.find(store, movement.id, merchant=MERCHANT, kind=MovementKind.PAYOUT)) is None
    )
    assert run(movements.asked_for_with(store, movement.idempotency_key, merchant="mer_2")) is None


def test_a_leg_is_found_by_the_reference_an_operator_knows(store: Store, run: Run) -> None:
    movement = a_transfer()
    run(store.record([Opening(movement, 7)]))
    reference = movement.leg(LegKind.CREDIT).reference

    assert run(movements.of_leg(store, reference)) == (movement.id, 7, LegKind.CREDIT)
    assert run(movements.of_leg(store, reference + "X")) is None


def ids_of(listing: movements.Listing) -> list[str]:
    return [movement.id for movement in listing.movements]


@pytest.fixture
def listed(store: Store, run: Run) -> list[Movement]:
    """Seven transfers, newest first, beside a payout and another merchant's transfer."""
    wanted = [
        a_transfer(100 + number, terms=Terms(reference=f"r{number}", customer=f"cus_{number % 2}"))
        for number in range(7)
    ]
    others = [making.a_payout(), replace(a_transfer(), merchant="mer_2")]
    run(store.record([Opening(movement, 1) for movement in [*wanted, *others]]))
    return wanted[::-1]


def shown(run: Run, store: Store, part: Page, only: Filter | None = None) -> movements.Listing:
    kind = MovementKind.TRANSFER
    chosen = only or Filter()
    return run(movements.page(store, merchant=MERCHANT, kind=kind, only=chosen, part=part))


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 20])
def test_pages_forwards_and_backwards_meet(
    store: Store, run: Run, listed: list[Movement], limit: int
) -> None:
    forwards: list[str] = []
    after: str | None = None
    while True:
        page = shown(run, store, Page(limit, starting_after=after))
        forwards += ids_of(page)
        after = forwards[-1]
        if not page.has_more:
            break
    backwards: list[str] = [forwards[-1]]
    while True:
        page = shown(run, store, Page(limit, ending_before=backwards[0]))
        backwards = ids_of(page) + backwards
        if not page.has_more:
            break

    assert forwards == backwards == [movement.id for movement in listed]


@pytest.mark.parametrize(
    ("only", "places"),
    [
        (Filter(), range(7)),
        (Filter(reference="r4"), [2]),
        (Filter(customer="cus_1"), [1, 3, 5]),
        (Filter(status="debiting"), range(7)),
        (Filter(status="completed"), []),
        (Filter(operator="flooz"), range(7)),
        (Filter(operator="dmoney"), []),
        (Filter(msisdn=PAYER.e164), range(7)),
        (Filter(msisdn=PAYEE.e164, reference="r0"), [6]),
        (Filter(msisdn="+22899999999"), []),
    ],
)
def test_a_list_is_narrowed(
    store: Store, run: Run, listed: list[Movement], only: Filter, places: Sequence[int]
) -> None:
    page = shown(run, store, Page(20), only)

    assert ids_of(page) == [listed[place].id for place in places]


def test_a_list_is_narrowed_by_time(store: Store, run: Run, listed: list[Movement]) -> None:
    """From and including, to and excluding, to the microsecond."""
    newest, oldest = listed[1].created_at, listed[4].created_at

    page = shown(run, store, Page(20), Filter(created_from=oldest, created_to=newest))

    assert ids_of(page) == [movement.id for movement in listed[2:5]]


def test_more_open_movements_than_one_query_names_are_taken_up(store: Store, run: Run) -> None:
    wanted = [a_transfer(1) for _ in range(501)]
    run(store.record([Opening(movement, 3) for movement in wanted]))

    assert run(movements.open_of(store, 3)) == wanted
    assert run(movements.open_of(store, 3, only=wanted[7].id)) == [wanted[7]]


def test_quotes_are_read_as_they_were_stored(store: Store, run: Run) -> None:
    wanted = [making.a_quote() for _ in range(5)]
    run(store.record([QuoteOffer(quote) for quote in wanted]))

    assert run(quotes.find(store, wanted[0].id, merchant=MERCHANT)) == wanted[0]
    assert run(quotes.find(store, wanted[0].id, merchant="mer_2")) is None
    newest = run(quotes.page(store, merchant=MERCHANT, part=Page(2)))
    assert newest == (wanted[:2:-1], True)
    older = Page(2, starting_after=wanted[3].id)
    assert run(quotes.page(store, merchant=MERCHANT, part=older)) == (wanted[2:0:-1], True)
    newer = Page(9, ending_before=wanted[1].id)
    assert run(quotes.page(store, merchant=MERCHANT, part=newer)) == (wanted[:1:-1], False)


def test_entries_are_read_in_pages_by_account_movement_and_merchant(store: Store, run: Run) -> None:
    one, two = a_transfer(100), replace(a_transfer(200), merchant="mer_2")
    run(store.record([funding(1_000), opening(one), opening(two), making.debited(one)]))

    def causes(part: Page, **only: str) -> tuple[list[str], bool]:
        found, has_more = run(ledger.entries(store, part=part, **only))
        return [entry.cause for entry in found], has_more

    assert causes(Page(9)) == (["debit.succeeded", "reserved", "reserved", "funded"], False)
    assert causes(Page(2)) == (["debit.succeeded", "reserved"], True)
    assert causes(Page(9), merchant="mer_2") == (["reserved"], False)
    assert causes(Page(9), movement=one.id) == (["debit.succeeded", "reserved"], False)
    assert causes(Page(9), account="capital:XOF") == (["funded"], False)
    [funded], _ = run(ledger.entries(store, part=Page(9), account="capital:XOF"))
    assert [(line.account, line.amount) for line in funded.lines] == [
        ("float:flooz", 1_000),
        ("capital:XOF", -1_000),
    ]
    assert funded.at == NOON
    newer = Page(9, ending_before=str(funded.number))
    assert causes(newer) == (["debit.succeeded", "reserved", "reserved"], False)


def test_balances_are_those_of_the_merchant_asked_for(store: Store, run: Run) -> None:
    run(store.record([making.earnings(700), funding(5)]))

    [own] = run(ledger.balances(store, merchant=MERCHANT))

    assert (own.account.name, own.natural) == ("available:mer_1:XOF", 700)
    assert len(run(ledger.balances(store))) == 4


def test_a_key_names_its_merchant(store: Store, run: Run) -> None:
    merchant = MerchantRow("mer_1", "Épicerie", NOON)
    key = ApiKeyRow("key_1", "mer_1", True, "hash", ("read", "write"), NOON)  # noqa: FBT003
    for _ in range(2):
        run(store.add_merchant(merchant, key))
    run(store.add_merchant(merchant, replace(key, id="key_2", secret_hash="other")))

    caller = run(api_keys.by_secret_hash(store, "hash", at=NOON))

    assert caller == api_keys.Caller("mer_1", True, frozenset({"read", "write"}), "key_1")  # noqa: FBT003
    assert run(api_keys.by_secret_hash(store, "none", at=NOON)) is None


def test_a_waiting_callback_names_its_movement(store: Store, run: Run) -> None:
    movement = a_transfer()
    reference = movement.leg(LegKind.DEBIT).reference
    arrivals = [
        making.a_callback("d1", reference=reference, waiting=True),
        making.a_callback("d2", reference="UNKNOWN", waiting=True),
        making.a_callback("d3", reference=reference),
    ]
    run(store.record([Opening(movement, 7), *arrivals]))

    known, unknown = run(callbacks.waiting(store))

    assert (known.reference, known.movement, known.owner) == (reference, movement.id, 7)
    assert known.movement_is_final is False
    assert (unknown.reference, unknown.movement, unknown.owner) == ("UNKNOWN", None, None)
