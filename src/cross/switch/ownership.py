"""Whose a live endpoint is: it proves itself by answering a signed challenge (S-OUT-07).

A POST signed as every webhook carries a token; the answer is 2xx and the token, by itself or as
`{"challenge": token}`. Whoever sends back what comes proves nothing. The token lives in this call.
"""

import hmac
import json
from typing import Final

from cross.domain.errors import SwitchUnavailable
from cross.domain.event import VERIFICATION, Event
from cross.domain.ids import EVENT
from cross.domain.webhook import (
    Endpoint,
    EndpointStatus,
    Heard,
    VerificationFailed,
    key_of,
    signatures,
)
from cross.outbound import HttpRequest, HttpResponse, NoAnswer
from cross.switch.events import wire_of
from cross.switch.switch import Switch
from cross.switch.views import encoded
from cross.switch.webhooks import (
    changes_at,
    endpoint_view,
    find_endpoint,
    headers_of,
    next_of,
    record_of,
    step,
)

TOKEN_BITS: Final = 256
_TRIES_MAX: Final = 8


async def verify(switch: Switch, endpoint_id: str, *, merchant: str) -> Endpoint:
    """Asks where the endpoint leads, or will lead; proven, it is enabled, or moves in an hour.

    Raises `NotFound`, `WebhookUrlRefused`, `VerificationFailed`.
    """
    asked = await find_endpoint(switch, endpoint_id, merchant=merchant)
    if not _is_open(asked):
        return asked
    url = asked.moves_to or asked.terms.url
    await switch.check_webhook_url(url)
    await _challenge(switch, asked, url)
    for _ in range(_TRIES_MAX):
        found = await find_endpoint(switch, endpoint_id, merchant=merchant)
        if not _is_open(found):
            return found
        if (found.moves_to or found.terms.url) != url:
            raise VerificationFailed("its URL changed meanwhile")
        if found.status is EndpointStatus.PENDING:
            after = next_of(switch, found, status=EndpointStatus.ENABLED)
        else:
            after = next_of(switch, found, moves_at=changes_at(switch, found))
        if await step(switch, after):
            return after
    raise SwitchUnavailable


def _is_open(endpoint: Endpoint) -> bool:
    is_to_move = endpoint.moves_to is not None and endpoint.moves_at is None
    return endpoint.status is EndpointStatus.PENDING or is_to_move


async def _challenge(switch: Switch, endpoint: Endpoint, url: str) -> None:
    token, at = f"{switch.random_bits(TOKEN_BITS):064x}", switch.clock()
    told = encoded({**endpoint_view(endpoint), "challenge": token})
    name = switch.new_id(EVENT)
    body = wire_of(Event(name, endpoint.merchant, endpoint.id, VERIFICATION, 1, told, at))
    keys = _keys(switch, endpoint)
    signature = signatures(keys, name, at_seconds=int(at.timestamp()), body=body)
    headers = headers_of(name, at=at, signature=signature)
    deadline_seconds = switch.settings.webhooks.timeout_seconds
    request = HttpRequest("POST", url, headers, body, deadline_seconds=deadline_seconds)
    if switch.webhook_door is None:
        raise SwitchUnavailable
    try:
        answer = await switch.webhook_door.send(request)
    except NoAnswer as none:
        raise VerificationFailed(none.detail) from None
    if not Heard(answer.status).is_delivered:
        raise VerificationFailed(f"it answered {answer.status}")
    if not hmac.compare_digest(_said(answer), token.encode()):
        raise VerificationFailed("it did not answer with the challenge and nothing else")


def _keys(switch: Switch, endpoint: Endpoint) -> list[bytes]:
    """Those that sign now."""
    now, record = switch.clock(), record_of(endpoint.id)
    sealed = []
    if endpoint.secret_from is None or endpoint.secret_from <= now:
        sealed.append(endpoint.secret)
    if endpoint.previous_secret is not None and (
        endpoint.previous_until is None or endpoint.previous_until > now
    ):
        sealed.append(endpoint.previous_secret)
    return [key_of(switch.seals.open(one, record=record).decode()) for one in sealed]


def _said(answer: HttpResponse) -> bytes:
    """What the answer says the token is."""
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        return answer.body.strip()
    told = content.get("challenge") if isinstance(content, dict) and len(content) == 1 else None
    return told.encode("utf-8", "replace") if isinstance(told, str) else answer.body.strip()
