"""Attempts: one request of a webhook, signed, and what is kept and shown of its answer."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

from cross.clock import monotonic_seconds
from cross.domain.event import Event
from cross.domain.partner import Partner
from cross.domain.webhook import RETRY_AFTER_SECONDS_MAX, Attempt, signatures
from cross.outbound import HttpRequest, HttpResponse, NoAnswer, Outbound
from cross.storage import movements
from cross.switch.events import wire_of
from cross.switch.partner_words import transaction
from cross.switch.switch import Switch
from cross.switch.views import encoded
from cross.switch.webhooks import USER_AGENT, headers_of

SHOWN_BYTES_MAX: Final = 200  # money-safety.md, S-OUT-02
JSON_HEADERS: Final[tuple[tuple[str, str], ...]] = (
    ("Content-Type", "application/json"),
    ("User-Agent", USER_AGENT),
)
_PRINTABLE: Final = range(0x20, 0x7F)


class Sending(NamedTuple):
    """What is sent where, signed by which keys, at which moment; to a bank in its own words."""

    url: str
    event: Event
    keys: Sequence[bytes]
    at: datetime
    partner: Partner | None = None


async def make(switch: Switch, outbound: Outbound, sending: Sending) -> tuple[Attempt, int | None]:
    """Makes one attempt; what came of it, and how many seconds the answer asks us to wait."""
    at, body, headers, signature = sending.at, b"", JSON_HEADERS, ""
    if sending.partner is None:
        event, body = sending.event, wire_of(sending.event)
        signature = signatures(sending.keys, event.id, at_seconds=int(at.timestamp()), body=body)
        headers = headers_of(event.id, at=at, signature=signature)
    else:
        body = await _callback(switch, sending.event, sending.partner)
    request = HttpRequest(
        "POST",
        sending.url,
        headers,
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


async def _callback(switch: Switch, event: Event, partner: Partner) -> bytes:
    """What a bank is told of its movement (operators.md 2.4): no signature, as ever."""
    movement = await movements.get(switch.store, event.object)
    if movement is None:
        raise ValueError(f"{event.object} is told of and not in the books")
    return encoded(transaction(movement, number=partner.number, name=partner.name)).encode()


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
