"""Ledger accounts: where money is, whose it is, and which way each kind of account grows."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from cross.domain.money import Currency


class AccountKind(StrEnum):
    """What an account says; assets and memoranda grow by debits, the others by credits."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EQUITY = "equity"
    MEMORANDUM = "memorandum"


@dataclass(frozen=True, slots=True)
class Account:
    """A ledger account, named for what it holds; `merchant` is None for the house's own."""

    name: str
    kind: AccountKind
    currency: Currency
    merchant: str | None = None

    def __str__(self) -> str:
        return self.name


@cache
def float_at(operator: str, currency: Currency) -> Account:
    """Our money in our own wallet at an operator."""
    return Account(f"float:{operator}", AccountKind.ASSET, currency)


@cache
def reserved_at(operator: str, currency: Currency) -> Account:
    """How much of a float is promised to movements accepted and not yet paid out."""
    return Account(f"reserved:{operator}", AccountKind.MEMORANDUM, currency)


@cache
def promises_at(operator: str, currency: Currency) -> Account:
    """The other side of `reserved_at`, so that a reservation is a balanced entry."""
    return Account(f"promises:{operator}", AccountKind.MEMORANDUM, currency)


@cache
def in_transit(currency: Currency) -> Account:
    """Collected from a payer and not yet paid out to the recipient: owed to one of them."""
    return Account(f"in_transit:{currency}", AccountKind.LIABILITY, currency)


@cache
def fees_earned(currency: Currency) -> Account:
    """What the fee schedule yields, without what rounding adds."""
    return Account(f"fees:{currency}", AccountKind.INCOME, currency)


@cache
def rounding(currency: Currency) -> Account:
    """Where every rounding remainder of a fee or a conversion goes, and nothing else (I-10)."""
    return Account(f"rounding:{currency}", AccountKind.INCOME, currency)


@cache
def fx_margin(currency: Currency) -> Account:
    """What conversions earn: the margin between the mid rate and the payer's."""
    return Account(f"fx_margin:{currency}", AccountKind.INCOME, currency)


@cache
def liquidity(currency: Currency) -> Account:
    """The house's position in a currency: what conversions brought in, or, below 0, took out.

    Equity, as `capital` is: both say what of the floats in that currency is the house's own.
    """
    return Account(f"liquidity:{currency}", AccountKind.EQUITY, currency)


@cache
def suspense(currency: Currency) -> Account:
    """Money whose owner or fate is not known: a person decides."""
    return Account(f"suspense:{currency}", AccountKind.LIABILITY, currency)


@cache
def capital(currency: Currency) -> Account:
    """What the house itself paid into the floats."""
    return Account(f"capital:{currency}", AccountKind.EQUITY, currency)


@cache
def bank(currency: Currency) -> Account:
    """The house's bank account: below 0 is what it paid out of it for merchants."""
    return Account(f"bank:{currency}", AccountKind.ASSET, currency)


@cache
def loss(currency: Currency) -> Account:
    """What was paid away and cannot be got back: below 0, as income that was lost."""
    return Account(f"loss:{currency}", AccountKind.INCOME, currency)


@cache
def operator_fees(currency: Currency) -> Account:
    """What operators took for themselves, as their statements say: below 0."""
    return Account(f"operator_fees:{currency}", AccountKind.INCOME, currency)


@lru_cache(maxsize=4096)
def available_to(merchant: str, currency: Currency) -> Account:
    """What a merchant may pay out."""
    return Account(f"available:{merchant}:{currency}", AccountKind.LIABILITY, currency, merchant)


@lru_cache(maxsize=4096)
def reserved_for(merchant: str, currency: Currency) -> Account:
    """A merchant's money set aside for payouts accepted and not yet final."""
    return Account(f"reserved:{merchant}:{currency}", AccountKind.LIABILITY, currency, merchant)
