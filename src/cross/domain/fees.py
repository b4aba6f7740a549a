"""Fees: schedules with bands and dates, and exact shares whose rounding has an account."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from cross.domain.errors import FeeExceedsAmount
from cross.domain.money import Currency, Money

BASIS_POINTS_OF_ONE = 10_000


@dataclass(frozen=True, slots=True)
class Fee:
    """What is charged: what the schedule yields, and what rounding to a whole unit adds."""

    earned: Money
    rounding: Money

    @property
    def charged(self) -> Money:
        """What the payer pays on top, or the recipient gets less."""
        return self.earned + self.rounding


@dataclass(frozen=True, slots=True)
class Band:
    """The fee of principals from `least` to `most`, both included; `cap` bounds the whole fee."""

    least: Money
    most: Money
    fixed: Money
    basis_points: int
    cap: Money | None = None

    def __post_init__(self) -> None:
        if self.basis_points < 0 or self.most.amount < self.least.amount:
            raise ValueError("a fee band needs basis points >= 0 and least <= most")

    def fee_on(self, principal: Money) -> Fee:
        """The fee on a principal of this band, rounded up to a whole unit."""
        product = principal.amount * self.basis_points
        floor = self.fixed.amount + product // BASIS_POINTS_OF_ONE
        remainder = 1 if product % BASIS_POINTS_OF_ONE else 0
        if self.cap is not None and floor + remainder > self.cap.amount:
            floor, remainder = self.cap.amount, 0
        return Fee(Money(floor, principal.currency), Money(remainder, principal.currency))


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """Bands in force from one moment until before another; outside every band nothing is due."""

    name: str
    bands: tuple[Band, ...]
    valid_from: datetime
    valid_until: datetime | None = None

    def __post_init__(self) -> None:
        for lower, upper in zip(self.bands, self.bands[1:], strict=False):
            if upper.least.amount <= lower.most.amount:
                raise ValueError(f"bands of {self.name!r} overlap or are out of order")

    def in_force(self, at: datetime) -> bool:
        """Whether it prices what is asked for at that moment."""
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)

    def fee_on(self, principal: Money) -> Fee:
        """The fee on what the recipient gets."""
        for band in self.bands:
            same = band.least.currency == principal.currency
            if same and band.least.amount <= principal.amount <= band.most.amount:
                return band.fee_on(principal)
        return free_of_charge(principal)


def first_in_force(
    schedules: Iterable[FeeSchedule], currency: Currency, at: datetime
) -> FeeSchedule | None:
    """The first schedule that prices what is asked for at that moment."""
    for schedule in schedules:
        in_currency = any(band.least.currency == currency for band in schedule.bands)
        if in_currency and schedule.in_force(at):
            return schedule
    return None


def free_of_charge(principal: Money) -> Fee:
    """No fee, in the principal's currency."""
    nothing = Money(0, principal.currency)
    return Fee(nothing, nothing)


def within_debit(schedule: FeeSchedule, debit: Money) -> tuple[Money, Fee]:
    """Splits what the payer pays into what the recipient gets and the fee, exactly (I-10).

    The recipient gets the largest whole amount whose fee still fits; what is left over is
    rounding. Raises `FeeExceedsAmount` when nothing is left for the recipient.
    """
    for least, most in _stretches(schedule, debit):
        credit = _most_within(schedule, debit, least=least, most=most)
        if credit is not None:
            fee = schedule.fee_on(credit)
            left_over = debit - credit - fee.charged
            return credit, Fee(fee.earned, fee.rounding + left_over)
    raise FeeExceedsAmount


def _stretches(schedule: FeeSchedule, debit: Money) -> Iterator[tuple[int, int]]:
    """The amounts within each of which the fee never falls, the highest first.

    Between two bands, and where a cheaper one begins, it may fall: more may fit above than below.
    """
    top = debit.amount
    for band in reversed(schedule.bands):
        least, most = band.least.amount, band.most.amount
        if band.least.currency is not debit.currency or least > top:
            continue
        if most < top:
            yield most + 1, top
        yield max(least, 1), min(most, top)
        top = least - 1
    if top > 0:
        yield 1, top


def _most_within(schedule: FeeSchedule, debit: Money, *, least: int, most: int) -> Money | None:
    low, high = least - 1, most
    while low < high:
        middle = (low + high + 1) // 2
        if middle + schedule.fee_on(Money(middle, debit.currency)).charged.amount <= debit.amount:
            low = middle
        else:
            high = middle - 1
    return Money(low, debit.currency) if low >= least else None
