"""What Cross answers about events, webhook endpoints and deliveries, and what a webhook carries."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from cross.api.schemas import listing_of
from cross.api.shapes import Moment, Shape
from cross.domain.event import TYPES, TYPES_BESIDES

EVENT_TYPES: Final = (*TYPES, *TYPES_BESIDES)


class EventData(Shape):
    """What an event is about."""

    object: Annotated[dict[str, Any], Field(description="The object as it was right after.")]


class Event(Shape):
    """One thing that happened to an object; a webhook's body is exactly this."""

    id: Annotated[str, Field(description="Also the header `webhook-id`.")]
    object: Literal["event"]
    type: Annotated[str, Field(json_schema_extra={"enum": list(EVENT_TYPES)})]
    created_at: Moment
    livemode: bool
    sequence: Annotated[int, Field(ge=1, description="Counts per object, without gaps.")]
    data: EventData


class WebhookEndpoint(Shape):
    """Where a merchant's webhooks go."""

    id: str
    object: Literal["webhook_endpoint"]
    livemode: bool
    url: str
    events: list[str]
    description: str
    status: Annotated[
        Literal["pending", "enabled", "disabled"],
        Field(description="`pending`: in live mode, until it is verified."),
    ]
    disabled_reason: Annotated[
        Literal["by_merchant", "gone", "failing"] | None,
        Field(description="`gone`: it answered 410. `failing`: nothing arrived for too long."),
    ]
    failing_since: Annotated[
        Moment | None, Field(description="The first failure since the last delivery.")
    ]
    secret: Annotated[
        str | None, Field(description="`whsec_…`: told on creation and rotation only.")
    ]
    secret_from: Annotated[
        Moment | None, Field(description="When the newest secret begins to sign; null: it does.")
    ]
    pending_url: Annotated[
        str | None, Field(description="Another URL of a live endpoint, not in use yet.")
    ]
    pending_url_from: Annotated[
        Moment | None, Field(description="When it is used; null until it is verified.")
    ]
    previous_secret_until: Annotated[
        Moment | None, Field(description="Until then the secret before signs too.")
    ]
    created_at: Moment
    updated_at: Moment


class WebhookEndpointDeleted(Shape):
    """An endpoint that is no more."""

    id: str
    object: Literal["webhook_endpoint"]
    livemode: bool
    deleted: Literal[True]


class DeliveryAnswer(Shape):
    """What an endpoint answered: its status and the beginning of the body, escaped."""

    status: int
    body: str


class DeliveryAttempt(Shape):
    """One request to an endpoint; `response` or `error` is null."""

    at: Moment
    duration_ms: int
    headers: dict[str, str]
    response: DeliveryAnswer | None
    error: Annotated[str | None, Field(description="Why no answer came.")]


class DeliveryRequest(Shape):
    """What every attempt of a delivery sends; the headers are the attempt's own."""

    method: Literal["POST"]
    url: str
    body: Annotated[str, Field(description="The event, byte for byte as it is signed.")]


class Delivery(Shape):
    """One event on its way to one endpoint."""

    id: str
    object: Literal["delivery"]
    livemode: bool
    event: str
    event_type: str
    endpoint: str
    status: Annotated[
        Literal["waiting", "delivered", "exhausted", "canceled"],
        Field(description="`exhausted`: every try failed; it can be sent again."),
    ]
    next_attempt_at: Moment | None
    request: DeliveryRequest
    attempts: list[DeliveryAttempt]
    created_at: Moment


class Resending(Shape):
    """What was put in the queue once more."""

    object: Literal["resending"]
    livemode: bool
    event: Annotated[str | None, Field(description="Null where it was a range.")]
    endpoints: list[str]
    count: Annotated[int, Field(description="How many deliveries.")]


PAGES: Final[Mapping[str, type[BaseModel]]] = {
    f"{item.__name__}List": listing_of(item) for item in (Event, WebhookEndpoint, Delivery)
}
"""The shapes of lists, by name."""
