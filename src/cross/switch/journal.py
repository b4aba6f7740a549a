"""The journal as a merchant sees it: its own accounts, and every entry that concerns it."""

from collections.abc import Sequence

from cross.storage import ledger
from cross.storage.ledger import AccountBalance, StoredEntry
from cross.storage.pages import Page
from cross.switch.switch import Switch


async def accounts(switch: Switch, merchant: str) -> Sequence[AccountBalance]:
    """The merchant's accounts with their balances, by name."""
    return await ledger.balances(switch.store, merchant=merchant)


async def entries(
    switch: Switch,
    merchant: str,
    *,
    account: str | None = None,
    movement: str | None = None,
    part: Page,
) -> tuple[Sequence[StoredEntry], bool]:
    """A page of whole entries, newest first, and whether there are more."""
    return await ledger.entries(
        switch.store, part=part, merchant=merchant, account=account, movement=movement
    )
