"""A merchant's server that is not there: it receives webhooks, and tells which were genuine.

It verifies signatures with code of its own, written from the specification and not from the switch:
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Final

from cross.simulation.control import (
    Content,
    Handlers,
    listed,
    query_of,
    reply,
    whole_in,
    wire_moment,
)
from cross.simulation.control_fields import BadCall, number, read_fields, whole
from cross.simulation.exchange import Reply, Request, json_object
from cross.simulation.timers import Timers

PATH: Final = "/webhooks"
WEBHOOKS_KEPT: Final = 1_000
TOLERANCE_SECONDS: Final = 300  # standardwebhooks: five minutes either way
_SECRET_PREFIX: Final = "whsec_"  # noqa: S105  the specification's prefix, no secret
_STATUSES: Final = range(100, 600)


class Doubt(StrEnum):
    """Why a webhook is not believed."""

    SECRET_MISSING = "secret_missing"  # noqa: S105  a reason, no secret
    HEADER_MISSING = "header_missing"
    TIMESTAMP_WRONG = "timestamp_wrong"
    SIGNATURE_WRONG = "signature_wrong"


@dataclass(frozen=True, slots=True)
class Received:
    """One webhook as it came, what was thought of it (`doubt`), and what was answered."""

    at: datetime
    id: str
    body: bytes
    headers: Sequence[tuple[str, str]]
    doubt: Doubt | None
    status: int
    is_repeated: bool

    @property
    def type(self) -> str:
        """What it tells of, as far as it can be read."""
        return str((json_object(self.body) or {}).get("type", ""))


@dataclass(slots=True)
class _Manner:
    """How the receiver answers; `count`: only so many more times, then well again."""

    status: int = 200
    delay_seconds: float = 0.0
    retry_after_seconds: int | None = None
    count: int | None = None


class WebhookReceiver:
    """Receives, verifies and keeps webhooks; misbehaves when it is asked to."""

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._secrets: tuple[str, ...] = ()
        self._manner = _Manner()
        self.received: deque[Received] = deque(maxlen=WEBHOOKS_KEPT)

    def handlers(self) -> Handlers:
        """The control calls about webhooks (sandbox.md section 4)."""
        return {
            ("GET", "webhooks", 0): self._list,
            ("PUT", "webhooks", 0): self._change,
            ("DELETE", "webhooks", 0): self._forget,
        }

    async def answer(self, request: Request) -> Reply:
        """Takes one webhook; a wrong signature is refused, as a careful merchant would."""
        if request.method != "POST":
            return reply(405, {"error": "webhooks come by POST"})
        manner = self._next_manner()
        if manner.delay_seconds:
            await self._timers.sleep(manner.delay_seconds)
        doubt = self._doubt(request)
        status = 401 if doubt is not None and manner.status < 300 else manner.status  # noqa: PLR2004
        self._keep(request, doubt, status)
        said = reply(status, {"received": doubt is None})
        if manner.retry_after_seconds is not None:
            said.headers = ((b"retry-after", b"%d" % manner.retry_after_seconds),)
        return said

    def forget(self) -> None:
        """Well again, and nothing received; the secrets stay."""
        self.received.clear()
        self._manner = _Manner()

    def _next_manner(self) -> _Manner:
        manner = self._manner
        if manner.count is not None:
            manner.count -= 1
            if manner.count <= 0:
                self._manner = _Manner()
        return manner

    def _keep(self, request: Request, doubt: Doubt | None, status: int) -> None:
        webhook_id = request.header(b"webhook-id") or ""
        before = any(one.id == webhook_id and one.status < 300 for one in self.received)  # noqa: PLR2004
        headers = [(key.decode("latin-1"), text.decode("latin-1")) for key, text in request.headers]
        at = self._timers.now()
        one = Received(at, webhook_id, request.body, headers, doubt, status, before)
        self.received.append(one)

    def _doubt(self, request: Request) -> Doubt | None:
        names = (b"webhook-id", b"webhook-timestamp", b"webhook-signature")
        webhook_id, timestamp, signatures = (request.header(name) for name in names)
        if not webhook_id or not timestamp or not signatures:
            return Doubt.HEADER_MISSING
        sent_at = int(timestamp) if timestamp.isascii() and timestamp.isdigit() else 0
        if abs(self._timers.given_now().timestamp() - sent_at) > TOLERANCE_SECONDS:
            return Doubt.TIMESTAMP_WRONG
        if not self._secrets:
            return Doubt.SECRET_MISSING
        signed = f"{webhook_id}.{timestamp}.".encode("latin-1") + request.body
        expected = [_signature(secret, signed) for secret in self._secrets]
        given = [text.encode("latin-1") for text in signatures.split(" ")]
        is_genuine = any(hmac.compare_digest(one, own) for one in given for own in expected)
        return None if is_genuine else Doubt.SIGNATURE_WRONG

    def _list(self, request: Request, _: tuple[str, ...]) -> Content:
        query = query_of(request, "limit", "type", "id")
        limit = whole_in(query, "limit", default=WEBHOOKS_KEPT)
        wanted = [one for one in reversed(self.received) if _is_wanted(one, query.get("type"))]
        newest = [one for one in wanted if query.get("id") in (None, one.id)]
        return listed([_shown(one) for one in reversed(list(islice(newest, limit)))])

    def _change(self, request: Request, _: tuple[str, ...]) -> Content:
        fields = read_fields(
            request,
            {
                "secrets": _secrets,
                "status": _status,
                "delay_seconds": number,
                "retry_after_seconds": whole,
                "count": whole,
            },
        )
        if "secrets" in fields:
            self._secrets = _secrets("secrets", fields.pop("secrets"))
        self._manner = _Manner(
            status=whole("status", fields.get("status", 200)),
            delay_seconds=number("delay_seconds", fields.get("delay_seconds", 0)),
            retry_after_seconds=_maybe(fields, "retry_after_seconds"),
            count=_maybe(fields, "count") or None,
        )
        return self._state()

    def _forget(self, _: Request, __: tuple[str, ...]) -> Content:
        self.forget()
        return self._state()

    def _state(self) -> Content:
        manner = self._manner
        return {
            "status": manner.status,
            "delay_seconds": manner.delay_seconds,
            "retry_after_seconds": manner.retry_after_seconds,
            "count": manner.count,
            "secrets": len(self._secrets),
            "received": len(self.received),
        }


def _signature(secret: str, signed: bytes) -> bytes:
    key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX))
    return b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))


def _is_wanted(one: Received, event_type: str | None) -> bool:
    return event_type is None or one.type == event_type


def _maybe(fields: dict[str, object], name: str) -> int | None:
    return whole(name, fields[name]) if name in fields else None


def _status(name: str, value: object) -> int:
    status = whole(name, value)
    if status not in _STATUSES:
        raise BadCall(422, f"{name} is no HTTP status", field=name)
    return status


def _secrets(name: str, value: object) -> tuple[str, ...]:
    texts = value if isinstance(value, list | tuple) else None
    if texts is None or not all(isinstance(one, str) for one in texts):
        raise BadCall(422, f"{name} is not a list of texts", field=name)
    for one in texts:
        try:
            base64.b64decode(one.removeprefix(_SECRET_PREFIX), validate=True)
        except ValueError:
            raise BadCall(422, f"{name} holds what is no whsec_… secret", field=name) from None
    return tuple(texts)


def _shown(one: Received) -> Content:
    return {
        "id": one.id,
        "type": one.type,
        "at": wire_moment(one.at),
        "verified": one.doubt is None,
        "doubt": None if one.doubt is None else one.doubt.value,
        "repeated": one.is_repeated,
        "status": one.status,
        "headers": dict(_named(one)),
        "body": one.body.decode("utf-8", "replace"),
        "event": json.loads(one.body) if json_object(one.body) is not None else None,
    }


def _named(one: Received) -> Iterator[tuple[str, str]]:
    """Its headers, save what could let somebody in."""
    return ((key, text) for key, text in one.headers if key not in ("authorization", "cookie"))
