"""Settlements: paying a merchant what a period left it.

    prepared ──to its wallet──> paying ──> paid, or failed: to be paid again
       ├──by bank, an admin says so──> paid
       └──canceled: its period belongs to the next one

A settlement covers entries on the merchant's account by their numbers, from where the one before
ended; `amount` is what the account held after the last of them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from cross.domain import accounts
from cross.domain.errors import BalanceTooLow, CrossError
from cross.domain.ledger import JournalEntry, Need, entry
from cross.domain.money import Money
from cross.domain.quote import WalletAt

PAID_BY_BANK: Final = "paid_by_bank"
"""The cause of the entry that says so."""


class Method(StrEnum):
    """How a settlement is paid."""

    WALLET = "wallet"
    BANK = "bank"


class Schedule(StrEnum):
    """When settlements are prepared."""

    MANUAL = "manual"
    DAILY = "daily"


class Status(StrEnum):
    """How a settlement stands."""

    PREPARED = "prepared"
    PAYING = "paying"
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"


PAYABLE: Final = (Status.PREPARED, Status.FAILED)


class Covered(NamedTuple):
    """What one kind of movement did to the account; `amount` is below 0 where it took from it.

    `fees` is what of it the house earned: taken from collections, on top of payouts.
    """

    kind: str
    movements: int
    amount: int
    fees: int


@dataclass(frozen=True, slots=True)
class SettlementTerms:
    """Where and when a merchant is paid in one currency; `bank` is text for whoever pays there."""

    wallet: WalletAt | None = None
    bank: str | None = None
    schedule: Schedule = Schedule.MANUAL
    minimum: int = 0


@dataclass(frozen=True, slots=True)
class Settlement:
    """One settlement; `version` rises by one with every change of how it is paid.

    `attempt` counts payouts. `period_from` is None for the first one.
    """

    id: str
    merchant: str
    livemode: bool
    after_entry: int
    last_entry: int
    opening: int
    amount: Money
    covers: tuple[Covered, ...]
    period_from: datetime | None
    period_to: datetime
    created_at: datetime
    updated_at: datetime
    version: int = 1
    method: Method | None = None
    attempt: int = 0
    bank_reference: str | None = None
    canceled_at: datetime | None = None
    payout: str | None = None
    payout_status: str | None = None
    paid_at: datetime | None = None

    @property
    def status(self) -> Status:
        """How it stands: by what the books say of its payout, or of its entry."""
        if self.canceled_at is not None:
            return Status.CANCELED
        if self.paid_at is not None:
            return Status.PAID
        is_over = self.payout_status in ("failed", "canceled")
        if self.payout is not None and not is_over:
            return Status.PAYING  # whatever was chosen since: its payout may still succeed
        if self.method is None:
            return Status.PREPARED
        failed = self.method is Method.WALLET and self.payout is not None
        return Status.FAILED if failed else Status.PAYING


def payout_key(settlement: str, attempt: int) -> str:
    """The key of a settlement's payout: one an attempt, and no merchant's own has spaces."""
    return f"settlement {settlement} {attempt}"


def payout_reference(settlement: str, attempt: int) -> str:
    """What its payout is called."""
    return f"settlement-{settlement}" + (f"-{attempt}" if attempt > 1 else "")


def bank_entry(settlement: Settlement) -> JournalEntry:
    """The merchant's money left the house by its bank account."""
    money = settlement.amount
    return entry(
        PAID_BY_BANK,
        debits=[(accounts.available_to(settlement.merchant, money.currency), money)],
        credits_=[(accounts.bank(money.currency), money)],
    )


def bank_need(settlement: Settlement) -> Need:
    """The merchant must still have it."""
    own = accounts.available_to(settlement.merchant, settlement.amount.currency)
    return Need(own, None, settlement.amount, BalanceTooLow.code)


class NothingToSettle(CrossError):
    """The merchant has nothing in that currency, or less than its minimum."""

    code = "nothing_to_settle"

    def __init__(self) -> None:
        super().__init__("nothing to settle: nothing new, or less than the minimum")


class SettlementOpen(CrossError):
    """The one before is not paid: what it covers would be paid twice."""

    code = "settlement_open"

    def __init__(self, *, existing_id: str) -> None:
        super().__init__("an earlier settlement is neither paid nor canceled")
        self.existing_id = existing_id


class SettlementNotPayable(CrossError):
    """It is paid, canceled, or being paid in another way."""

    code = "settlement_not_payable"

    def __init__(self, *, status: str) -> None:
        super().__init__(f"this settlement is {status}")


class NoSettlementWallet(CrossError):
    """Nobody said where the merchant is paid."""

    code = "no_settlement_wallet"

    def __init__(self) -> None:
        super().__init__("this merchant has no settlement wallet in that currency")
