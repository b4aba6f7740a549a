"""Parameters and headers, as the OpenAPI document describes them."""

from typing import Any, Final

Parameter = dict[str, Any]


def _path(name: str, description: str) -> Parameter:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
    }


def _query(name: str, description: str, **schema: object) -> Parameter:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": {"type": "string", **schema},
    }


PATH: Final[dict[str, Parameter]] = {
    "id": _path("id", "The object's id."),
    "key": _path("key", "The Idempotency-Key of the request whose answer is wanted."),
    "operator": _path("operator", "The operator's name."),
    "token": _path("token", "The unguessable part of the operator's callback address."),
}

QUERY: Final[dict[str, Parameter]] = {
    "limit": _query(
        "limit", "How many at most.", type="integer", minimum=1, maximum=100, default=20
    ),
    "starting_after": _query("starting_after", "An id: only what is older."),
    "ending_before": _query("ending_before", "An id: only what is newer."),
    "status": _query("status", "Only those that stand there."),
    "operator": _query("operator", "Only those with a leg at this operator."),
    "reference": _query("reference", "Only the one with this reference."),
    "collection": _query("collection", "Only those of this collection; a `col_` id."),
    "customer": _query("customer", "Only those for this customer; a `cus_` id."),
    "created_from": _query("created_from", "Only from this moment on.", format="date-time"),
    "created_to": _query("created_to", "Only before this moment.", format="date-time"),
    "msisdn": _query("msisdn", "Only those with this number, as people write it."),
    "path": _query("path", "Only calls whose path, as this document writes it, begins so."),
    "subject": _query("subject", "Only calls about this object; its id."),
    "since": _query("since", "An id: only what came after it."),
    "type": _query("type", "Only those of this type."),
    "object": _query("object", "Only those about this object; its id."),
    "endpoint": _query("endpoint", "To this webhook endpoint only; a `we_` id."),
    "dry_run": _query(
        "dry_run", "`true`: only the preview.", type="string", enum=["true", "false"]
    ),
    "account": _query("account", "Only entries with a posting on this account."),
    "movement": _query("movement", "Only entries of this movement; its id."),
}

NUMBER_WANTED: Final[Parameter] = {**QUERY["msisdn"], "required": True}

HEADERS_IN: Final[dict[str, Parameter]] = {
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "Tells a repeat from a second order; a movement's key never expires.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    },
    "X-Request-Id": {
        "name": "X-Request-Id",
        "in": "header",
        "description": "1 to 128 visible characters; any other is replaced by one of ours. "
        "Comes back in the answer, in every error, and in every line of the log.",
        "schema": {"type": "string"},
    },
}

HEADERS_OUT: Final[dict[str, Parameter]] = {
    "X-Request-Id": {
        "description": "The caller's, or one of ours.",
        "schema": {"type": "string"},
    },
    "Idempotent-Replayed": {
        "description": "An earlier request with this key opened the movement.",
        "schema": {"type": "string", "const": "true"},
    },
    "Retry-After": {
        "description": "Seconds to wait before the next try.",
        "schema": {"type": "integer"},
    },
    "Location": {
        "description": "Where to go.",
        "schema": {"type": "string"},
    },
    "Content-Disposition": {
        "description": "The name under which to save the file.",
        "schema": {"type": "string"},
    },
    "WWW-Authenticate": {
        "description": "A Bearer key is wanted.",
        "schema": {"type": "string"},
    },
}
