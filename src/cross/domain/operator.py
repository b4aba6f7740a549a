"""Operators: what one is, what it can be asked, and the four answers it may give."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, Protocol, TypeAlias, runtime_checkable

from cross.domain.money import Currency, Money
from cross.domain.msisdn import Country, Msisdn


class CollectMode(StrEnum):
    """How a payer approves: on the phone (push) or on the operator's page (redirect)."""

    PUSH = "push"
    REDIRECT = "redirect"


class RefundMode(StrEnum):
    """How a collection is given back: by the operator's own refund, or as a credit to the payer."""

    OPERATOR = "operator"
    CREDIT = "credit"


class RefusalCode(StrEnum):
    """Why an operator refused, in public words that never change (api.md section 2)."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    PAYER_REFUSED = "payer_refused"
    PROMPT_EXPIRED = "prompt_expired"
    WRONG_PIN = "wrong_pin"
    WALLET_NOT_FOUND = "wallet_not_found"
    WALLET_BLOCKED = "wallet_blocked"
    LIMIT_REACHED = "limit_reached"
    PROMPT_ALREADY_OPEN = "prompt_already_open"
    OPERATOR_UNAVAILABLE = "operator_unavailable"
    OPERATOR_REFUSED = "operator_refused"
    FLOAT_TOO_LOW = "float_too_low"
    EXPIRED_SESSION = "expired_session"
    CANCELED_BY_PAYER = "canceled_by_payer"


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The money moved; `money` is what the operator says it moved, None where it does not say.

    `payer` is the wallet that paid, where the operator tells it and only the payer knew.
    """

    operator_reference: str | None
    money: Money | None = None
    payer: Msisdn | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Definitely not, for a reason in the operator's list of refusals: no money moved."""

    code: RefusalCode
    operator_code: str | None = None
    operator_message: str | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """The operator has the request and has not decided: the payer is looking at the prompt.

    `keeps`: the reference is to be kept at once, because the payer's way to the operator's page
    is made of it (`Operator.hand_over`).
    """

    operator_reference: str | None = None
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer we can trust: the money may or may not have moved. Ask again, never resend.

    `sent` is False only when provably no byte of the request left: the connection never opened.
    `overdue`: the time in which the operator would have told us has passed, so that what was
    pending is unknown from now on.
    """

    detail: str
    sent: bool = True
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """A query's answer only: the operator does not know the reference, for now."""


Outcome: TypeAlias = Succeeded | Refused | Pending | Unknown
LookUp: TypeAlias = Outcome | Missing


@dataclass(frozen=True, slots=True)
class Visit:
    """What an operator's own page needs to know of the payer's visit.

    `title` is who asks and for what, as the payer reads it; both addresses bring the payer back
    and prove nothing; `until` ends the visit; `language` is `fr` or `en`.
    """

    title: str
    return_url: str
    cancel_url: str
    until: datetime
    language: str = "fr"


@dataclass(frozen=True, slots=True)
class HandOver:
    """Where the payer's browser goes, and how: `fields` are posted as a form, in order."""

    url: str
    method: str = "GET"
    fields: tuple[tuple[str, str], ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Original:
    """The collection that a refund gives back, as the operator knows it."""

    reference: str
    operator_reference: str | None
    money: Money


@dataclass(frozen=True, slots=True)
class LegRequest:
    """All that an operator needs to move money once; `reference` stays the leg's for ever.

    `wallet` is None where the payer names it on the operator's page only; `visit` is given for a
    collection on such a page, `original` for a refund.
    """

    reference: str
    wallet: Msisdn | None
    money: Money
    movement: str
    description: str
    requested_at: datetime
    visit: Visit | None = None
    original: Original | None = None

    @property
    def named_wallet(self) -> Msisdn:
        """The wallet, for an operator that is always told it; raises `ValueError` without one."""
        if self.wallet is None:
            raise ValueError(f"no wallet is named for {self.reference}")
        return self.wallet


class RawCallback(NamedTuple):
    """What came in at a callback route, unread: stored before it is looked at (S-IN-03)."""

    method: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    peer: str


class CallbackHint(NamedTuple):
    """What a callback is about. It moves nothing: it tells which leg to ask the operator about.

    `answer` is what it proves, at an operator that answers no queries and from a caller that the
    connector recognised (api.md section 5); None everywhere else.
    """

    reference: str | None
    says: str
    answer: Succeeded | Refused | None = None


class CallbackReply(NamedTuple):
    """What the operator wants to hear, the same for a known and an unknown reference (S-IN-09)."""

    body: bytes
    content_type: str = "application/json"
    status: int = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """The least and the most that one operation moves."""

    least: Money
    most: Money


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence for people, in French and in English."""

    fr: str
    en: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What an operator is and offers.

    `settling_seconds`: how long after our last byte a request may still surface there, so that
    *not found* counts only later. `prompt_seconds`: how long the payer has to approve.
    `refuses_repeated_reference`: the same reference sent twice moves money once.
    `answers_queries`: where it does not, its callbacks are all that it ever says.
    `refunds`: how a collection is given back, `refunds_through` naming the operator that credits
    the payer where this one cannot. `takes_back`: an order that nobody has paid can be closed.
    """

    name: str
    title: str
    country: Country
    currency: Currency
    collect: CollectMode | None
    pay_out: bool
    prefixes: tuple[str, ...]
    limits: Limits
    prompt_seconds: int
    answer_timeout_seconds: float
    settling_seconds: float
    refuses_repeated_reference: bool
    payer_sees: Text
    ussd_code: str | None = None
    answers_queries: bool = True
    refunds: RefundMode = RefundMode.CREDIT
    refunds_through: str | None = None
    takes_back: bool = False


class Operator(Protocol):
    """A connector. No method raises for what the operator does: silence is `Unknown`."""

    @property
    def profile(self) -> Profile:
        """What this operator is and offers."""

    async def collect(self, request: LegRequest) -> Outcome:
        """Ask a payer's wallet for money."""

    async def pay_out(self, request: LegRequest) -> Outcome:
        """Give money to a wallet."""

    async def look_up_collection(self, request: LegRequest) -> LookUp:
        """What became of a collection, by its reference."""

    async def look_up_payout(self, request: LegRequest) -> LookUp:
        """What became of a payout, by its reference."""

    async def refund(self, request: LegRequest) -> Outcome:
        """Give a collection back, whole or in part; `request.original` is the collection."""

    async def look_up_refund(self, request: LegRequest) -> LookUp:
        """What became of a refund, by its own reference."""

    async def take_back(self, request: LegRequest) -> None:
        """Ask that nobody can pay a collection any more; what came of it is for a query to tell."""

    def hand_over(self, request: LegRequest, operator_reference: str) -> HandOver | None:
        """Where the payer goes to approve, from the reference that `Pending` kept; None by push."""

    def read_callback(self, callback: RawCallback) -> CallbackHint:
        """Which leg a callback speaks of; a body that cannot be read gives no reference."""

    def reply_to_callback(self, callback: RawCallback) -> CallbackReply:
        """The operator's own words for *received*."""


@runtime_checkable
class Teller(Protocol):
    """An operator that tells what our own wallet there holds (I-03)."""

    async def tell_balance(self) -> Money | None:
        """Its own figure; None where it does not say, or was not understood."""


SECONDS_OF_SILENCE: Final = 1800
"""After this long without an answer an unknown leg gets an owner (architecture.md 2)."""

OperatorSettings: TypeAlias = Mapping[str, str]
"""An operator's addresses and credentials, as its own README names them."""
