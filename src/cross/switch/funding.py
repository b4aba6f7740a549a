"""Funding: what the house or a merchant paid into a float, booked once for each name."""

from cross.domain import accounts
from cross.domain.ledger import JournalEntry, entry
from cross.domain.money import Money
from cross.storage.store import Addition, Saved
from cross.switch.switch import Switch


async def fund_float(switch: Switch, operator: str, money: Money, *, name: str) -> bool:
    """Books the house's own money at an operator; False where this name was booked before."""
    currency = switch.profile(operator).currency
    paid_in = entry(
        "funded",
        debits=[(accounts.float_at(operator, currency), money)],
        credits_=[(accounts.capital(currency), money)],
    )
    return await _book(switch, f"funding:{operator}:{name}", paid_in)


async def fund_merchant(
    switch: Switch, merchant: str, operator: str, money: Money, *, name: str
) -> bool:
    """Books a merchant's deposit into a float; False where this name was booked before."""
    currency = switch.profile(operator).currency
    paid_in = entry(
        "deposited",
        debits=[(accounts.float_at(operator, currency), money)],
        credits_=[(accounts.available_to(merchant, currency), money)],
    )
    return await _book(switch, f"deposit:{merchant}:{operator}:{name}", paid_in)


async def _book(switch: Switch, name: str, paid_in: JournalEntry) -> bool:
    verdict = await switch.recorder.record(Addition(name, (paid_in,), switch.clock()))
    return verdict == Saved(fresh=True)
