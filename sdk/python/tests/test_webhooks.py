"""Webhooks: we believe `standardwebhooks` and it believes us, and nothing else is believed."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from cross_switch import WebhookVerificationError, webhooks
from cross_switch.shapes.movements import Collection

SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four bytes or so").decode()
OTHER = "whsec_" + base64.b64encode(b"another secret, as long as the one").decode()
NOW = 1_795_000_000
EVENT: Mapping[str, Any] = {
    "id": "evt_1",
    "object": "event",
    "type": "collection.succeeded",
    "created_at": "2026-11-22T12:00:00Z",
    "livemode": False,
    "sequence": 2,
    "data": {"object": {"id": "col_1", "object": "collection", "status": "succeeded"}},
}
BODY = json.dumps(EVENT).encode()


def _headers(body: bytes = BODY, *, secret: str = SECRET, at: int = NOW) -> dict[str, str]:
    moment = datetime.fromtimestamp(at, UTC)
    return {
        "Webhook-Id": "evt_1",
        "Webhook-Timestamp": str(at),
        "Webhook-Signature": Webhook(secret).sign("evt_1", moment, body.decode()),
    }


def _parse(body: bytes = BODY, headers: Mapping[str, str] | None = None, **named: Any) -> Any:
    secret = named.pop("secret", SECRET)
    given = _headers(body) if headers is None else headers
    return webhooks.parse(body, given, secret, clock=lambda: float(NOW), **named)


def test_what_standardwebhooks_signs_is_an_event() -> None:
    event = _parse()

    assert (event.type, event.sequence, event.livemode) == ("collection.succeeded", 2, False)
    assert isinstance(event.data.object, Collection)
    assert event.data.object.status == "succeeded"
    assert event.created_at == datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_what_we_sign_standardwebhooks_believes() -> None:
    at = int(datetime.now(UTC).timestamp())
    signature = webhooks.sign(BODY, message_id="evt_1", timestamp=at, secret=SECRET)
    headers = {"webhook-id": "evt_1", "webhook-timestamp": str(at), "webhook-signature": signature}

    assert Webhook(SECRET).verify(BODY, headers) == EVENT
    assert webhooks.parse(BODY, headers, SECRET).id == "evt_1"


def test_an_object_of_a_later_version_is_left_as_it_came() -> None:
    body = json.dumps({**EVENT, "data": {"object": {"object": "voucher", "n": 1}}}).encode()

    assert _parse(body).data.object == {"object": "voucher", "n": 1}


def test_one_of_several_signatures_and_one_of_several_secrets_is_enough() -> None:
    old, new = _headers(secret=OTHER), _headers()
    both = f"v1,{'A' * 44} v1a,x {old['Webhook-Signature']} {new['Webhook-Signature']}"

    assert _parse(headers={**new, "Webhook-Signature": both}).id == "evt_1"
    assert _parse(headers=old, secret=[SECRET, OTHER]).id == "evt_1"


@pytest.mark.parametrize("late", [301, -301])
def test_five_minutes_are_the_most_that_clocks_may_differ(late: int) -> None:
    assert _parse(headers=_headers(at=NOW - late + late // abs(late))).id == "evt_1"
    with pytest.raises(WebhookVerificationError):
        _parse(headers=_headers(at=NOW - late))


@pytest.mark.parametrize(
    "changed",
    [
        {"Webhook-Signature": "v1," + base64.b64encode(b"x" * 32).decode()},
        {"Webhook-Signature": ""},
        {"Webhook-Signature": "v1"},
        {"Webhook-Signature": _headers()["Webhook-Signature"].replace("v1,", "v2,")},
        {"Webhook-Signature": "v1,\ud800é"},
        {"Webhook-Id": "evt_2"},
        {"Webhook-Timestamp": str(NOW + 1)},
        {"Webhook-Timestamp": f"{NOW}.0"},
        {"Webhook-Timestamp": "٣"},
        {"Webhook-Timestamp": "9" * 5000},
    ],
)
def test_what_is_changed_is_not_believed(changed: dict[str, str]) -> None:
    with pytest.raises(WebhookVerificationError):
        _parse(headers={**_headers(), **changed})


def test_a_missing_header_another_body_and_another_secret_are_not_believed() -> None:
    for name in _headers():
        with pytest.raises(WebhookVerificationError):
            _parse(headers={k: v for k, v in _headers().items() if k != name})
    with pytest.raises(WebhookVerificationError):
        _parse(BODY + b" ", headers=_headers())
    secrets: tuple[object, ...] = (OTHER, "whsec_", "whsec_é", [])
    for secret in secrets:
        with pytest.raises(WebhookVerificationError):
            _parse(secret=secret)


def test_a_signed_body_that_is_no_object_is_refused() -> None:
    for body in (b"[]", b"not json", b'"evt"'):
        with pytest.raises(WebhookVerificationError):
            _parse(body)
