"""An entry that does not balance cannot be built (I-01)."""

import pytest

from cross.domain import accounts
from cross.domain.accounts import AccountKind
from cross.domain.ledger import JournalEntry, Posting, entry
from cross.domain.money import DJF, XOF, djf, xof

FLOAT = accounts.float_at("tmoney", XOF)
TRANSIT = accounts.in_transit(XOF)
FEES = accounts.fees_earned(XOF)


def test_an_entry_that_balances_is_built_and_sums_to_zero() -> None:
    built = entry("debit.succeeded", debits=[(FLOAT, xof(5))], credits_=[(TRANSIT, xof(5))])

    assert sum(amount for _, amount in built.signed) == 0


@pytest.mark.parametrize(
    ("debits", "credits_"),
    [
        ((Posting(FLOAT, xof(5)),), (Posting(TRANSIT, xof(4)),)),
        ((Posting(FLOAT, xof(5)),), ()),
        ((), ()),
        (
            (Posting(FLOAT, xof(5)),),
            (Posting(accounts.in_transit(DJF), djf(5)),),
        ),
    ],
)
def test_an_entry_that_does_not_balance_in_each_currency_is_not_built(
    debits: tuple[Posting, ...], credits_: tuple[Posting, ...]
) -> None:
    with pytest.raises(ValueError, match="unbalanced"):
        JournalEntry("wrong", debits, credits_)


def test_a_line_of_nothing_is_left_out() -> None:
    built = entry("free", debits=[(FLOAT, xof(5))], credits_=[(TRANSIT, xof(5)), (FEES, xof(0))])

    assert len(built.credits) == 1


@pytest.mark.parametrize(
    "line", [Posting(FLOAT, djf(5)), Posting(FLOAT, xof(0)), Posting(TRANSIT, djf(5))]
)
def test_no_entry_has_a_line_of_another_currency_than_its_accounts_or_of_nothing(
    line: Posting,
) -> None:
    other = Posting(accounts.in_transit(line.money.currency), line.money)
    for debits, credits_ in (((line,), (other,)), ((other,), (line,))):
        with pytest.raises(ValueError, match="cannot post"):
            JournalEntry("wrong", debits, credits_)


def test_a_merchants_accounts_are_its_own() -> None:
    account = accounts.available_to("mer_1", XOF)

    assert account.merchant == "mer_1"
    assert account.kind is AccountKind.LIABILITY
