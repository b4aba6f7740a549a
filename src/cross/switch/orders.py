"""Orders: what a merchant wants paid, how a payer tries to, and what became of it.

For the checkout pages (`cross.web`) these are all that is needed; each may raise a `CrossError`
whose code has sentences in `cross.api.messages`:

    stands = await by_token(switch, token)              # Standing(order, attempts), as it is now
    accepted = await open_attempt(switch, order, Payer(operator, number), key=form_token)
    attempt = await withdraw(switch, order)              # only where provably not sent
    way = await hand_over(switch, order, attempt)        # HandOver: redirect or form post
    await order_log.note(switch, order, Note("opened", …))

A payer's browser comes back from an operator's page to `checkout_url + RETURN_PATH` (or
`LEFT_PATH` where the payer gave up): both prove nothing, they show the order as it stands. Payment
links are in `cross.switch.payment_links`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cross.domain import order as rules
from cross.domain.errors import (
    IdempotencyKeyReused,
    NotCancelable,
    NotFound,
    QuoteUsed,
    ReferenceAlreadyUsed,
    SwitchUnavailable,
)
from cross.domain.ids import ORDER, unguessable
from cross.domain.money import Money
from cross.domain.movement import Movement, MovementKind, Terms
from cross.domain.operator import HandOver
from cross.domain.order import Order, OrderTerms
from cross.domain.order_refusals import AttemptStillOpen, NotHandedOver
from cross.storage import orders as stored
from cross.storage.store import KeyTaken, OrderOpening, ReferenceTaken, Saved
from cross.switch import collections, legs, movements, order_log, projection
from cross.switch.movements import Request
from cross.switch.order_log import Note
from cross.switch.prices import collecting_wallet
from cross.switch.projection import Standing
from cross.switch.switch import Accepted, Switch

RETURN_PATH: Final = "/return"
LEFT_PATH: Final = "/left"
TOKEN_BITS: Final = 160  # money-safety.md S-WEB-08 asks for 128


@dataclass(frozen=True, slots=True)
class Payer:
    """How a payer wants to pay: an operator by name, and the number as people write it.

    `number` is None where the payer names the wallet on the operator's own page.
    """

    operator: str
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """An order, made now or (`replayed`) by an earlier request with the same key."""

    order: Order
    replayed: bool = False


async def open_order(
    switch: Switch, amount: Money, terms: OrderTerms, request: Request, *, minutes: int
) -> Opened:
    """Makes an order, once a key; `terms.operators` empty means all that collect in the currency.

    Raises `UnknownOperator`, `OperationNotOffered`, `CurrencyNotOfOperator`,
    `ReferenceAlreadyUsed`, `IdempotencyKeyReused`.
    """


def checkout_url(switch: Switch, order: Order) -> str:
    """Where the payer pays it."""
    return f"{switch.settings.public_url}/pay/{order.token}"


async def find(switch: Switch, order_id: str, *, merchant: str) -> Standing:
    """A merchant's order as it stands now, with its attempts; raises `NotFound`."""


async def by_token(switch: Switch, token: str) -> Standing:
    """The order that a checkout address names, as it stands now; raises `NotFound`."""


async def open_attempt(switch: Switch, order: Order, payer: Payer, *, key: str) -> Accepted:
    """Tries to pay the order: a collection, once a key (the form's own token, S-WEB-08).

    Raises `AttemptStillOpen`, `OrderAlreadyPaid`, `OrderExpired`, `OrderCanceled`,
    `OperatorNotOffered`, `TooManyAttempts`, and all that a collection may.
    """


async def withdraw(switch: Switch, order: Order) -> Movement:
    """Takes back the open attempt where it was provably not sent.

    Raises `NotCancelable` where none is open, `OutcomeUnknown` where the operator may have it.
    """


async def cancel(switch: Switch, order_id: str, *, merchant: str) -> Order:
    """Takes an unpaid order back, where no attempt is open; raises what says why not."""


async def hand_over(switch: Switch, order: Order, attempt: Movement) -> HandOver:
    """The way to the operator's page, once it is written down that the payer was sent there.

    Raises `NotHandedOver` where there is none (yet): the page asks again.
    """
