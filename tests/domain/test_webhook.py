"""The schedule of attempts, and what is signed."""

import base64
from datetime import UTC, datetime
from functools import partial

import pytest
from standardwebhooks import Webhook

from cross.domain.ids import new_id
from cross.domain.webhook import (
    Heard,
    delivery_id,
    event_of,
    key_of,
    new_secret,
    next_try,
    signatures,
)
from cross.settings import WEBHOOK_SCHEDULE_SECONDS


def _filled(fill: int, bits: int) -> int:
    return fill << (bits - 8)


AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEAST, MOST = (lambda _: 0), (lambda bits: (1 << bits) - 1)


def test_eleven_attempts_over_more_than_eighty_hours() -> None:
    """I-38, money-safety.md section 4; the pauses are those of api.md, the last one twice."""
    for bits, tenths in ((LEAST, 9), (MOST, 11)):
        pauses = [
            next_try(tries, Heard(500), WEBHOOK_SCHEDULE_SECONDS, bits) for tries in range(1, 12)
        ]
        assert pauses[-1] is None
        seconds = [pause.total_seconds() for pause in pauses if pause is not None]
        assert seconds == [planned * tenths / 10 for planned in WEBHOOK_SCHEDULE_SECONDS]
        assert sum(seconds) >= 80 * 3_600


@pytest.mark.parametrize(("asked", "waits"), [(60, 60), (10**9, 86_400), (0, 4.5), (None, 4.5)])
def test_retry_after_is_bounded_to_a_day(asked: int | None, waits: float) -> None:
    pause = next_try(1, Heard(503, asked), WEBHOOK_SCHEDULE_SECONDS, LEAST)

    assert pause is not None
    assert pause.total_seconds() == waits


def test_two_keys_make_two_signatures_and_each_is_believed() -> None:
    """S-OUT-01."""
    secrets = [new_secret(partial(_filled, fill)) for fill in (1, 2)]
    now = datetime.now(UTC)
    body = b'{"id":"evt_1"}'
    signed = signatures(
        [key_of(one) for one in secrets], "evt_1", at_seconds=int(now.timestamp()), body=body
    )

    assert all(len(base64.b64decode(one.removeprefix("whsec_"))) >= 24 for one in secrets)
    for secret in secrets:
        Webhook(secret).verify(
            body,
            {
                "webhook-id": "evt_1",
                "webhook-timestamp": f"{int(now.timestamp())}",
                "webhook-signature": signed,
            },
        )


def test_a_delivery_s_id_leads_back_to_its_event() -> None:
    event = new_id("evt", at=AT, random_bits=(1 << 79) + 12345)
    endpoints = [new_id("we", at=AT, random_bits=bits) for bits in (7, 99 << 40)]
    made = [delivery_id(event, endpoint) for endpoint in endpoints]

    assert len(set(made)) == 2
    assert [event_of(one, to) for one, to in zip(made, endpoints, strict=True)] == [event, event]
