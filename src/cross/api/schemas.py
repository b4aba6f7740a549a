"""What Cross answers: the shapes that the OpenAPI document shows and that tests hold answers to."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, create_model

from cross.api.shapes import (
    E164,
    Amount,
    Attention,
    Failure,
    Moment,
    Price,
    Sentences,
    Shape,
    Warned,
)

LegStatus: TypeAlias = Literal["planned", "sent", "pending", "unknown", "succeeded", "failed"]
TransferStatus: TypeAlias = Literal[
    "debiting", "crediting", "completed", "failed", "refunding", "refunded"
]
CollectionStatus: TypeAlias = Literal[
    "pending", "unknown", "succeeded", "failed", "expired", "canceled"
]
PayoutStatus: TypeAlias = Literal[
    "queued", "sending", "pending", "unknown", "succeeded", "failed", "canceled"
]


class TransferPrice(Price):
    """The price of a transfer; `id` is the quote's where one was used."""

    id: str | None


class Wallet(Shape):
    """A number at an operator."""

    operator: str
    msisdn: E164


class Leg(Shape):
    """One request to one operator."""

    operator: str
    msisdn: E164 | None
    amount: int
    currency: str
    status: LegStatus
    operator_reference: str | None
    failure: Failure | None


class Movement(Shape):
    """What transfers, collections and payouts have in common."""

    id: str
    livemode: bool
    outcome_unknown: bool
    reference: str | None
    description: str
    metadata: dict[str, str]
    customer: str | None
    failure: Failure | None
    needs_attention: bool
    attention: Attention | None
    warnings: list[Warned]
    created_at: Moment
    updated_at: Moment
    completed_at: Moment | None


class ApproveOnPhone(Shape):
    """What the payer has to do now: approve on the phone."""

    type: Literal["approve_on_phone"]
    instructions: Sentences
    expires_at: Moment


class Redirect(Shape):
    """What the payer has to do now: go to the operator's page, by a link or by a form.

    With `POST` the fields are sent by the payer's browser as a form, in their order.
    """

    type: Literal["redirect"]
    url: str
    method: Literal["GET", "POST"]
    fields: dict[str, str]
    expires_at: Moment | None


class Transfer(Movement):
    """From a wallet at one operator to a wallet at another."""

    object: Literal["transfer"]
    status: TransferStatus
    quote: TransferPrice
    debit: Leg
    credit: Leg
    refund: Leg | None
    next_action: Annotated[
        Redirect | None, Field(description="Where the payer goes; null for a push to the phone.")
    ]


class Collection(Movement):
    """From a payer's wallet to the merchant."""

    object: Literal["collection"]
    status: CollectionStatus
    amount: int
    currency: str
    fee: Amount
    operator: str
    msisdn: Annotated[
        E164 | None, Field(description="Null where only the operator's page knows it.")
    ]
    operator_reference: str | None
    return_url: str | None
    cancel_url: str | None
    next_action: Annotated[ApproveOnPhone | Redirect, Field(discriminator="type")] | None


class Payout(Movement):
    """From the merchant to a payee's wallet."""

    object: Literal["payout"]
    status: PayoutStatus
    amount: int
    currency: str
    fee: Amount
    operator: str
    msisdn: E164
    operator_reference: str | None


class Refund(Movement):
    """A collection given back to its payer, whole or in part."""

    object: Literal["refund"]
    status: PayoutStatus
    collection: str
    amount: int
    currency: str
    fee: Amount
    operator: Annotated[str, Field(description="Who gives it back.")]
    msisdn: E164 | None
    operator_reference: str | None


class Quote(Price):
    """A price held until `expires_at` for one transfer."""

    id: str
    object: Literal["quote"]
    livemode: bool
    source: Wallet
    destination: Wallet
    warnings: list[Warned]
    created_at: Moment
    expires_at: Moment


class Limits(Shape):
    """The least and the most that one operation moves."""

    least: Amount
    most: Amount


class FeeBand(Shape):
    """The fee of principals from `least` to `most`: so much, and basis points, up to `cap`."""

    least: Amount
    most: Amount
    fixed: Amount
    basis_points: int
    cap: Amount | None


class Fees(Shape):
    """A fee schedule in force."""

    movement: Literal["transfer", "collection", "payout"]
    name: str
    bands: list[FeeBand]
    valid_from: Moment
    valid_until: Moment | None


class Operator(Shape):
    """A mobile-money operator, as this installation offers it."""

    id: Annotated[str, Field(description="The same as `name`.")]
    object: Literal["operator"]
    livemode: bool
    name: str
    title: str
    country: Annotated[str, Field(description="ISO 3166-1 alpha-2.", examples=["TG"])]
    currency: str
    collect: Literal["push", "redirect"] | None
    pay_out: bool
    limits: Limits
    fees: list[Fees]
    prefixes: Annotated[list[str], Field(description="A hint only: numbers are portable.")]
    health: Literal["up", "degraded", "down"]
    payer_sees: Sentences
    ussd_code: str | None
    prompt_seconds: Annotated[int, Field(description="How long a payer has to approve.")]


class OperatorLookup(Shape):
    """Where a number probably has its wallet; `confidence` is high where its prefix is known."""

    object: Literal["operator_lookup"]
    livemode: bool
    msisdn: E164
    country: str
    operator: str | None
    confidence: Literal["high", "low"]
    alternatives: list[str]


class Balance(Shape):
    """A merchant's money in one currency."""

    object: Literal["balance"]
    livemode: bool
    currency: str
    available: Annotated[int, Field(description="What may be paid out.")]
    pending: Annotated[int, Field(description="The merchant's, and not available yet.")]
    reserved: Annotated[int, Field(description="Set aside for payouts that are not final.")]


class LedgerAccount(Shape):
    """One of the merchant's accounts in the books."""

    id: str
    object: Literal["ledger_account"]
    livemode: bool
    kind: Literal["asset", "liability", "income", "equity", "memorandum"]
    currency: str
    balance: Annotated[int, Field(description="Positive is what one expects of its kind.")]


class LedgerPosting(Shape):
    """One line of an entry; the amounts of an entry sum to 0: debits are positive."""

    account: str
    amount: int
    currency: str
    direction: Literal["debit", "credit"]


class LedgerEntry(Shape):
    """What one event did to the accounts."""

    id: str
    object: Literal["ledger_entry"]
    livemode: bool
    movement: Annotated[str | None, Field(description="Null for a deposit.")]
    cause: str
    postings: list[LedgerPosting]
    created_at: Moment


class Health(Shape):
    """The process answers."""

    status: Literal["ok"]


class Readiness(Shape):
    """Whether the process can take work, check by check."""

    status: Literal["ready"]
    checks: dict[str, Literal["ok"]]


class OperatorSaid(Shape):
    """The operator that caused a refusal, with its own words where it had any."""

    name: str
    code: str | None
    message: str | None


class LimitSaid(Shape):
    """The limit that refused; `frees_at` where time frees it."""

    name: Annotated[str, Field(examples=["beneficiary.any.hour.count"])]
    most: int
    frees_at: str | None


class Problem(BaseModel):
    """A refusal (RFC 9457)."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    type: Annotated[str, Field(examples=["urn:cross:problem:float_too_low"])]
    title: str
    status: int
    detail: str
    code: Annotated[str, Field(description="Stable; docs/reference/errors.md lists all.")]
    category: Literal[
        "validation",
        "authorisation",
        "not_found",
        "conflict",
        "limit",
        "float",
        "operator",
        "outcome_unknown",
        "internal",
    ]
    param: Annotated[str | None, Field(description="The field, parameter or header at fault.")]
    request_id: str
    retryable: Annotated[bool, Field(description="The same request may succeed later.")]
    user_message: Sentences
    operator: OperatorSaid | None = None
    existing_id: Annotated[str | None, Field(description="What took the name before.")] = None
    limit: LimitSaid | None = None


class Listed(Shape):
    """A part of a list, newest first; `next_cursor` asks for the part that follows."""

    object: Literal["list"]
    has_more: bool
    next_cursor: str | None


def listing_of(item: type[Shape]) -> type[BaseModel]:
    """The shape of a part of a list."""
    data: Any = (list[item], ...)  # type: ignore[valid-type]  # a type made at run time
    return create_model(f"{item.__name__}List", __base__=Listed, data=data)


PAGES: Final[Mapping[str, type[BaseModel]]] = {
    f"{item.__name__}List": listing_of(item)
    for item in (
        Transfer,
        Collection,
        Payout,
        Refund,
        Quote,
        Operator,
        Balance,
        LedgerAccount,
        LedgerEntry,
    )
}
"""The shapes of lists, by name."""
