"""Signed requests as developers meet them: the session's own secret, and a saved request read."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cross.domain.webhook import SECRET_PREFIX, key_of, signatures

_PURPOSE: Final = b"cross listen"


@dataclass(frozen=True, slots=True)
class Saved:
    """A webhook as it came: its headers in lower case, its body byte for byte."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def sent_at(self) -> int | None:
        """Seconds since 1970; None where the header is missing or no number."""
        text = self.headers.get("webhook-timestamp", "")
        return int(text) if text.isascii() and text.isdigit() else None


def session_secret(api_key: str) -> str:
    """What `cross listen` signs with: the same for a key each time, and no way back to the key."""
    digest = hmac.digest(api_key.encode(), _PURPOSE, hashlib.sha256)
    return SECRET_PREFIX + base64.b64encode(digest).decode()


def signed_headers(
    secret: str, event_id: str, body: bytes, *, at_seconds: int
) -> tuple[tuple[str, str], ...]:
    """The headers of Standard Webhooks."""
    signature = signatures([key_of(secret)], event_id, at_seconds=at_seconds, body=body)
    return (
        ("Content-Type", "application/json"),
        ("webhook-id", event_id),
        ("webhook-timestamp", str(at_seconds)),
        ("webhook-signature", signature),
    )


def read_saved(content: bytes) -> Saved:
    """A request saved as HTTP text, or as JSON with `headers` and `body`; raises `ValueError`."""
    if content.lstrip().startswith(b"{"):
        return _from_json(json.loads(content))
    blank = b"\r\n\r\n" if b"\r\n\r\n" in content else b"\n\n"
    head, found, body = content.partition(blank)
    if not found:
        raise ValueError("no empty line between the headers and the body")
    headers: dict[str, str] = {}
    for line in head.decode("latin-1").splitlines():
        name, colon, value = line.partition(":")
        if colon and " " not in name:
            headers[name.lower()] = value.strip()
    return Saved(headers, body.removesuffix(b"\n"))  # an editor's; ours never end with one


def is_genuine(saved: Saved, secret: str) -> bool:
    """Whether a signature of it was made with that secret; raises `ValueError` for a bad one."""
    sent_at, event_id = saved.sent_at, saved.headers.get("webhook-id")
    if sent_at is None or event_id is None:
        return False
    own = signatures([key_of(secret)], event_id, at_seconds=sent_at, body=saved.body)
    given = saved.headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(one.encode("latin-1"), own.encode()) for one in given)


def _from_json(content: Mapping[str, Any]) -> Saved:
    headers, body = content.get("headers"), content.get("body")
    if not isinstance(headers, dict):
        raise ValueError("no headers")  # noqa: TRY004  a file's content, whatever its type
    text = body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))
    return Saved({name.lower(): str(value) for name, value in headers.items()}, text.encode())
