"""What a transfer between two currencies conversions is kept with its price, on both engines."""

from dataclasses import replace

import apsw
import psycopg
import pytest

from cross.domain import accounts, transfer
from cross.domain.ledger import entry
from cross.domain.leg import LegKind
from cross.domain.money import DJF, djf, xof
from cross.domain.movement import Movement
from cross.domain.operator import Succeeded
from cross.storage import ledger, movements, quotes
from cross.storage.migrations import migrations_for
from cross.storage.pages import Page
from cross.storage.store import Addition, NotCovered, Opening, QuoteOffer, Saved, Store
from tests.conftest import NewStore, Run
from tests.domain import conversions
from tests.domain.test_fees import ONE_PERCENT
from tests.storage import making
from tests.storage.making import MERCHANT, NOON, a_quote, a_transfer

ABROAD = conversions.price(djf(2_000), at=conversions.rate("0.2500"), schedule=ONE_PERCENT)

OLD_QUOTE = (
    "INSERT INTO quotes (id, merchant, livemode, source_operator, source_msisdn,"
    " destination_operator, destination_msisdn, debit_amount, debit_currency, credit_amount,"
    " credit_currency, fee_earned, fee_rounding, created_at, expires_at) VALUES ('qt_old',"
    " 'mer_1', 0, 'tmoney', '+22890112233', 'flooz', '+22896112233', 5050, 'XOF', 5000, 'XOF',"
    " 50, 0, 1, 2)"
)


def abroad() -> Movement:
    """A transfer to a wallet kept in Djibouti francs."""
    plain, at = a_transfer(), conversions.AT["DJF"]
    debit = replace(plain.leg(LegKind.DEBIT), money=ABROAD.debit)
    credit = replace(plain.leg(LegKind.CREDIT), operator=at[0], msisdn=at[1], money=ABROAD.credit)
    return replace(plain, price=ABROAD, legs=(debit, credit))


def funded(amount: int) -> Addition:
    """Djibouti francs put into the float that pays."""
    money = djf(amount)
    paid_in = entry(
        "funded",
        debits=[(accounts.float_at("dmoney", DJF), money)],
        credits_=[(accounts.capital(DJF), money)],
    )
    return Addition("funding:dmoney", (paid_in,), NOON)


def test_a_quote_is_read_as_it_was_offered(store: Store, run: Run) -> None:
    plain, changed = a_quote(), replace(a_quote(), price=ABROAD)
    assert run(store.record([QuoteOffer(plain), QuoteOffer(changed)])) == [Saved(), Saved()]

    assert run(quotes.find(store, changed.id, merchant=MERCHANT)) == changed
    found, _ = run(quotes.page(store, merchant=MERCHANT, part=Page()))
    assert found == [changed, plain]
    assert str(found[0].price.conversion.rate) == "0.2500"  # type: ignore[union-attr]


def test_a_transfer_keeps_its_price_from_its_first_step_to_its_last(store: Store, run: Run) -> None:
    opened = abroad()
    debited = making.debited(opened)
    credited = making.advance(debited.movement, LegKind.CREDIT, Succeeded("D1", djf(2_000)))
    run(store.record([funded(2_000), making.opening(opened)]))

    assert run(movements.get(store, opened.id)) == making.as_stored(opened)
    for step in (debited, credited):
        assert run(store.record([step])) == [Saved()]
        assert run(movements.get(store, opened.id)) == making.as_stored(step.movement)
    assert run(ledger.unbalanced(store)) == []
    assert run(ledger.drifted(store)) == []
    held = {line.account.name: line.natural for line in run(ledger.balances(store))}
    assert (held["liquidity:XOF"], held["liquidity:DJF"]) == (8_000, -2_000)
    assert held["float:dmoney"] == 0


def test_a_float_of_another_currency_that_is_too_low_refuses_the_transfer(
    store: Store, run: Run
) -> None:
    """I-09: 1 999 DJF are fewer than 2 000, however many francs CFA there are."""
    opened = abroad()
    needs = transfer.needs(opened)

    run(store.record([funded(1_999), making.funding(9_000_000, operator="tmoney")]))
    [verdict] = run(store.record([Opening(opened, 1, needs, (transfer.opening_entry(opened),))]))

    assert verdict == NotCovered(needs[0])


def test_a_quote_older_than_conversions_is_still_read(
    new_store: NewStore,
    run: Run,
    engine: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = migrations_for(engine)
    place = [migration.name for migration in known].index("converted_quotes")
    with monkeypatch.context() as before:
        before.setattr(f"cross.storage.{engine}.migrations_for", lambda _: known[:place])
        store = new_store()
        run(store.open())
        run(store.close())
    if engine == "sqlite":
        file = apsw.Connection(str(request.getfixturevalue("tmp_path") / "cross.db"))
        file.execute(OLD_QUOTE)
        file.close()
    else:
        with psycopg.connect(request.getfixturevalue("schema_url"), autocommit=True) as server:
            server.execute(OLD_QUOTE)

    store = new_store()
    run(store.open())
    found = run(quotes.find(store, "qt_old", merchant=MERCHANT))
    run(store.close())

    assert found is not None
    assert (found.price.debit, found.price.credit) == (xof(5_050), xof(5_000))
    assert found.price.conversion is None


def test_a_transfer_older_than_conversions_is_still_read(store: Store, run: Run) -> None:
    """What was written without the key `conversion` had none; so it is written to this day."""
    opened = a_transfer()
    run(store.record([Opening(opened, 1)]))
    [(kept,)] = run(store.rows("SELECT terms FROM movements", {}))

    assert "conversion" not in kept
    assert run(movements.get(store, opened.id)) == opened
