"""What callers get about settlements."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from cross.api.schemas import listing_of
from cross.api.shapes import Moment, Shape


class SettlementCovers(Shape):
    """What one kind of movement did to the balance in the period."""

    kind: Literal["collection", "payout", "refund", "transfer", "settlement", "other"]
    movements: int
    amount: Annotated[int, Field(description="Below 0 where it took from the balance.")]
    fees: Annotated[int, Field(description="What of it the switch earned.")]


class Settlement(Shape):
    """What a merchant is paid of what a period left it.

    `opening_balance` and the amounts of `covers` add up to `amount`.
    """

    id: str
    object: Literal["settlement"]
    livemode: bool
    merchant: str
    status: Literal["prepared", "paying", "paid", "failed", "canceled"]
    amount: int
    currency: str
    opening_balance: int
    covers: list[SettlementCovers]
    period_from: Annotated[Moment | None, Field(description="Null for the first one.")]
    period_to: Moment
    method: Literal["wallet", "bank"] | None
    payout: Annotated[str | None, Field(description="That paid it, or is to.")]
    bank_reference: str | None
    created_at: Moment
    updated_at: Moment
    paid_at: Moment | None


PAGES: Final[Mapping[str, type[BaseModel]]] = {"SettlementList": listing_of(Settlement)}
"""The shapes of lists, by name."""
