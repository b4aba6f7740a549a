"""Webhooks: where a merchant hears of its events, when one is tried again, how one is signed.

The wire is that of Standard Webhooks (github.com/standard-webhooks, specification 1.0.0): the
event's id, the time and the body are signed together, by every secret that is valid now.
"""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from cross.domain.errors import CrossError
from cross.domain.ids import DELIVERY, RandomBits

SECRET_BYTES: Final = 32  # S-OUT-01 asks for 24 at least
SECRET_PREFIX: Final = "whsec_"  # noqa: S105  Standard Webhooks, "signature scheme"
ENDPOINTS_MAX: Final = 16
"""Of one merchant; ASSUMED, api.md names no number."""
DESCRIPTION_LETTERS_MAX: Final = 200

RETRY_AFTER_SECONDS_MAX: Final = 24 * 3600  # api.md section 4, its longest pause
GONE: Final = 410  # RFC 9110, section 15.5.11; Standard Webhooks: the endpoint is disabled
_JITTER_BITS: Final = 10

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_LETTERS: Final = 10  # of a ULID; the other 16 are random


class EndpointStatus(StrEnum):
    """Whether webhooks go there; not before its ownership is proven (`pending`).

    A deleted endpoint is kept, and shown to nobody.
    """

    PENDING = "pending"
    ENABLED = "enabled"
    DISABLED = "disabled"
    DELETED = "deleted"


class DisabledReason(StrEnum):
    """Why an endpoint is disabled."""

    BY_MERCHANT = "by_merchant"
    GONE = "gone"
    FAILING = "failing"


class DeliveryState(StrEnum):
    """What became of one event at one endpoint."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    EXHAUSTED = "exhausted"
    CANCELED = "canceled"


class EndpointDisabled(CrossError):
    """Nothing is sent to an endpoint that is disabled."""

    code = "endpoint_disabled"

    def __init__(self) -> None:
        super().__init__("this endpoint is disabled: enable it first")


class EndpointUnverified(CrossError):
    """An endpoint that is not proven to be the merchant's cannot be enabled."""

    code = "endpoint_unverified"

    def __init__(self) -> None:
        super().__init__("this endpoint is not verified: verify it first")


class VerificationFailed(CrossError):
    """The endpoint did not answer the challenge as its owner would."""

    code = "verification_failed"

    def __init__(self, why: str) -> None:
        super().__init__(f"this endpoint is not proven to be yours: {why}")


class TooManyEndpoints(CrossError):
    """The merchant has as many endpoints as one may have."""

    code = "too_many_endpoints"

    def __init__(self) -> None:
        super().__init__(f"a merchant has {ENDPOINTS_MAX} webhook endpoints at most")


class NoMasterKey(CrossError):
    """A secret cannot be kept: this installation has no master key to seal it under."""

    code = "no_master_key"

    def __init__(self) -> None:
        super().__init__("no secret can be kept here: master_key_file names no key")


@dataclass(frozen=True, slots=True)
class EndpointTerms:
    """What the merchant says of an endpoint; `events` are types, or `*` alone for all of them."""

    url: str
    events: tuple[str, ...] = ("*",)
    description: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where one merchant's webhooks go. Secrets are sealed; `version` rises with every change.

    `previous_secret` signs beside the current one until `previous_until`. `failing_since`: the
    first failure since which nothing was delivered. `told` counts the events about itself.
    `moves_to`: where it will lead from `moves_at` on, which it has once that is proven to be the
    merchant's. Before `secret_from` only the previous secret signs.
    """

    id: str
    merchant: str
    livemode: bool
    terms: EndpointTerms
    secret: str = field(repr=False)
    created_at: datetime
    updated_at: datetime
    status: EndpointStatus = EndpointStatus.ENABLED
    reason: DisabledReason | None = None
    previous_secret: str | None = field(default=None, repr=False)
    previous_until: datetime | None = None
    failing_since: datetime | None = None
    told: int = 0
    version: int = 1
    moves_to: str | None = None
    moves_at: datetime | None = None
    secret_from: datetime | None = None

    def url_at(self, at: datetime) -> str:
        """Where it leads at a moment."""
        if self.moves_to is not None and self.moves_at is not None and self.moves_at <= at:
            return self.moves_to
        return self.terms.url


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that was made: the answer's status, or why there was none."""

    at: datetime
    status: int | None
    silence: str | None
    answer: str
    duration_ms: int
    signature: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event at one endpoint; `tries` of the schedule are used up, `next_at` is the next."""

    event: str
    endpoint: str
    state: DeliveryState
    tries: int
    next_at: datetime
    created_at: datetime

    @property
    def id(self) -> str:
        """Made of both ids, so that it needs no column."""
        return delivery_id(self.event, self.endpoint)


class Heard(NamedTuple):
    """What came of an attempt; `retry_after_seconds` is what the answer asked for."""

    status: int | None
    retry_after_seconds: int | None = None

    @property
    def is_delivered(self) -> bool:
        """Any 2xx; a redirect is none (S-OUT-02)."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004  RFC 9110


def next_try(
    tries: int, heard: Heard, schedule_seconds: Sequence[float], random_bits: RandomBits
) -> timedelta | None:
    """How long after the `tries`-th failure to try again; None where that was the last.

    A tenth more or less, so that what failed together is not tried together.
    """
    if tries > len(schedule_seconds):
        return None
    part = (random_bits(_JITTER_BITS) * 200 // ((1 << _JITTER_BITS) - 1)) + 900  # 900 to 1 100
    planned = timedelta(seconds=schedule_seconds[tries - 1]) * part // 1_000
    asked = timedelta(seconds=min(heard.retry_after_seconds or 0, RETRY_AFTER_SECONDS_MAX))
    return max(planned, asked)


def longest_pause(schedule_seconds: Sequence[float]) -> timedelta:
    """No try is planned farther ahead than this."""
    longest_seconds = max(RETRY_AFTER_SECONDS_MAX, *schedule_seconds, 0)
    return timedelta(seconds=longest_seconds) * 11 // 10


def new_secret(random_bits: RandomBits) -> str:
    """A secret as merchants get it: once."""
    raw = random_bits(SECRET_BYTES * 8).to_bytes(SECRET_BYTES, "big")
    return SECRET_PREFIX + base64.b64encode(raw).decode()


def key_of(secret: str) -> bytes:
    """What is signed with."""
    return base64.b64decode(secret.removeprefix(SECRET_PREFIX))


def signatures(keys: Sequence[bytes], event: str, *, at_seconds: int, body: bytes) -> str:
    """The header's value: one signature a key, separated by spaces.

    Not `hmac.digest`, which lets another thread run, and then waits for its turn again.
    """
    signed = b"%s.%d.%s" % (event.encode(), at_seconds, body)
    digests = [hmac.new(key, signed, "sha256").digest() for key in keys]
    return " ".join([f"v1,{base64.b64encode(digest).decode()}" for digest in digests])


def delivery_id(event: str, endpoint: str) -> str:
    """An id of the event's time, whose random part is that of both ids together."""
    return f"{DELIVERY}_{_crossed(event.partition('_')[2], endpoint)}"


def event_of(delivery: str, endpoint: str) -> str:
    """The event of a delivery to that endpoint; crossing twice gives back what was crossed."""
    return f"evt_{_crossed(delivery.partition('_')[2], endpoint)}"


def _crossed(ulid: str, endpoint: str) -> str:
    other = endpoint.partition("_")[2][_TIME_LETTERS:]
    mixed = [
        _CROCKFORD[_CROCKFORD.index(a) ^ _CROCKFORD.index(b)]
        for a, b in zip(ulid[_TIME_LETTERS:], other, strict=True)
    ]
    return ulid[:_TIME_LETTERS] + "".join(mixed)
