"""Orders with their log, and payment links."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from cross_switch.reading import Thing
from cross_switch.shapes.movements import Collection
from cross_switch.shapes.parts import Text

OrderStatus: TypeAlias = Literal[
    "unpaid", "processing", "paid", "expired", "canceled", "partially_refunded", "refunded"
]
LinkStatus: TypeAlias = Literal["open", "closed", "expired", "used_up"]


@dataclass(frozen=True, kw_only=True)
class Order(Thing):
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
    paid_late: bool
    operators: tuple[str, ...]
    attempts: tuple[Collection, ...]
    checkout_url: str
    return_url: str | None
    cancel_url: str | None
    callback_info: str | None
    customer: str | None
    metadata: Text
    payment_link: str | None
    pi_spi_qr: str | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class OrderLog(Thing):
    """One thing that happened to an order; secrets and phone numbers are masked."""

    id: str
    object: Literal["order_log"]
    type: str
    message: str
    data: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class PaymentLink(Thing):
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
    paid: int
    operators: tuple[str, ...]
    url: str
    qr_url: str
    pi_spi_qr: str | None
    return_url: str | None
    cancel_url: str | None
    metadata: Text
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    closed_at: datetime | None
