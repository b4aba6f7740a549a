"""A collection: from a payer's wallet to the merchant.

    collecting ──ok──> succeeded
        └─refused─> failed | expired | canceled

The public status of `collecting` is `pending`, or `unknown` while the operator is silent.
"""

from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cross.domain import accounts
from cross.domain.changed import changed
from cross.domain.ledger import JournalEntry, entry
from cross.domain.leg import Leg
from cross.domain.movement import Movement, Step, Transitions
from cross.domain.operator import RefusalCode


class State(StrEnum):
    """Where a collection stands."""

    COLLECTING = "collecting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELED = "canceled"


INITIAL: Final = State.COLLECTING

_TIME_WAS_UP: Final = (RefusalCode.PROMPT_EXPIRED, RefusalCode.EXPIRED_SESSION)

TRANSITIONS: Final[Transitions] = MappingProxyType(
    {
        State.COLLECTING: frozenset({State.SUCCEEDED, State.FAILED, State.EXPIRED, State.CANCELED}),
        State.SUCCEEDED: frozenset(),
        State.FAILED: frozenset(),
        State.EXPIRED: frozenset(),
        State.CANCELED: frozenset(),
    }
)


def after_success(collection: Movement, leg: Leg, *, at: datetime) -> Step:
    """The money is in our float and the merchant's, less the fee."""
    done = changed(
        collection.with_leg(leg),
        state=State.SUCCEEDED,
        updated_at=at,
        completed_at=at,
        attention=None,
    )
    return Step(done, (_collected(collection, leg),), ("collection.succeeded",))


def after_failure(collection: Movement, leg: Leg, *, at: datetime) -> Step:
    """Nothing moved; a prompt that nobody answered has expired."""
    expired = leg.failure is not None and leg.failure.code in _TIME_WAS_UP
    done = changed(
        collection.with_leg(leg),
        state=State.EXPIRED if expired else State.FAILED,
        updated_at=at,
        completed_at=at,
        failure=leg.failure,
        attention=None,
    )
    return Step(done, (), ("collection.expired" if expired else "collection.failed",))


def canceled(collection: Movement, *, at: datetime) -> Step:
    """The merchant thought better of it before anything was sent."""
    done = changed(collection, state=State.CANCELED, updated_at=at, completed_at=at)
    return Step(done, (), ("collection.canceled",))


def _collected(collection: Movement, leg: Leg) -> JournalEntry:
    price, currency = collection.price, leg.money.currency
    return entry(
        "debit.succeeded",
        debits=[(accounts.float_at(leg.operator, currency), price.debit)],
        credits_=[
            (accounts.available_to(collection.merchant, currency), price.credit),
            (accounts.fees_earned(currency), price.fee.earned),
            (accounts.rounding(currency), price.fee.rounding),
        ],
    )
