"""Events, and the endpoints that hear of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from cross_switch.reading import Thing
from cross_switch.shapes.movements import Collection, Payout, Refund, Transfer
from cross_switch.shapes.orders import Order
from cross_switch.shapes.parts import Text

DeliveryStatus: TypeAlias = Literal["waiting", "delivered", "exhausted", "canceled"]
Told: TypeAlias = Transfer | Collection | Payout | Refund | Order | Mapping[str, Any]
"""What an event is about; an object of a kind that this version does not know is a mapping."""


@dataclass(frozen=True, kw_only=True)
class EventData(Thing):
    """What an event carries: the object as it was then."""

    object: Told


@dataclass(frozen=True, kw_only=True)
class Event(Thing):
    """Something that happened to an object; `sequence` counts per object, without gaps."""

    id: str
    object: Literal["event"]
    type: str
    livemode: bool
    sequence: int
    data: EventData
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class WebhookEndpoint(Thing):
    """An address that hears of events; `secret` is told on creation and rotation only."""

    id: str
    object: Literal["webhook_endpoint"]
    livemode: bool
    url: str
    events: tuple[str, ...]
    description: str
    status: Literal["pending", "enabled", "disabled"]
    disabled_reason: Literal["by_merchant", "gone", "failing"] | None
    failing_since: datetime | None
    secret: str | None
    secret_from: datetime | None
    previous_secret_until: datetime | None
    pending_url: str | None
    pending_url_from: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class WebhookEndpointDeleted(Thing):
    """An endpoint that is no more."""

    id: str
    object: Literal["webhook_endpoint"]
    livemode: bool
    deleted: Literal[True]


@dataclass(frozen=True, kw_only=True)
class DeliveryAnswer(Thing):
    """What an endpoint answered: its status and the beginning of the body."""

    status: int
    body: str


@dataclass(frozen=True, kw_only=True)
class DeliveryAttempt(Thing):
    """One request to an endpoint; `response` or `error` is None."""

    at: datetime
    duration_ms: int
    headers: Text
    response: DeliveryAnswer | None
    error: str | None


@dataclass(frozen=True, kw_only=True)
class DeliveryRequest(Thing):
    """What every attempt of a delivery sends; `body` is the event as it is signed."""

    method: Literal["POST"]
    url: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Delivery(Thing):
    """One event on its way to one endpoint."""

    id: str
    object: Literal["delivery"]
    livemode: bool
    event: str
    event_type: str
    endpoint: str
    status: DeliveryStatus
    next_attempt_at: datetime | None
    request: DeliveryRequest
    attempts: tuple[DeliveryAttempt, ...]
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Resending(Thing):
    """What was put in the queue once more."""

    object: Literal["resending"]
    livemode: bool
    event: str | None
    endpoints: tuple[str, ...]
    count: int
