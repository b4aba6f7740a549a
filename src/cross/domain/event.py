"""Events: what a merchant is told of what happened, numbered without gaps object by object."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cross.domain.errors import CrossError

# Source: api.md section 4, in its order.
TYPES: Final = (
    "transfer.created",
    "transfer.debited",
    "transfer.completed",
    "transfer.failed",
    "transfer.refunding",
    "transfer.refunded",
    "transfer.unknown",
    "transfer.needs_attention",
    "collection.created",
    "collection.succeeded",
    "collection.failed",
    "collection.expired",
    "collection.unknown",
    "payout.created",
    "payout.succeeded",
    "payout.failed",
    "payout.unknown",
    "refund.succeeded",
    "refund.failed",
    "order.paid",
    "order.expired",
    "order.canceled",
    "float.low",
    "operator.down",
    "operator.up",
    "reconciliation.completed",
    "reconciliation.break_opened",
)
TEST: Final = "webhook_endpoint.test"
"""Goes to the endpoint that it is about, and to no other."""

VERIFICATION: Final = "webhook_endpoint.verification"
"""Asks an endpoint for a token; sent at once, and no event of the books."""

OPERATOR_STOPPED: Final = "operator.stopped"
OPERATOR_RESUMED: Final = "operator.resumed"
"""A safety stop is in force at an operator, and none is any more (I-46)."""

# Ours besides: what happens to an object and would else go untold.
TYPES_BESIDES: Final = (
    OPERATOR_STOPPED,
    OPERATOR_RESUMED,
    "collection.canceled",
    "payout.canceled",
    "refund.created",
    "refund.canceled",
    "refund.unknown",
    "attention.overdue",
    "webhook_endpoint.disabled",
    TEST,
    VERIFICATION,
)
ALL: Final = "*"
"""A subscription to everything, types of later versions included."""

_LIVE: Final = '"livemode":true'
"""In an object's JSON, where no text can hold it: a quote within a text is escaped."""


class UnknownEventType(CrossError):
    """A type that nothing is ever told under."""

    code = "unknown_event_type"

    def __init__(self, *, name: str, param: str = "events") -> None:
        super().__init__(f"no event is of the type {name[:40]!r}")
        self.param = param


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to an object; `body` is the object's JSON as it was right after."""

    id: str
    merchant: str
    object: str
    type: str
    sequence: int
    body: str
    created_at: datetime

    @property
    def livemode(self) -> bool:
        """Whether it is about real money."""
        return _LIVE in self.body


def require_types(types: tuple[str, ...]) -> None:
    """Raises `UnknownEventType` for the first that is none, `*` apart."""
    for name in types:
        if name != ALL and name not in TYPES and name not in TYPES_BESIDES:
            raise UnknownEventType(name=name)
