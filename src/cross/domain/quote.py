"""Quotes: what a transfer costs, and until when that price holds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cross.domain.errors import FeeExceedsAmount
from cross.domain.fees import Fee, FeeSchedule, free_of_charge, within_debit
from cross.domain.money import Money
from cross.domain.msisdn import Msisdn


class Fixed(StrEnum):
    """Which side of a transfer is the amount that was asked for."""

    CREDIT = "credit"
    DEBIT = "debit"


@dataclass(frozen=True, slots=True)
class Price:
    """What leaves the payer, what reaches the recipient, and the difference."""

    debit: Money
    credit: Money
    fee: Fee

    def __post_init__(self) -> None:
        if self.debit != self.credit + self.fee.charged:
            raise ValueError("a price must add up: debit = credit + fee")


@dataclass(frozen=True, slots=True)
class WalletAt:
    """A wallet: a number at an operator."""

    operator: str
    msisdn: Msisdn


@dataclass(frozen=True, slots=True)
class Quote:
    """A price held until `expires_at` for one transfer of one merchant."""

    id: str
    merchant: str
    livemode: bool
    source: WalletAt
    destination: WalletAt
    price: Price
    created_at: datetime
    expires_at: datetime


def price_of(amount: Money, *, fixed: Fixed, schedule: FeeSchedule | None) -> Price:
    """The price of moving `amount`, fixed on one side; raises `FeeExceedsAmount`."""
    if fixed is Fixed.CREDIT:
        fee = schedule.fee_on(amount) if schedule else free_of_charge(amount)
        return Price(amount + fee.charged, amount, fee)
    if schedule is None:
        return Price(amount, amount, free_of_charge(amount))
    credit, fee = within_debit(schedule, amount)
    if credit.is_zero:
        raise FeeExceedsAmount
    return Price(amount, credit, fee)
