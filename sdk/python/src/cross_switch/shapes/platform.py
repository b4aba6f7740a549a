"""Operators, balances and the books."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cross_switch.reading import Thing
from cross_switch.shapes.parts import Amount, Sentences


@dataclass(frozen=True, kw_only=True)
class Limits(Thing):
    """The least and the most that one operation moves."""

    least: Amount
    most: Amount


@dataclass(frozen=True, kw_only=True)
class FeeBand(Thing):
    """The fee of principals from `least` to `most`: so much, and basis points, up to `cap`."""

    least: Amount
    most: Amount
    fixed: Amount
    basis_points: int
    cap: Amount | None


@dataclass(frozen=True, kw_only=True)
class Fees(Thing):
    """A fee schedule in force."""

    movement: Literal["transfer", "collection", "payout"]
    name: str
    bands: tuple[FeeBand, ...]
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class Operator(Thing):
    """A mobile-money operator, as this installation offers it."""

    id: str
    object: Literal["operator"]
    livemode: bool
    name: str
    title: str
    country: str
    currency: str
    collect: Literal["push", "redirect"] | None
    pay_out: bool
    limits: Limits
    fees: tuple[Fees, ...]
    prefixes: tuple[str, ...]
    health: Literal["up", "degraded", "down"]
    payer_sees: Sentences
    ussd_code: str | None
    prompt_seconds: int


@dataclass(frozen=True, kw_only=True)
class OperatorLookup(Thing):
    """Where a number probably has its wallet; a hint, as numbers are portable."""

    object: Literal["operator_lookup"]
    livemode: bool
    msisdn: str
    country: str
    operator: str | None
    confidence: Literal["high", "low"]
    alternatives: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Balance(Thing):
    """The merchant's money in one currency."""

    object: Literal["balance"]
    livemode: bool
    currency: str
    available: int
    pending: int
    reserved: int


@dataclass(frozen=True, kw_only=True)
class LedgerAccount(Thing):
    """One of the merchant's accounts in the books."""

    id: str
    object: Literal["ledger_account"]
    livemode: bool
    kind: Literal["asset", "liability", "income", "equity", "memorandum"]
    currency: str
    balance: int


@dataclass(frozen=True, kw_only=True)
class LedgerPosting(Thing):
    """One line of an entry; debits are positive, and the amounts of an entry sum to 0."""

    account: str
    amount: int
    currency: str
    direction: Literal["debit", "credit"]


@dataclass(frozen=True, kw_only=True)
class LedgerEntry(Thing):
    """What one event did to the accounts."""

    id: str
    object: Literal["ledger_entry"]
    livemode: bool
    movement: str | None
    cause: str
    postings: tuple[LedgerPosting, ...]
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class RequestLog(Thing):
    """A request as the switch remembers it for a while; without its body and its query."""

    id: str
    object: Literal["request_log"]
    livemode: bool
    at: datetime
    method: str
    path: str
    status: int
    code: str | None
    duration_us: int
    request_id: str
    key: str | None
    subject: str | None
