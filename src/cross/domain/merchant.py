"""Merchants: the businesses that use Cross, and whether they may."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cross.domain.errors import CrossError


class MerchantStatus(StrEnum):
    """Whether a merchant may ask for anything; what is under way goes on in any case."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Merchant:
    """A business that uses Cross; `version` rises by one with every change.

    `hears_house`: whether it is told of the house's own events, such as `float.low` and
    `operator.down`.
    """

    id: str
    name: str
    status: MerchantStatus
    hears_house: bool
    version: int
    created_at: datetime
    updated_at: datetime


class MerchantSuspended(CrossError):
    """The merchant may not ask for anything now; what it asked for before goes on."""

    code = "merchant_suspended"

    def __init__(self) -> None:
        super().__init__("this merchant is suspended; what is under way goes on")


class TooManyKeys(CrossError):
    """The merchant has as many valid keys as it may have at a time."""

    code = "too_many_keys"

    def __init__(self, *, most: int) -> None:
        super().__init__(
            f"a merchant has at most {most} valid keys at a time; revoke one first, or roll one so"
            " that the old one ends at once"
        )


class ChangedMeanwhile(CrossError):
    """Somebody else changed it first: look again, then decide again."""

    code = "changed_meanwhile"

    def __init__(self) -> None:
        super().__init__("it was changed meanwhile; read it again")
