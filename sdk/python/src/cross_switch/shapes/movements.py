"""Movements of money: transfers, collections, payouts, refunds, and their prices."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from cross_switch.reading import Thing
from cross_switch.shapes.parts import (
    Amount,
    ApproveOnPhone,
    Attention,
    Failure,
    Rate,
    Redirect,
    Text,
    Wallet,
    Warned,
)

LegStatus: TypeAlias = Literal["planned", "sent", "pending", "unknown", "succeeded", "failed"]
TransferStatus: TypeAlias = Literal[
    "debiting", "crediting", "completed", "failed", "refunding", "refunded"
]
CollectionStatus: TypeAlias = Literal[
    "pending", "unknown", "succeeded", "failed", "expired", "canceled"
]
PayoutStatus: TypeAlias = Literal[
    "queued", "sending", "pending", "unknown", "succeeded", "failed", "canceled"
]


@dataclass(frozen=True, kw_only=True)
class Price(Thing):
    """What the payer pays, what the recipient gets, and the fee between."""

    debit: Amount
    credit: Amount
    fee: Amount
    rate: Rate | None


@dataclass(frozen=True, kw_only=True)
class TransferPrice(Price):
    """The price of a transfer; `id` is the quote's where one was used."""

    id: str | None


@dataclass(frozen=True, kw_only=True)
class Quote(Price):
    """A price held until `expires_at` for one transfer."""

    id: str
    object: Literal["quote"]
    livemode: bool
    source: Wallet
    destination: Wallet
    warnings: tuple[Warned, ...]
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Leg(Thing):
    """One request to one operator."""

    operator: str
    msisdn: str | None
    amount: int
    currency: str
    status: LegStatus
    operator_reference: str | None
    failure: Failure | None


@dataclass(frozen=True, kw_only=True)
class Movement(Thing):
    """What transfers, collections, payouts and refunds have in common."""

    id: str
    livemode: bool
    outcome_unknown: bool
    reference: str | None
    description: str
    metadata: Text
    customer: str | None
    failure: Failure | None
    needs_attention: bool
    attention: Attention | None
    warnings: tuple[Warned, ...]
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Transfer(Movement):
    """From a wallet at one operator to a wallet at another."""

    object: Literal["transfer"]
    status: TransferStatus
    quote: TransferPrice
    debit: Leg
    credit: Leg
    refund: Leg | None
    next_action: Redirect | None


@dataclass(frozen=True, kw_only=True)
class Collection(Movement):
    """From a payer's wallet to the merchant."""

    object: Literal["collection"]
    status: CollectionStatus
    amount: int
    currency: str
    fee: Amount
    operator: str
    msisdn: str | None
    operator_reference: str | None
    return_url: str | None
    cancel_url: str | None
    next_action: ApproveOnPhone | Redirect | None


@dataclass(frozen=True, kw_only=True)
class Payout(Movement):
    """From the merchant to a payee's wallet."""

    object: Literal["payout"]
    status: PayoutStatus
    amount: int
    currency: str
    fee: Amount
    operator: str
    msisdn: str
    operator_reference: str | None


@dataclass(frozen=True, kw_only=True)
class Refund(Movement):
    """A collection given back to its payer, whole or in part."""

    object: Literal["refund"]
    status: PayoutStatus
    collection: str
    amount: int
    currency: str
    fee: Amount
    operator: str
    msisdn: str | None
    operator_reference: str | None
