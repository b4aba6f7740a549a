"""Deliveries as their merchant gets them."""

from typing import Any

from cross.domain.webhook import Attempt
from cross.switch.events import wire_of
from cross.switch.views import View, rfc3339
from cross.switch.webhooks import Delivered, headers_of


def delivery_view(delivered: Delivered, *, url: str) -> View:
    """A delivery as its merchant gets it: what was sent to `url`, and every answer."""
    delivery, event = delivered.delivery, delivered.event
    waits = delivery.state.value == "waiting"
    return {
        "id": delivery.id,
        "object": "delivery",
        "livemode": event.livemode,
        "event": event.id,
        "event_type": event.type,
        "endpoint": delivery.endpoint,
        "status": delivery.state.value,
        "next_attempt_at": rfc3339(delivery.next_at) if waits else None,
        "request": {"method": "POST", "url": url, "body": wire_of(event).decode()},
        "attempts": [_attempt_view(one, event.id) for one in delivered.attempts],
        "created_at": rfc3339(delivery.created_at),
    }


def _attempt_view(attempt: Attempt, event: str) -> View:
    response: dict[str, Any] | None = None
    if attempt.status is not None:
        response = {"status": attempt.status, "body": attempt.answer}
    return {
        "at": rfc3339(attempt.at),
        "duration_ms": attempt.duration_ms,
        "headers": dict(headers_of(event, at=attempt.at, signature=attempt.signature)),
        "response": response,
        "error": attempt.silence,
    }
