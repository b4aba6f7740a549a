"""Settlements: what the merchant is paid of its balance."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cross_switch.reading import Thing


@dataclass(frozen=True, kw_only=True)
class SettlementCovers(Thing):
    """What one kind of movement did to the balance in the period."""

    kind: Literal["collection", "payout", "refund", "transfer", "settlement", "other"]
    movements: int
    amount: int
    fees: int


@dataclass(frozen=True, kw_only=True)
class Settlement(Thing):
    """What a period left; `opening_balance` and the amounts of `covers` add up to `amount`."""

    id: str
    object: Literal["settlement"]
    livemode: bool
    merchant: str
    status: Literal["prepared", "paying", "paid", "failed", "canceled"]
    amount: int
    currency: str
    opening_balance: int
    covers: tuple[SettlementCovers, ...]
    period_from: datetime | None
    period_to: datetime
    method: Literal["wallet", "bank"] | None
    payout: str | None
    bank_reference: str | None
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None
