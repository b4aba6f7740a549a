"""Settlements: what a period left a merchant is paid once, and adds up to the ledger."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cross.capacity import Capacity
from cross.domain.admission_refusals import AcceptanceUnknown
from cross.domain.errors import AmountOutOfRange, BalanceTooLow, StillBeingAccepted
from cross.domain.money import XOF, Money
from cross.domain.settlement import (
    NoSettlementWallet,
    NothingToSettle,
    Schedule,
    Settlement,
    SettlementNotPayable,
    SettlementOpen,
    SettlementTerms,
    Status,
)
from cross.storage.store import Opening
from cross.switch import settlements
from tests.api.conftest import till_in
from tests.api.till import COLLECTION, PAYOUT, Till
from tests.conftest import NewStore
from tests.world import MERCHANT, wallet

OWN = wallet("tmoney", "+22890112299")
AVAILABLE = f"available:{MERCHANT}:XOF"


@pytest.fixture
def either(new_store: NewStore, tmp_path: Path) -> Iterator[Till]:
    """A till on each engine, whose merchant is paid to its wallet."""
    with till_in(tmp_path, store=new_store()) as till:
        till.run(settlements.set_terms(till.switch, MERCHANT, XOF, SettlementTerms(OWN)))
        yield till


def paid(till: Till, settlement: str) -> Any:
    till.run(settlements.pay(till.switch, settlement))
    till.at_rest()
    return till.run(settlements.get(till.switch, settlement))


def prepared(till: Till) -> Any:
    return till.run(settlements.prepare(till.switch, MERCHANT, XOF))


async def by_bank(till: Till, settlement: str, reference: str = "VIR-1") -> Any:
    return await settlements.paid_by_bank(till.switch, settlement, reference)


async def ledger_of(till: Till, after: int, upto: int) -> int:
    """The sum of the postings on the merchant's account, as the ledger has it."""
    found = await till.switch.store.rows(
        "SELECT coalesce(sum(-p.amount), 0) FROM postings p JOIN accounts a ON a.id = p.account"
        " WHERE a.name = :name AND p.entry > :after AND p.entry <= :upto",
        {"name": AVAILABLE, "after": after, "upto": upto},
    )
    return int(found[0][0])


def test_what_it_covers_adds_up_to_the_ledger_period_after_period(either: Till) -> None:
    for _ in range(3):
        either.post("/v1/collections", COLLECTION)
        either.at_rest()  # a payer is asked for one at a time
    either.post("/v1/payouts", PAYOUT)
    either.post("/v1/payouts", {**PAYOUT, "msisdn": "90112214"})  # refused: given back
    either.at_rest()
    first = prepared(either)
    done = either.run(by_bank(either, first.id))
    either.post("/v1/collections", COLLECTION)
    either.at_rest()
    second = prepared(either)

    assert done.status is Status.PAID
    covered = {line.kind: (line.movements, line.amount) for line in first.covers}
    assert covered["collection"] == (3, 15_000)
    assert covered["payout"] == (2, -5_000)
    assert second.after_entry == first.last_entry
    assert second.amount == Money(5_000, XOF)
    for one in (first, second):
        moved = sum(line.amount for line in one.covers)
        assert either.run(ledger_of(either, one.after_entry, one.last_entry)) == moved
        assert one.opening + moved == one.amount.amount
    balances = either.run(either.world.balances())
    assert balances["bank:XOF"] == -first.amount.amount
    assert balances[AVAILABLE] == 5_000
    either.run(either.world.assert_in_agreement())


def test_it_is_paid_to_the_wallet_once_however_often_it_is_asked(either: Till) -> None:
    """F-H05, I-27."""
    either.run(by_bank(either, prepared(either).id))
    either.post("/v1/collections", COLLECTION)
    either.at_rest()
    one = prepared(either)

    async def both() -> list[Any]:
        work = (settlements.pay(either.switch, one.id) for _ in range(5))
        return await asyncio.gather(*work, return_exceptions=True)

    said = either.run(both())
    either.at_rest()
    found = either.run(settlements.get(either.switch, one.id))

    assert all(isinstance(each, SettlementNotPayable) or each.payout for each in said)
    assert (found.status, found.method) == (Status.PAID, "wallet")
    credited = [m for m in either.world.simulators.journal.find() if m.msisdn == "22890112299"]
    assert [m.amount for m in credited] == [5_000]
    payout = either.get(f"/v1/payouts/{found.payout}").content
    assert (payout["reference"], payout["fee"]["amount"]) == (f"settlement-{one.id}", 0)
    with pytest.raises(SettlementNotPayable):
        either.run(by_bank(either, one.id))
    either.run(either.world.assert_in_agreement())


def test_a_refused_payout_may_be_paid_again_and_by_bank_too(either: Till) -> None:
    either.run(by_bank(either, prepared(either).id))
    either.post("/v1/collections", COLLECTION)
    either.at_rest()
    refusing = SettlementTerms(wallet("tmoney", "+22890112214"))
    either.run(settlements.set_terms(either.switch, MERCHANT, XOF, refusing))
    one = prepared(either)

    assert paid(either, one.id).status is Status.FAILED
    assert paid(either, one.id).attempt == 2
    assert either.run(by_bank(either, one.id)).status is Status.PAID
    again = either.run(by_bank(either, one.id))
    assert again.bank_reference == "VIR-1"
    with pytest.raises(SettlementNotPayable):
        either.run(by_bank(either, one.id, "VIR-2"))
    assert either.run(either.world.balances())["bank:XOF"] == -50_000_000 * 2 - 5_000
    either.run(either.world.assert_in_agreement())


def test_one_that_is_being_paid_by_bank_is_not_paid_to_the_wallet_too(
    either: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its payout had failed; the process ends between the choice of the bank and the entry."""
    refusing = SettlementTerms(wallet("tmoney", "+22890112214"))
    either.run(by_bank(either, prepared(either).id))
    for _ in range(2):
        either.post("/v1/collections", COLLECTION)
    either.at_rest()
    either.run(settlements.set_terms(either.switch, MERCHANT, XOF, refusing))
    one = prepared(either)
    assert paid(either, one.id).status is Status.FAILED
    either.post("/v1/collections", COLLECTION)
    either.post("/v1/collections", COLLECTION)
    either.at_rest()

    def dies(*given: object, **named: object) -> None:
        raise RuntimeError(given, named)

    with monkeypatch.context() as patched:
        patched.setattr(settlements, "Addition", dies)
        with pytest.raises(RuntimeError):
            either.run(by_bank(either, one.id))
    either.run(settlements.set_terms(either.switch, MERCHANT, XOF, SettlementTerms(OWN)))
    assert either.run(settlements.get(either.switch, one.id)).status is Status.PAYING
    for work in (settlements.pay, settlements.cancel):
        with pytest.raises(SettlementNotPayable):
            either.run(work(either.switch, one.id))
    assert either.run(by_bank(either, one.id)).status is Status.PAID
    either.run(either.world.assert_in_agreement())


def test_one_that_a_process_left_before_its_payout_is_paid_by_the_next_that_looks(
    either: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-P01: the wallet was chosen, and nothing asked for; without it no day is settled again."""
    either.run(by_bank(either, prepared(either).id))
    either.post("/v1/collections", COLLECTION)
    either.at_rest()
    daily = SettlementTerms(OWN, schedule=Schedule.DAILY)
    either.run(settlements.set_terms(either.switch, MERCHANT, XOF, daily))
    one = prepared(either)

    async def dies(*given: object) -> None:
        raise RuntimeError(given)

    with monkeypatch.context() as patched:
        patched.setattr(settlements, "_pay_out", dies)
        with pytest.raises(RuntimeError):
            either.run(settlements.pay(either.switch, one.id))
    for _ in range(2):
        either.run(settlements.run_daily(either.switch))
        either.at_rest()
    assert either.run(settlements.get(either.switch, one.id)).status is Status.PAID
    credited = [m for m in either.world.simulators.journal.find() if m.msisdn == "22890112299"]
    assert [m.amount for m in credited] == [5_000]


def test_a_payout_that_is_still_being_accepted_is_no_refusal_and_frees_nothing(
    either: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-H05, I-27: who asks beside silent books is told to wait; it is paid once all the same."""
    either.run(by_bank(either, prepared(either).id))
    either.post("/v1/collections", COLLECTION)
    either.at_rest()
    one = prepared(either)
    impatient = Capacity(answer_seconds_max=0.05, writes_seconds_max=30.0)
    settings = replace(either.switch.settings, capacity=impatient)
    monkeypatch.setattr(either.switch, "settings", settings)
    record, let_go = either.switch.recorder.record, asyncio.Event()

    async def silent(write: Any) -> Any:
        if isinstance(write, Opening):
            await let_go.wait()
        return await record(write)

    async def twice_beside_silent_books() -> Settlement:
        with pytest.raises(AcceptanceUnknown):
            await settlements.pay(either.switch, one.id)
        with pytest.raises(StillBeingAccepted):
            await settlements.pay(either.switch, one.id)
        meanwhile = await settlements.get(either.switch, one.id)
        let_go.set()
        return meanwhile

    monkeypatch.setattr(either.switch.recorder, "record", silent)
    meanwhile = either.run(twice_beside_silent_books())
    either.at_rest()

    assert (meanwhile.status, meanwhile.method) == (Status.PAYING, "wallet")
    assert either.run(settlements.get(either.switch, one.id)).status is Status.PAID
    credited = [m for m in either.world.simulators.journal.find() if m.msisdn == "22890112299"]
    assert [m.amount for m in credited] == [5_000]
    either.run(either.world.assert_in_agreement())


def test_while_a_payout_is_under_way_nothing_else_pays_whatever_was_written_since(
    either: Till,
) -> None:
    one = replace(prepared(either), attempt=1, payout="po_1", payout_status="unknown")
    assert (one.method, one.status) == (None, Status.PAYING)


def test_what_the_merchant_has_spent_since_is_not_paid(either: Till) -> None:
    one = prepared(either)
    either.post("/v1/payouts", PAYOUT)
    either.at_rest()

    with pytest.raises(BalanceTooLow):
        either.run(by_bank(either, one.id))
    assert either.run(settlements.get(either.switch, one.id)).status is Status.PREPARED
    assert "bank:XOF" not in either.run(either.world.balances())
    assert either.run(settlements.cancel(either.switch, one.id)).status is Status.CANCELED
    assert prepared(either).amount == Money(one.amount.amount - 5_000, XOF)


def test_one_that_is_not_paid_keeps_the_next_from_covering_the_same(either: Till) -> None:
    async def both() -> list[Any]:
        work = (settlements.prepare(either.switch, MERCHANT, XOF) for _ in range(5))
        return await asyncio.gather(*work, return_exceptions=True)

    said = either.run(both())
    made = [one for one in said if not isinstance(one, SettlementOpen)]
    assert len(made) == 1
    assert {one.existing_id for one in said if isinstance(one, SettlementOpen)} == {made[0].id}
    assert either.run(by_bank(either, made[0].id)).status is Status.PAID
    with pytest.raises(NothingToSettle):
        prepared(either)


def test_without_a_wallet_or_above_what_it_takes_nothing_is_begun(either: Till) -> None:
    one = prepared(either)
    with pytest.raises(AmountOutOfRange):
        either.run(settlements.pay(either.switch, one.id))  # 100 million at once
    assert either.run(settlements.get(either.switch, one.id)).status is Status.PREPARED
    either.run(settlements.set_terms(either.switch, MERCHANT, XOF, SettlementTerms()))
    with pytest.raises(NoSettlementWallet):
        either.run(settlements.pay(either.switch, one.id))


def test_a_daily_settlement_is_made_once_a_day_by_whoever_looks(either: Till) -> None:
    """F-H05: a second scheduler, and a second look, find nothing to do."""
    either.run(by_bank(either, prepared(either).id))
    either.post("/v1/collections", COLLECTION)
    either.at_rest()
    daily = SettlementTerms(OWN, schedule=Schedule.DAILY, minimum=1_000)
    either.run(settlements.set_terms(either.switch, MERCHANT, XOF, daily))
    either.run(settlements.run_daily(either.switch))
    assert len(either.get("/v1/settlements").content["data"]) == 1  # one today already

    now = either.switch.clock
    either.switch.clock = lambda: now() + timedelta(days=1)

    async def twice() -> None:
        await asyncio.gather(*(settlements.run_daily(either.switch) for _ in range(3)))

    either.run(twice())
    either.at_rest()
    newest = either.get("/v1/settlements").content["data"][0]
    assert (newest["status"], newest["amount"], newest["method"]) == ("paid", 5_000, "wallet")
    assert len(either.get("/v1/settlements").content["data"]) == 2
    assert either.get(f"/v1/settlements/{newest['id']}").content == newest
    stranger = either.another("mer_01JSTRANGERSTRANGERSTRANGE")
    assert stranger.get(f"/v1/settlements/{newest['id']}").refuses(404, "not_found")
    assert stranger.get("/v1/settlements").content["data"] == []
