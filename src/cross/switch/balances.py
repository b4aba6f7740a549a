"""Balances: what a merchant has in each currency, and what of it is spoken for."""

from collections.abc import Sequence
from dataclasses import dataclass

from cross.domain import accounts
from cross.domain.money import Currency
from cross.storage import ledger
from cross.switch.switch import Switch


@dataclass(frozen=True, slots=True)
class MerchantBalance:
    """A merchant's money in one currency, in its smallest unit.

    `pending` is money of the merchant that it may not pay out yet. What an open collection may
    bring is the payer's until the operator says otherwise; so there is none before settlement.
    """

    currency: Currency
    available: int
    pending: int
    reserved: int


async def of_merchant(switch: Switch, merchant: str) -> Sequence[MerchantBalance]:
    """One balance for each currency that an operator of this switch keeps, or that was used."""
    found = await ledger.balances(switch.store, merchant=merchant)
    amounts = {balance.account: balance.natural for balance in found}
    currencies = {profile.currency.code: profile.currency for profile in switch.profiles.values()}
    currencies |= {account.currency.code: account.currency for account in amounts}
    return [
        MerchantBalance(
            currency,
            available=amounts.get(accounts.available_to(merchant, currency), 0),
            pending=0,
            reserved=amounts.get(accounts.reserved_for(merchant, currency), 0),
        )
        for currency in currencies.values()
    ]
