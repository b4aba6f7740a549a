"""The webhooks in the OpenAPI document: for each type of event, what comes and what to answer."""

from collections.abc import Mapping
from typing import Any, Final

from cross.api.webhook_schemas import EVENT_TYPES

_REF: Final = "#/components/schemas/"
_OBJECTS: Final[Mapping[str, str]] = {
    "transfer": "Transfer",
    "collection": "Collection",
    "payout": "Payout",
    "refund": "Refund",
    "order": "Order",
}
_SIGNED: Final[Mapping[str, str]] = {
    "webhook-id": "The event's id: the same at every attempt, so that a repeat is known.",
    "webhook-timestamp": "Seconds since 1970 when this attempt was made; refuse old ones.",
    "webhook-signature": "`v1,` and base64 of HMAC-SHA256 over id.timestamp.body, with the secret; "
    "two of them, separated by a space, while a secret is rotated.",
}


def webhooks_described() -> dict[str, Any]:
    """The `webhooks` of an OpenAPI 3.1 document (Standard Webhooks, symmetric signature)."""
    return {name: {"post": _operation(name)} for name in EVENT_TYPES}


def _operation(name: str) -> dict[str, Any]:
    return {
        "operationId": f"on_{name.replace('.', '_')}",
        "tags": ["webhooks"],
        "description": f"Sent to endpoints that hear of `{name}`. Any 2xx within 15 s takes it; "
        "410 disables the endpoint; anything else is tried again.",
        "parameters": [
            {
                "name": header,
                "in": "header",
                "required": True,
                "description": told,
                "schema": {"type": "string"},
            }
            for header, told in _SIGNED.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _schema(name)}},
        },
        "responses": {"2XX": {"description": "Taken."}, "410": {"description": "No more of them."}},
        "security": [],
    }


def _schema(name: str) -> dict[str, Any]:
    """An event whose object is described, where it is one that the API answers with."""
    known = _OBJECTS.get(name.partition(".")[0])
    narrowed: dict[str, Any] = {"type": {"const": name}}
    if known is not None:
        narrowed["data"] = {"properties": {"object": {"$ref": f"{_REF}{known}"}}}
    return {"allOf": [{"$ref": f"{_REF}Event"}, {"properties": narrowed}]}
