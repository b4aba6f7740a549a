"""Attempts: one request of a webhook, signed, and what is kept and shown of its answer."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

from cross.clock import monotonic_seconds
from cross.domain.event import Event
from cross.domain.webhook import RETRY_AFTER_SECONDS_MAX, Attempt, signatures
from cross.outbound import HttpRequest, HttpResponse, NoAnswer, Outbound
from cross.switch.events import wire_of
from cross.switch.switch import Switch
from cross.switch.webhooks import headers_of

SHOWN_BYTES_MAX: Final = 200  # money-safety.md, S-OUT-02
_PRINTABLE: Final = range(0x20, 0x7F)


class Sending(NamedTuple):
    """What is sent where, signed by which keys, at which moment."""

    url: str
    event: Event
    keys: Sequence[bytes]
    at: datetime


async def make(switch: Switch, outbound: Outbound, sending: Sending) -> tuple[Attempt, int | None]:
    """Makes one attempt; what came of it, and how many seconds the answer asks us to wait."""
    event, at, body = sending.event, sending.at, wire_of(sending.event)
    signature = signatures(sending.keys, event.id, at_seconds=int(at.timestamp()), body=body)
    request = HttpRequest(
        "POST",
        sending.url,
        headers_of(event.id, at=at, signature=signature),
        body,
        deadline_seconds=switch.settings.webhooks.timeout_seconds,
    )
    begun_at = monotonic_seconds()
    answer: HttpResponse | NoAnswer
    try:
        answer = await outbound.send(request)
    except NoAnswer as none:
        answer = none
    lasted_seconds = monotonic_seconds() - begun_at
    status, silence, told = _told(answer)
    attempt = Attempt(at, status, silence, told, int(lasted_seconds * 1_000), signature)
    return attempt, _retry_after(answer, switch.clock())


def _told(answer: HttpResponse | NoAnswer) -> tuple[int | None, str | None, str]:
    """Status, why there is none, and the first bytes, escaped: what is shown of an answer."""
    if isinstance(answer, NoAnswer):
        return None, answer.detail, ""
    shown = answer.body[:SHOWN_BYTES_MAX]
    told = "".join([chr(byte) if byte in _PRINTABLE else f"\\x{byte:02x}" for byte in shown])
    return answer.status, None, told


def _retry_after(answer: HttpResponse | NoAnswer, now: datetime) -> int | None:
    """Seconds that the answer asks us to wait; a date is a moment (RFC 9110, section 10.2.3)."""
    if isinstance(answer, NoAnswer):
        return None
    asked = next((value for name, value in answer.headers if name.lower() == "retry-after"), None)
    if asked is None:
        return None
    if asked.isascii() and asked.isdigit():
        return min(int(asked[:9]), RETRY_AFTER_SECONDS_MAX)
    try:
        seconds = int((parsedate_to_datetime(asked) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):  # no date, or one without a zone
        return None
    return min(max(seconds, 0), RETRY_AFTER_SECONDS_MAX)
