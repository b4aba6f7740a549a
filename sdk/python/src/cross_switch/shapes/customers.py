"""Customers: a merchant's payers and payees."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cross_switch.reading import Thing
from cross_switch.shapes.parts import Text, Wallet


@dataclass(frozen=True, kw_only=True)
class Customer(Thing):
    """A payer or payee, with wallets at several operators."""

    id: str
    object: Literal["customer"]
    livemode: bool
    name: str
    email: str | None
    reference: str | None
    wallets: tuple[Wallet, ...]
    metadata: Text
    created_at: datetime
    updated_at: datetime
