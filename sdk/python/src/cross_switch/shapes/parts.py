"""What answers are made of: amounts, failures, sentences for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from cross_switch.reading import Thing

Text: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Amount(Thing):
    """An amount in the currency's smallest unit; XOF and DJF have no decimals."""

    amount: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class Sentences(Thing):
    """A sentence for people, in both languages."""

    fr: str
    en: str


@dataclass(frozen=True, kw_only=True)
class Failure(Thing):
    """Why money did not move, in a stable code and in the operator's words."""

    code: str
    message: str
    operator_code: str | None
    operator_message: str | None
    leg: str | None


@dataclass(frozen=True, kw_only=True)
class Attention(Thing):
    """A person must decide: why, who, and until when."""

    reason: str
    owner: str
    deadline: datetime


@dataclass(frozen=True, kw_only=True)
class Warned(Thing):
    """Something to look at that stops nothing: a prefix of another operator, say."""

    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Rate(Thing):
    """The mid rate as a decimal text, and the margin in 1/10 000."""

    from_currency: str
    to: str
    rate: str
    margin_bp: int


@dataclass(frozen=True, kw_only=True)
class Wallet(Thing):
    """A number at an operator."""

    operator: str
    msisdn: str


@dataclass(frozen=True, kw_only=True)
class ApproveOnPhone(Thing):
    """What the payer has to do now: approve on the phone."""

    type: Literal["approve_on_phone"]
    instructions: Sentences
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Redirect(Thing):
    """What the payer has to do now: go to the operator's page, by a link or by a form."""

    type: Literal["redirect"]
    url: str
    method: Literal["GET", "POST"]
    fields: Text
    expires_at: datetime | None
