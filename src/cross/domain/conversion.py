"""Conversions: what the payer's money is changed at when the recipient keeps another currency.

    what the payer gives  =  what the credit is worth at the mid rate, rounded up
                          +  the margin, rounded down
                          +  rounding

All three are whole numbers of the payer's currency, so that entries balance in each currency by
itself (I-01), and none is ever negative: rounding is the house's, and has its account (I-10).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Final

from cross.domain.fees import BASIS_POINTS_OF_ONE
from cross.domain.money import Currency, Money

_RATE: Final = re.compile(r"(0|[1-9][0-9]{0,8})(?:\.([0-9]{1,12}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rate:
    """The mid rate, `digits / 10**places` of `destination` for 1 of `source`, and our margin in it.

    The payer gets the mid rate less `margin_bp` basis points.
    """

    source: Currency
    destination: Currency
    digits: int
    places: int
    margin_bp: int

    def __post_init__(self) -> None:
        if self.source is self.destination or self.digits <= 0 or self.places < 0:
            raise ValueError("a rate is positive and between two currencies")
        if not 0 <= self.margin_bp < BASIS_POINTS_OF_ONE:
            raise ValueError("a margin is at least 0 and less than 10 000 basis points")

    def __str__(self) -> str:
        whole, rest = divmod(self.digits, 10**self.places)
        return f"{whole}.{rest:0{self.places}}" if self.places else f"{whole}"

    @property
    def numerator(self) -> int:
        """Over `denominator`: smallest units of `destination` for one of `source`."""
        return int(self.digits * 10**self.destination.exponent)

    @property
    def denominator(self) -> int:
        """Under `numerator`."""
        return int(10 ** (self.places + self.source.exponent))

    @property
    def after_margin(self) -> int:
        """What is left of 10 000 after the margin."""
        return BASIS_POINTS_OF_ONE - self.margin_bp


@dataclass(frozen=True, slots=True)
class OfferedRate:
    """A rate in force from one moment until before another; `origin` tells where it comes from."""

    rate: Rate
    valid_from: datetime
    valid_until: datetime | None
    origin: str

    def __post_init__(self) -> None:
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            raise ValueError(f"the rate of {self.origin!r} ends before it begins")

    def in_force(self, at: datetime) -> bool:
        """Whether it prices what is asked for at that moment."""
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)

    def overlaps(self, other: "OfferedRate") -> bool:
        """Whether there is a moment at which both are in force."""
        begins_first = self.valid_until is None or other.valid_from < self.valid_until
        return begins_first and (other.valid_until is None or self.valid_from < other.valid_until)


@dataclass(frozen=True, slots=True)
class Conversion:
    """What is changed within one transfer: `converted` is what the payer gives for the credit."""

    rate: Rate
    converted: Money
    margin: Money
    rounding: Money

    @property
    def worth(self) -> Money:
        """What the credit is worth at the mid rate, rounded up: what the position takes in."""
        return self.converted - self.margin - self.rounding

    def pays_for(self, credit: Money) -> bool:
        """Whether the house gives no more than it takes, and between the rate's currencies."""
        rate = self.rate
        named = rate.source is self.converted.currency and rate.destination is credit.currency
        return named and (self.worth.amount * rate.numerator >= credit.amount * rate.denominator)


def read_rate(text: str) -> tuple[int, int]:
    """Digits and places of a decimal fraction, exactly; raises `ValueError` for anything else."""
    found = _RATE.fullmatch(text)
    if found is None:
        raise ValueError("a rate is written as a decimal, such as 0.2925")
    fraction = found[2] or ""
    return int(found[1] + fraction), len(fraction)


def require_sound(rates: Iterable[OfferedRate]) -> tuple[OfferedRate, ...]:
    """The rates as they are; raises `ValueError` where two contradict each other.

    Two of one direction at one moment would leave the price to chance; two directions by which
    somebody comes back with more than he left with are a mistake that somebody will find.
    """
    offered = tuple(rates)
    for one, other in combinations(offered, 2):
        if not one.overlaps(other):
            continue
        there, back = one.rate, other.rate
        if (there.source, there.destination) == (back.source, back.destination):
            raise ValueError(f"two rates from {there.source} to {there.destination} at one time")
        if (there.source, there.destination) == (back.destination, back.source):
            _require_no_gain(there, back)
    return offered


def conversion_for(rate: Rate, credit: Money) -> Conversion:
    """The conversion that gives the recipient exactly `credit`: the least that pays for it."""
    given = rate.numerator * rate.after_margin
    worth = credit.amount * rate.denominator * BASIS_POINTS_OF_ONE
    return _divided(rate, Money(-(-worth // given), rate.source), credit)


def conversion_of(rate: Rate, converted: Money) -> tuple[Money, Conversion]:
    """The most that `converted` pays for, and the conversion; the credit may be nothing."""
    given = converted.amount * rate.numerator * rate.after_margin
    credit = Money(given // (rate.denominator * BASIS_POINTS_OF_ONE), rate.destination)
    return credit, _divided(rate, converted, credit)


def _divided(rate: Rate, converted: Money, credit: Money) -> Conversion:
    worth = Money(-(-credit.amount * rate.denominator // rate.numerator), rate.source)
    margin = Money(converted.amount * rate.margin_bp // BASIS_POINTS_OF_ONE, rate.source)
    return Conversion(rate, converted, margin, converted - worth - margin)


def _require_no_gain(there: Rate, back: Rate) -> None:
    gained = there.numerator * back.numerator * there.after_margin * back.after_margin
    if gained > there.denominator * back.denominator * BASIS_POINTS_OF_ONE**2:
        raise ValueError(
            f"from {there.source} to {there.destination} and back would gain money:"
            f" {there} and {back}"
        )
