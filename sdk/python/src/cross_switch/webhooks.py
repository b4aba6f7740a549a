"""Webhooks: is it Cross that speaks? Standard Webhooks, checked before a word of it is believed."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from cross_switch.errors import WebhookVerificationError
from cross_switch.reading import read
from cross_switch.shapes.events import Event

TOLERANCE_SECONDS: Final = 300
"""How far a webhook's time may be from ours: beyond it, it may be one that was recorded."""

PREFIX: Final = "whsec_"
VERSION: Final = "v1"


def parse(
    body: bytes | str,
    headers: Mapping[str, str],
    secret: str | Sequence[str],
    *,
    tolerance_seconds: int = TOLERANCE_SECONDS,
    clock: Callable[[], float] = time.time,
) -> Event:
    """The event that the body tells, once its signature is proven; the body as it came.

    Several secrets while one is rotated. Raises `WebhookVerificationError`.
    """
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body)
    named = {name.lower(): value for name, value in headers.items()}
    message_id = _needed(named, "webhook-id")
    timestamp = _needed(named, "webhook-timestamp")
    signatures = _needed(named, "webhook-signature")
    _check_time(timestamp, clock(), tolerance_seconds)
    secrets = [secret] if isinstance(secret, str) else secret
    signed = f"{message_id}.{timestamp}.".encode("utf-8", "surrogatepass") + raw
    if not _is_signed(signed, signatures, [_key_of(one) for one in secrets]):
        raise WebhookVerificationError("no signature fits")
    try:
        content = json.loads(raw)
    except ValueError:
        raise WebhookVerificationError("the body is not JSON") from None
    if not isinstance(content, dict):
        raise WebhookVerificationError("the body is not an object")
    return read(Event, content)


def sign(body: bytes | str, *, message_id: str, timestamp: int, secret: str) -> str:
    """The signature of a webhook: for tests of whoever receives them."""
    raw = body.encode() if isinstance(body, str) else body
    signed = f"{message_id}.{timestamp}.".encode() + raw
    return f"{VERSION},{_signature(signed, _key_of(secret)).decode()}"


def _needed(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name)
    if not value:
        raise WebhookVerificationError(f"no {name} header")
    return value


def _check_time(timestamp: str, now: float, tolerance_seconds: int) -> None:
    if not timestamp.isascii() or not timestamp.isdecimal():
        raise WebhookVerificationError("webhook-timestamp is not a number of seconds")
    at = int(timestamp[:20])
    if at < now - tolerance_seconds:
        raise WebhookVerificationError("the webhook is too old")
    if at > now + tolerance_seconds:
        raise WebhookVerificationError("the webhook is of the future")


def _key_of(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise WebhookVerificationError("the secret is not a webhook secret") from None
    if not key:
        raise WebhookVerificationError("the secret is empty")
    return key


def _is_signed(signed: bytes, signatures: str, keys: Sequence[bytes]) -> bool:
    """Compares every pair, whatever fitted before: the time tells nothing."""
    expected = [_signature(signed, key) for key in keys]
    fits = False
    for told in signatures.split():
        version, _, value = told.partition(",")
        for one in expected:
            same = hmac.compare_digest(one, value.encode("utf-8", "surrogatepass"))
            fits = fits or (same and version == VERSION)
    return fits


def _signature(signed: bytes, key: bytes) -> bytes:
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
