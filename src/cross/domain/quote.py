"""Quotes: what a transfer costs, and until when that price holds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cross.domain.conversion import Conversion, Rate, conversion_for, conversion_of
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
    """What leaves the payer, what reaches the recipient, and the difference (I-10).

    The fee is in the payer's currency. Between two currencies `conversion` says what the credit
    costs him; within one it is None.
    """

    debit: Money
    credit: Money
    fee: Fee
    conversion: Conversion | None = None

    def __post_init__(self) -> None:
        conversion = self.conversion
        if conversion is None:
            if self.debit != self.credit + self.fee.charged:
                raise ValueError("a price must add up: debit = credit + fee")
        elif self.debit != conversion.converted + self.fee.charged:
            raise ValueError("a price must add up: debit = what is converted + fee")
        elif not conversion.pays_for(self.credit):
            raise ValueError("a conversion must pay for the credit")


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


def price_between(
    amount: Money, *, fixed: Fixed, schedule: FeeSchedule | None, rate: Rate
) -> Price:
    """The price of a transfer into another currency; raises `FeeExceedsAmount`.

    `amount` is in the currency of the side that it fixes. The fee is due on what is converted.
    """
    if fixed is Fixed.CREDIT:
        conversion = conversion_for(rate, amount)
        plain = price_of(conversion.converted, fixed=fixed, schedule=schedule)
        return Price(plain.debit, amount, plain.fee, conversion)
    plain = price_of(amount, fixed=fixed, schedule=schedule)
    credit, conversion = conversion_of(rate, plain.credit)
    if credit.is_zero:
        raise FeeExceedsAmount
    return Price(amount, credit, plain.fee, conversion)
