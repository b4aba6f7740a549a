"""Customers: who a merchant's payers and payees are, with their wallets at several operators."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cross.domain.quote import WalletAt

WALLETS_MAX: Final = 10
"""More than one person has; ASSUMED, api.md names no number."""


@dataclass(frozen=True, slots=True)
class About:
    """What a merchant says of a customer, and may say anew.

    `reference` is the merchant's own and names one customer. A wallet may be several customers'
    of one merchant: it tells nothing by itself, and links no movement.
    """

    name: str
    email: str | None = None
    reference: str | None = None
    wallets: tuple[WalletAt, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Customer:
    """A merchant's customer; `version` rises by one with every change."""

    id: str
    merchant: str
    livemode: bool
    version: int
    about: About
    created_at: datetime
    updated_at: datetime
