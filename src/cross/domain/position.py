"""A position: what a merchant or a partner bank holds with us at the end of a day, and why.

It adds up or it cannot be built: what was there, what came and went, what is there.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

from cross.domain.errors import CrossError
from cross.domain.money import DJF, Currency

# Source: IANA time zone database: Africa/Lome is UTC, Africa/Djibouti UTC+3, neither changes.
_AHEAD_OF_UTC_HOURS: Final = {DJF: 3}


class DayNotOver(CrossError):
    """A position is drawn up when its day is over: before, it could still change."""

    code = "day_not_over"

    def __init__(self) -> None:
        super().__init__("the day is not over yet where this currency is at home")
        self.param = "date"


@dataclass(frozen=True, slots=True)
class PositionLine:
    """One journal entry's net effect: positive is money that came, negative is money that went.

    `reference` is the holder's own, `operator_reference` the operator's; None where there is none.
    """

    entry: int
    at: datetime
    amount: int
    cause: str
    movement: str
    reference: str | None = None
    operator: str | None = None
    operator_reference: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """A day of one holder's money in one currency; amounts in its smallest unit, signed.

    `reserved` is the part of `closing` that is set aside for payouts which were not final then.
    """

    holder: str
    holder_name: str
    currency: Currency
    day: date
    opening: int
    lines: tuple[PositionLine, ...]
    closing: int
    reserved: int
    drawn_up_at: datetime

    def __post_init__(self) -> None:
        if self.opening + sum(line.amount for line in self.lines) != self.closing:
            raise ValueError(f"the position of {self.holder} on {self.day} does not add up")

    @property
    def came(self) -> tuple[PositionLine, ...]:
        """The lines that brought money."""
        return tuple(line for line in self.lines if line.amount > 0)

    @property
    def went(self) -> tuple[PositionLine, ...]:
        """The lines that took money."""
        return tuple(line for line in self.lines if line.amount < 0)


def day_of(day: date, currency: Currency) -> tuple[datetime, datetime]:
    """When a day begins and ends where that currency is at home; the end is not in it (F-T04)."""
    zone = timezone(timedelta(hours=_AHEAD_OF_UTC_HOURS.get(currency, 0)))
    begins = datetime.combine(day, time.min, zone).astimezone(UTC)
    return begins, begins + timedelta(days=1)
