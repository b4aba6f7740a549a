"""What Cross answers about orders and payment links."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, Field

from cross.api.schemas import Collection, listing_of
from cross.api.shapes import Moment, Shape

OrderStatus: TypeAlias = Literal[
    "unpaid", "processing", "paid", "expired", "canceled", "partially_refunded", "refunded"
]
LinkStatus: TypeAlias = Literal["open", "closed", "expired", "used_up"]
PiSpiQr: TypeAlias = Annotated[
    str | None, Field(description="PI-SPI's code as text, where the merchant has an alias.")
]


class Order(Shape):
    """What a merchant wants paid, and what became of it."""

    id: str
    object: Literal["order"]
    livemode: bool
    status: OrderStatus
    reference: str
    title: str
    description: str
    amount: int
    currency: str
    amount_paid: int
    amount_refunded: int
    paid_late: Annotated[bool, Field(description="The money came after `expires_at`.")]
    operators: list[str]
    attempts: Annotated[list[Collection], Field(description="At most one succeeded.")]
    checkout_url: str
    return_url: str | None
    cancel_url: str | None
    callback_info: str | None
    customer: str | None
    metadata: dict[str, str]
    payment_link: str | None
    pi_spi_qr: PiSpiQr
    created_at: Moment
    updated_at: Moment
    expires_at: Moment
    paid_at: Moment | None


class OrderLog(Shape):
    """One thing that happened to an order; secrets and phone numbers are masked."""

    id: str
    object: Literal["order_log"]
    type: str
    message: str
    data: dict[str, Any]
    created_at: Moment


class PaymentLink(Shape):
    """An address that makes an order for whoever opens it."""

    id: str
    object: Literal["payment_link"]
    livemode: bool
    status: LinkStatus
    title: str
    description: str
    amount: int | None
    amount_min: int | None
    amount_max: int | None
    currency: str
    uses: int | None
    paid: Annotated[int, Field(description="How many of its orders were paid.")]
    operators: list[str]
    url: str
    qr_url: str
    pi_spi_qr: PiSpiQr
    return_url: str | None
    cancel_url: str | None
    metadata: dict[str, str]
    created_at: Moment
    updated_at: Moment
    expires_at: Moment | None
    closed_at: Moment | None


PAGES: Final[Mapping[str, type[BaseModel]]] = {
    f"{item.__name__}List": listing_of(item) for item in (Order, OrderLog, PaymentLink)
}
"""The shapes of lists, by name."""
