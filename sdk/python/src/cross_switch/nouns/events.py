"""`client.webhook_endpoints` and `client.events`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal

from cross_switch.calling import (
    Async,
    Listing,
    Request,
    Sync,
    given,
    listing,
    pages,
    post,
    request,
    sends,
)
from cross_switch.shapes.events import (
    Delivery,
    DeliveryStatus,
    Event,
    Resending,
    WebhookEndpoint,
    WebhookEndpointDeleted,
)

ENDPOINT: Final = "/v1/webhook_endpoints/{id}"


class WebhookEndpointCalls:
    """Where the merchant hears of events."""

    @sends
    def create(
        self, *, url: str, events: Sequence[str], description: str | None = None
    ) -> Request[WebhookEndpoint]:
        """Hear of events (`["*"]`: all) at an address; its `secret` is told in this answer."""
        body = {"url": url, "events": events, "description": description}
        return post("/v1/webhook_endpoints", WebhookEndpoint, body)

    @sends
    def get(self, id: str, /) -> Request[WebhookEndpoint]:
        """An endpoint as it stands."""
        return request("GET", ENDPOINT, WebhookEndpoint, id=id)

    @sends
    def update(
        self,
        id: str,
        /,
        *,
        url: str | None = None,
        events: Sequence[str] | None = None,
        description: str | None = None,
        status: Literal["enabled", "disabled"] | None = None,
    ) -> Request[WebhookEndpoint]:
        """Change what is given; `enabled` also brings back one that the switch disabled."""
        body = {"url": url, "events": events, "description": description, "status": status}
        return _changing(ENDPOINT, WebhookEndpoint, body, id=id)

    @sends
    def delete(self, id: str, /) -> Request[WebhookEndpointDeleted]:
        """Hear no more there."""
        return request("DELETE", ENDPOINT, WebhookEndpointDeleted, id=id)

    @sends
    def rotate_secret(self, id: str, /) -> Request[WebhookEndpoint]:
        """Make a new secret, told in this answer; the one before signs too for a while."""
        return request("POST", f"{ENDPOINT}/rotate_secret", WebhookEndpoint, id=id)

    @sends
    def verify(self, id: str, /) -> Request[WebhookEndpoint]:
        """Have a live endpoint answer a challenge with it: it is enabled, or moves in an hour."""
        return request("POST", f"{ENDPOINT}/verify", WebhookEndpoint, id=id)

    @sends
    def test(self, id: str, /) -> Request[Event]:
        """Send it an event that is about nothing."""
        return request("POST", f"{ENDPOINT}/test", Event, again=True, id=id)

    @sends
    def resend(
        self, id: str, /, *, created_from: datetime, created_to: datetime | None = None
    ) -> Request[Resending]:
        """Send it all events of a time again."""
        body = {"created_from": created_from, "created_to": created_to}
        return _changing(f"{ENDPOINT}/resend", Resending, body, id=id)

    @pages
    def deliveries(
        self,
        id: str,
        /,
        *,
        status: DeliveryStatus | None = None,
        limit: int | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> Listing[Delivery]:
        """What was sent there and what was answered, newest first."""
        query = {
            "status": status,
            "limit": limit,
            "starting_after": starting_after,
            "ending_before": ending_before,
        }
        return listing(f"{ENDPOINT}/deliveries", Delivery, query, id=id)

    @pages
    def list(
        self,
        *,
        limit: int | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> Listing[WebhookEndpoint]:
        """Endpoints, newest first."""
        query = {"limit": limit, "starting_after": starting_after, "ending_before": ending_before}
        return listing("/v1/webhook_endpoints", WebhookEndpoint, query)


class WebhookEndpoints(WebhookEndpointCalls, Sync):
    """`Cross.webhook_endpoints`."""


class AsyncWebhookEndpoints(WebhookEndpointCalls, Async):
    """`AsyncCross.webhook_endpoints`."""


class EventCalls:
    """What happened, whether or not a webhook told it."""

    @sends
    def get(self, id: str, /) -> Request[Event]:
        """An event."""
        return request("GET", "/v1/events/{id}", Event, id=id)

    @sends
    def resend(self, id: str, /, *, endpoint: str | None = None) -> Request[Resending]:
        """Send it again to an endpoint, or to every one that asked for its type."""
        return Request(
            method="POST",
            path="/v1/events/{id}/resend",
            kind=Resending,
            named={"id": id},
            query=given({"endpoint": endpoint}),
            again=True,
        )

    @pages
    def list(
        self,
        *,
        type: str | None = None,
        object: str | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        limit: int | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> Listing[Event]:
        """Events, newest first; `object`: only those about it, by its id."""
        query = {
            "type": type,
            "object": object,
            "created_from": created_from,
            "created_to": created_to,
            "limit": limit,
            "starting_after": starting_after,
            "ending_before": ending_before,
        }
        return listing("/v1/events", Event, query)


class Events(EventCalls, Sync):
    """`Cross.events`."""


class AsyncEvents(EventCalls, Async):
    """`AsyncCross.events`."""


def _changing(path: str, kind: Any, body: dict[str, Any], *, id: str) -> Request[Any]:
    return Request(
        method="POST", path=path, kind=kind, body=given(body), named={"id": id}, again=True
    )
