"""What callers send about webhook endpoints and what is to be sent again."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from cross.api.forms import StrictForm
from cross.domain.webhook import DESCRIPTION_LETTERS_MAX
from cross.domain.webhook_address import URL_LETTERS_MAX

_EVENTS_MAX = 64

EndpointUrl: TypeAlias = Annotated[
    str,
    Field(
        description="https, port 443, a public address; a sandbox takes its own machine's too.",
        examples=["https://shop.example/webhooks"],
        max_length=URL_LETTERS_MAX,
    ),
]
EventTypes: TypeAlias = Annotated[
    list[Annotated[str, Field(max_length=64)]],
    Field(
        description="Types of events; `*` alone for all, those of later versions included.",
        examples=[["collection.succeeded", "collection.failed"]],
        min_length=1,
        max_length=_EVENTS_MAX,
    ),
]
Description: TypeAlias = Annotated[str, Field(max_length=DESCRIPTION_LETTERS_MAX)]
Instant: TypeAlias = Annotated[
    str,
    Field(
        description="RFC 3339.",
        examples=["2026-11-22T12:00:00Z"],
        max_length=40,
        json_schema_extra={"format": "date-time"},
    ),
]


class WebhookEndpointForm(StrictForm):
    """`POST /v1/webhook_endpoints`."""

    url: EndpointUrl
    events: EventTypes
    description: Description | None = None


class WebhookEndpointUpdateForm(StrictForm):
    """`POST /v1/webhook_endpoints/{id}`: what is left out stays as it is."""

    url: EndpointUrl | None = None
    events: EventTypes | None = None
    description: Description | None = None
    status: Annotated[
        Literal["enabled", "disabled"] | None,
        Field(description="`enabled` also brings back an endpoint that was disabled by us."),
    ] = None


class EventRangeForm(StrictForm):
    """`POST /v1/webhook_endpoints/{id}/resend`: the events of a time."""

    created_from: Instant
    created_to: Annotated[Instant | None, Field(description="Else until now.")] = None
