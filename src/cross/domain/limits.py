"""Limits: how much may be moved for one merchant, by one payer, to one beneficiary, and how fast.

A limit has a name of four words, such as `beneficiary.payout.hour.count`:

    of whom      merchant | payer | beneficiary
    of what      any | transfer | collection | payout | refund
    in how long  movement | minute | hour | day     (of the calendar, in UTC)
    what counts  count | a currency's code, such as XOF: the amount in its smallest unit
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cross.domain.errors import CrossError
from cross.domain.leg import LegKind
from cross.domain.money import CURRENCIES
from cross.domain.movement import MovementKind

ANY: Final = "any"
COUNT: Final = "count"
MOST_MAX: Final = 2**63 - 1


class Of(StrEnum):
    """Whose movements are counted together."""

    MERCHANT = "merchant"
    PAYER = "payer"
    BENEFICIARY = "beneficiary"


class Per(StrEnum):
    """In how long."""

    MOVEMENT = "movement"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


SECONDS: Final = {Per.MINUTE: 60, Per.HOUR: 3_600, Per.DAY: 86_400}

COUNTED: Final = {
    Of.MERCHANT: {
        MovementKind.TRANSFER: LegKind.DEBIT,
        MovementKind.COLLECTION: LegKind.DEBIT,
        MovementKind.PAYOUT: LegKind.CREDIT,
        MovementKind.REFUND: LegKind.REFUND,
    },
    Of.PAYER: {
        MovementKind.TRANSFER: LegKind.DEBIT,
        MovementKind.COLLECTION: LegKind.DEBIT,
    },
    Of.BENEFICIARY: {
        MovementKind.TRANSFER: LegKind.CREDIT,
        MovementKind.PAYOUT: LegKind.CREDIT,
    },
}
"""Which leg of a movement counts, and whose wallet; a refund is nobody's but the merchant's."""


DEFAULT_LIMITS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "merchant.any.minute.count": 300_000,
        "payer.any.hour.count": 60,
        "payer.any.day.count": 200,
        "beneficiary.any.hour.count": 100,
        "beneficiary.any.day.count": 500,
    }
)
"""What any merchant may, unless an installation or an admin says otherwise: more than a business
needs, less than a mistake would move (F-S29)."""

UNHINDERED: Final[Mapping[str, int]] = MappingProxyType(dict.fromkeys(DEFAULT_LIMITS, 10**12))
"""For sandboxes and load tests: everything is counted, nothing refused."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What is bounded; `kind` None is any, `currency` None counts movements."""

    of: Of
    kind: MovementKind | None
    per: Per
    currency: str | None

    @property
    def name(self) -> str:
        """Its four words."""
        kind = ANY if self.kind is None else self.kind.value
        return f"{self.of}.{kind}.{self.per}.{self.currency or COUNT}"

    def leg_of(self, kind: MovementKind) -> LegKind | None:
        """The leg of such a movement that counts; None where none does."""
        if self.kind is not None and self.kind is not kind:
            return None
        return COUNTED[self.of].get(kind)


def read_limit(name: str) -> Limit:
    """The limit of that name; raises `UnknownLimit`."""
    words = name.split(".")
    try:
        of, what, how_long, measure = words
        kind = None if what == ANY else MovementKind(what)
        limit = Limit(Of(of), kind, Per(how_long), None if measure == COUNT else measure)
    except ValueError:
        raise UnknownLimit(name=name) from None
    unknown = limit.currency is not None and limit.currency not in CURRENCIES
    counts_one = limit.per is Per.MOVEMENT and limit.currency is None
    if unknown or counts_one or (kind is not None and limit.leg_of(kind) is None):
        raise UnknownLimit(name=name)
    return limit


class UnknownLimit(CrossError):
    """No such limit: one of its four words is none of those that there are."""

    code = "unknown_limit"

    def __init__(self, *, name: str) -> None:
        super().__init__(
            f"no limit is named {name[:64]!r}: of.kind.per.what, see the documentation"
        )
        self.param = "limits"


@dataclass(frozen=True, slots=True)
class Reached:
    """The limit that refused; `frees_at` where time frees it."""

    name: str
    most: int
    frees_at: datetime | None = None


class LimitExceeded(CrossError):
    """More than one movement of this merchant may be; waiting changes nothing."""

    code = "limit_exceeded"

    def __init__(self, limit: Reached) -> None:
        super().__init__(f"this is more than the limit {limit.name} allows: {limit.most}")
        self.limit = limit
        self.param = "amount"


class VelocityExceeded(CrossError):
    """Too much or too often in this minute, hour or day; the next one may do."""

    code = "velocity_exceeded"

    def __init__(self, limit: Reached, *, retry_after_seconds: int) -> None:
        super().__init__(
            f"the limit {limit.name} of {limit.most} is used up for another {retry_after_seconds} s"
        )
        self.limit = limit
        self.retry_after_seconds = retry_after_seconds
