"""What a transfer between two currencies does to the books, answer by answer."""

from collections import Counter
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from cross.domain import accounts, transfer
from cross.domain.accounts import AccountKind
from cross.domain.conversion import Rate
from cross.domain.errors import FeeExceedsAmount
from cross.domain.fees import Band, FeeSchedule
from cross.domain.ledger import JournalEntry
from cross.domain.leg import LegKind
from cross.domain.money import DJF, XOF, Money, djf, xof
from cross.domain.movement import Movement
from cross.domain.operator import LookUp, RefusalCode, Refused, Succeeded
from cross.domain.quote import Fixed
from tests.domain.conversions import RATES, back, price, rate
from tests.domain.conversions import transfer as transfer_at
from tests.domain.movements import step
from tests.domain.test_fees import ALWAYS, ONE_PERCENT

NO = Refused(RefusalCode.WALLET_BLOCKED, "1006", "blocked")
ABROAD = price(djf(2_000), at=rate("0.25", margin_bp=200), schedule=ONE_PERCENT)


def story(movement: Movement, *answers: tuple[LegKind, LookUp]) -> list[JournalEntry]:
    """All that is booked when these answers come."""
    entries = [transfer.opening_entry(movement)]
    for kind, answer in answers:
        decided = step(movement, kind, answer)
        movement = decided.movement
        entries += decided.entries
    return entries


def booked(entries: Iterable[JournalEntry]) -> dict[tuple[str, str], int]:
    found: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        for account, amount in entry.signed:
            found[account.name, account.currency.code] += amount
    return {place: amount for place, amount in found.items() if amount}


def assert_balanced_in_each_currency(entries: Iterable[JournalEntry]) -> None:
    """I-01."""
    for entry in entries:
        sums: Counter[str] = Counter()
        for account, amount in entry.signed:
            sums[account.currency.code] += amount
        assert not any(sums.values()), entry


def test_the_float_that_will_pay_is_reserved_in_its_own_currency() -> None:
    """I-09."""
    opened = transfer_at(ABROAD)

    assert booked([transfer.opening_entry(opened)]) == {
        ("reserved:dmoney", "DJF"): 2_000,
        ("promises:dmoney", "DJF"): -2_000,
    }
    (need,) = transfer.needs(opened)
    assert (need.holds, need.promised, need.money) == (
        accounts.float_at("dmoney", DJF),
        accounts.reserved_at("dmoney", DJF),
        djf(2_000),
    )


def test_what_is_collected_is_the_payers_until_the_credit_succeeds() -> None:
    debit = (LegKind.DEBIT, Succeeded("T1", xof(8_246)))
    found = booked(story(transfer_at(ABROAD), debit))

    assert found["in_transit:XOF", "XOF"] == -8_246
    assert not [name for name, _ in found if name.startswith(("liquidity", "fx_margin", "fees"))]


def test_a_transfer_that_completes_conversions_and_earns_fee_and_margin() -> None:
    entries = story(
        transfer_at(ABROAD),
        (LegKind.DEBIT, Succeeded("T1", xof(8_246))),
        (LegKind.CREDIT, Succeeded("D1", djf(2_000))),
    )

    assert_balanced_in_each_currency(entries)
    assert booked(entries) == {
        ("float:tmoney", "XOF"): 8_246,
        ("liquidity:XOF", "XOF"): -8_000,
        ("fx_margin:XOF", "XOF"): -163,
        ("fees:XOF", "XOF"): -81,
        ("rounding:XOF", "XOF"): -2,
        ("float:dmoney", "DJF"): -2_000,
        ("liquidity:DJF", "DJF"): 2_000,
    }
    assert all(len({p.account for p in e.debits + e.credits}) == len(e.signed) for e in entries)


def test_a_refused_credit_leaves_nothing_but_what_the_payer_has_back() -> None:
    """I-07: no conversion was made, so none is undone."""
    entries = story(
        transfer_at(ABROAD),
        (LegKind.DEBIT, Succeeded("T1", xof(8_246))),
        (LegKind.CREDIT, NO),
        (LegKind.REFUND, Succeeded("T2", xof(8_246))),
    )

    assert_balanced_in_each_currency(entries)
    assert booked(entries) == {}


def test_the_refund_is_all_that_was_paid_in_the_payers_currency() -> None:
    debited = step(transfer_at(ABROAD), LegKind.DEBIT, Succeeded("T1")).movement
    refund = step(debited, LegKind.CREDIT, NO).movement.leg(LegKind.REFUND)

    assert (refund.operator, refund.money) == ("tmoney", xof(8_246))


def test_a_credit_found_after_all_waits_in_suspense_in_its_own_currency() -> None:
    """I-25."""
    debited = step(transfer_at(ABROAD), LegKind.DEBIT, Succeeded("T1")).movement
    refunding = step(debited, LegKind.CREDIT, NO).movement
    late = step(refunding, LegKind.CREDIT, Succeeded("D1"))

    assert booked(late.entries) == {
        ("suspense:DJF", "DJF"): 2_000,
        ("float:dmoney", "DJF"): -2_000,
    }


def test_a_transfer_back_takes_the_position_back() -> None:
    there, home = price(djf(10_000), at=rate(margin_bp=0)), price(djf(10_000), at=back())
    assert there.conversion is not None
    found = booked(
        entry
        for cost in (there, home)
        for entry in story(
            transfer_at(cost),
            (LegKind.DEBIT, Succeeded("1")),
            (LegKind.CREDIT, Succeeded("2")),
        )
    )

    assert found["fx_margin:DJF", "DJF"] == -150
    assert found["liquidity:DJF", "DJF"] == 10_000 - 9_850  # what it sold, less what it bought
    assert found["liquidity:XOF", "XOF"] == home.credit.amount - there.conversion.worth.amount


def test_positions_are_equity_and_margins_income() -> None:
    assert accounts.liquidity(XOF).kind is AccountKind.EQUITY
    assert accounts.fx_margin(XOF).kind is AccountKind.INCOME


COMPLETED: list[tuple[LegKind, LookUp]] = [(LegKind.CREDIT, Succeeded("2"))]
REFUNDED: list[tuple[LegKind, LookUp]] = [(LegKind.CREDIT, NO), (LegKind.REFUND, Succeeded("3"))]


@given(
    of=RATES,
    amount=st.integers(1, 10**9),
    fixed=st.sampled_from(Fixed),
    flat=st.integers(0, 200),
    ending=st.sampled_from([COMPLETED, REFUNDED]),
)
def test_every_entry_balances_in_each_currency_whatever_the_price(
    of: Rate, amount: int, fixed: Fixed, flat: int, ending: list[tuple[LegKind, LookUp]]
) -> None:
    """I-01, I-02: what the floats moved is what the wallets did, and nothing else is left."""
    asked = Money(amount, of.destination if fixed is Fixed.CREDIT else of.source)
    ends = Money(1, of.source), Money(10**15, of.source)
    schedule = FeeSchedule("any", (Band(*ends, Money(flat, of.source), 77),), ALWAYS)
    try:
        cost = price(asked, at=of, schedule=schedule, fixed=fixed)
    except FeeExceedsAmount:
        return
    opened = transfer_at(cost)
    entries = story(opened, (LegKind.DEBIT, Succeeded("1")), *ending)

    assert_balanced_in_each_currency(entries)
    found = booked(entries)
    if ending is REFUNDED:
        assert found == {}
        return
    taken, given = opened.leg(LegKind.DEBIT), opened.leg(LegKind.CREDIT)
    assert found.pop((f"float:{taken.operator}", of.source.code)) == taken.money.amount
    assert found.pop((f"float:{given.operator}", of.destination.code)) == -given.money.amount
    assert found.pop((f"liquidity:{of.destination}", of.destination.code)) == given.money.amount
    assert {name.partition(":")[0] for name, _ in found} <= {
        *("liquidity", "fees", "fx_margin", "rounding")
    }
    assert all(amount < 0 for amount in found.values())
