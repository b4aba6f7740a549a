"""Events, and the endpoints that hear of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from cross_switch.reading import Thing
from cross_switch.shapes.movements import Collection, Payout, Refund, Transfer
from cross_switch.shapes.orders import Order
from cross_switch.shapes.parts import Text

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
    status: Literal["enabled", "disabled"]
    disabled_reason: Literal["by_merchant", "gone", "failing"] | None
    failing_since: datetime | None
    secret: str | None
    previous_secret_until: datetime | None
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
class WebhookAnswer(Thing):
    """What an endpoint answered: its status and the beginning of the body."""

    status: int
    body: str


@dataclass(frozen=True, kw_only=True)
class WebhookAttempt(Thing):
    """One request to an endpoint; `response` or `error` is None."""

    at: datetime
    headers: Text
    response: WebhookAnswer | None
    error: str | None
    duration_ms: int


@dataclass(frozen=True, kw_only=True)
class WebhookRequest(Thing):
    """What every attempt of a delivery sends."""

    method: Literal["POST"]
    url: str
    body: Event


@dataclass(frozen=True, kw_only=True)
class WebhookDelivery(Thing):
    """One event on its way to one endpoint."""

    id: str
    object: Literal["webhook_delivery"]
    livemode: bool
    endpoint: str
    event: str
    type: str
    status: Literal["waiting", "delivered", "exhausted", "canceled"]
    request: WebhookRequest
    attempts: tuple[WebhookAttempt, ...]
    next_attempt_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Resending(Thing):
    """How many deliveries were put in the queue again."""

    object: Literal["resending"]
    livemode: bool
    count: int
    endpoint: str | None
    created_from: datetime | None
    created_to: datetime | None
