"""A payment as a simulated operator keeps it: one debit or credit asked for by a client.

RECEIVED --> PENDING --> PAID | FAILED        (operators.md sections 2.9 and 3.10)
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cross.simulation.clients import Client
from cross.simulation.journal import Kind
from cross.simulation.numbers import Number


class State(StrEnum):
    """Where a payment stands at the operator."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"


class Failure(StrEnum):
    """Why a payment failed, before each operator says it in its own words."""

    NO_FUNDS = "no_funds"
    REFUSED = "refused"
    EXPIRED = "expired"
    NOT_REGISTERED = "not_registered"
    LIMIT_REACHED = "limit_reached"
    PROMPT_OPEN = "prompt_open"
    WRONG_PIN = "wrong_pin"
    BLOCKED = "blocked"
    CREDIT_REFUSED = "credit_refused"
    FLOAT_TOO_LOW = "float_too_low"
    WRONG_CODE = "wrong_code"
    BAD_ORDER = "bad_order"


@dataclass(frozen=True, slots=True)
class Order:
    """What a client asks to be moved, read from its own words, which `asked` keeps.

    `callback_url` is its own, before the client's; `msisdn` is empty until a hosted page knows it;
    `credit_calls_back`: the client is told of a credit too, although its answer said it all.
    """

    kind: Kind
    client: Client
    reference: str
    msisdn: str
    amount: int
    asked: Mapping[str, object]
    calls_back: bool = True
    callback_url: str | None = None
    credit_calls_back: bool = False


@dataclass(slots=True, eq=False)
class Payment:
    """An order that the operator took, and what became of it.

    `hosted`: the payer answers on the operator's own page, not on a prompt; `authorised_at` is when
    he did. `forged`: a lie that never was, only ever worded.
    """

    order: Order
    operator: str
    number: Number
    serial: int
    operator_reference: str
    received_at: datetime
    state: State = State.PENDING
    failure: Failure | None = None
    objection: Failure | None = None
    decided_at: datetime | None = None
    prompt_expires_at: datetime | None = None
    pin_attempts: int = 0
    callback_delivered: bool = False
    last_callback: asyncio.Task[None] | None = None
    when_decided: asyncio.Future[None] | None = None
    hosted: bool = False
    payer_known_at: datetime | None = None
    authorised_at: datetime | None = None
    forged: bool = False

    @property
    def prompt_id(self) -> str:
        """What names this payment's prompt on a handset."""
        return f"{self.operator}-{self.serial}"

    @property
    def callback_url(self) -> str | None:
        """Where the client is told of this payment, if anywhere."""
        return self.order.callback_url or self.order.client.callback_url

    @property
    def concerns(self) -> tuple[str, str]:
        """The reference and the number that a fault's `match` is compared with."""
        return self.order.reference, self.order.msisdn
