"""Money: whole numbers of a currency's smallest unit, and never a float."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cross.domain.errors import AmountNotWhole, UnknownCurrency

_WHOLE: Final = re.compile(r"(0|[1-9][0-9]{0,14})(\.0{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class Currency:
    """An ISO 4217 currency, of which there is one value each; `exponent`: decimals of its unit."""

    code: str
    numeric: str
    exponent: int
    symbol: str

    def __str__(self) -> str:
        return self.code


# Source: ISO 4217: both have no minor unit in use.
XOF: Final = Currency("XOF", "952", 0, "F CFA")
DJF: Final = Currency("DJF", "262", 0, "Fdj")

CURRENCIES: Final[Mapping[str, Currency]] = MappingProxyType({"XOF": XOF, "DJF": DJF})


def currency_named(code: str) -> Currency:
    """The currency of an ISO 4217 code; raises `UnknownCurrency` for one not carried."""
    try:
        return CURRENCIES[code]
    except KeyError:
        raise UnknownCurrency(code=code) from None


@dataclass(frozen=True, slots=True)
class Money:
    """A whole number of the smallest unit. Never negative: direction is debit or credit."""

    amount: int
    currency: Currency

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueError(f"money cannot be negative: {self.amount} {self.currency}")

    def __add__(self, other: "Money") -> "Money":
        self._require_same_currency(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._require_same_currency(other)
        return Money(self.amount - other.amount, self.currency)

    def __str__(self) -> str:
        return f"{self.amount:,} {self.currency}".replace(",", " ")

    @property
    def is_zero(self) -> bool:
        """Nothing at all."""
        return self.amount == 0

    def _require_same_currency(self, other: "Money") -> None:
        if self.currency is not other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")


def xof(amount: int) -> Money:
    """So many francs CFA."""
    return Money(amount, XOF)


def djf(amount: int) -> Money:
    """So many Djibouti francs."""
    return Money(amount, DJF)


def whole_amount(text: str) -> int:
    """The integer in an operator's text; `1500.00` is 1500, any other fraction is refused.

    Raises `AmountNotWhole` (I-08). ASCII digits only: `int()` would take others (F-Y09).
    """
    if not (match := _WHOLE.fullmatch(text)):
        raise AmountNotWhole
    return int(match[1])
