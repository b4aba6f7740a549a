"""How each event is made to happen in a sandbox: by numbers with a fixed outcome.

Source of the endings: sandbox.md section 3, the last two digits of a wallet's number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

APPROVED: Final = "01"
_NO_FUNDS: Final = "02"
_NOBODY_ANSWERS: Final = "04"
_NOT_REGISTERED: Final = "05"
_CREDIT_REFUSED: Final = "14"
_DEBIT_ANSWER_LOST: Final = "16"
_CREDIT_ANSWER_LOST: Final = "18"


class Then(StrEnum):
    """What is done after the first call."""

    NOTHING = "nothing"
    CANCEL = "cancel"
    REFUND = "refund"
    WALK = "walk"  # a payer goes through the checkout page
    LET_THE_PROMPT_END = "let_the_prompt_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What leads to an event: a call, the endings of both numbers, and what comes after.

    `seconds` is how long the event is waited for.
    """

    noun: str
    payer: str = APPROVED
    payee: str = APPROVED
    then: Then = Then.NOTHING
    minutes: int | None = None
    seconds: float = 60.0


_TRANSFER: Final = Recipe(noun="transfers")
_COLLECTION: Final = Recipe(noun="collections")
_PAYOUT: Final = Recipe(noun="payouts")
_REFUND: Final = Recipe(noun="collections", then=Then.REFUND)

RECIPES: Final[Mapping[str, Recipe]] = MappingProxyType(
    {
        "transfer.created": _TRANSFER,
        "transfer.debited": _TRANSFER,
        "transfer.completed": _TRANSFER,
        "transfer.failed": Recipe(noun="transfers", payer=_NO_FUNDS),
        "transfer.refunding": Recipe(noun="transfers", payee=_CREDIT_REFUSED),
        "transfer.refunded": Recipe(noun="transfers", payee=_CREDIT_REFUSED),
        "transfer.unknown": Recipe(noun="transfers", payee=_CREDIT_ANSWER_LOST),
        "collection.created": _COLLECTION,
        "collection.succeeded": _COLLECTION,
        "collection.failed": Recipe(noun="collections", payer=_NO_FUNDS),
        "collection.expired": Recipe(
            noun="collections",
            payer=_NOBODY_ANSWERS,
            then=Then.LET_THE_PROMPT_END,
            seconds=240.0,
        ),
        "collection.unknown": Recipe(noun="collections", payer=_DEBIT_ANSWER_LOST),
        "payout.created": _PAYOUT,
        "payout.succeeded": _PAYOUT,
        "payout.failed": Recipe(noun="payouts", payee=_NOT_REGISTERED),
        "payout.unknown": Recipe(noun="payouts", payee=_CREDIT_ANSWER_LOST),
        "refund.created": _REFUND,
        "refund.succeeded": _REFUND,
        "refund.failed": Recipe(noun="collections", payer=_CREDIT_REFUSED, then=Then.REFUND),
        "refund.unknown": Recipe(noun="collections", payer=_CREDIT_ANSWER_LOST, then=Then.REFUND),
        "order.paid": Recipe(noun="orders", then=Then.WALK),
        "order.canceled": Recipe(noun="orders", then=Then.CANCEL),
        "order.expired": Recipe(noun="orders", minutes=1, seconds=120.0),
    }
)
"""Every event that can be made to happen; the others are of the house, or take a person."""
