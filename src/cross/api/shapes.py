"""What answers are made of: amounts, prices, failures, and what every shape has in common."""

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Moment: TypeAlias = Annotated[
    str, Field(description="RFC 3339, UTC.", json_schema_extra={"format": "date-time"})
]
E164: TypeAlias = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$", examples=["+22890112233"])]


class Shape(BaseModel):
    """An object of an answer: all its fields, always."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Amount(Shape):
    """An amount in the currency's smallest unit; XOF and DJF have no decimals."""

    amount: Annotated[int, Field(ge=0, examples=[5000])]
    currency: Annotated[str, Field(examples=["XOF"])]


class Sentences(Shape):
    """A sentence for people, in both languages."""

    fr: str
    en: str


class Failure(Shape):
    """Why money did not move, in a stable code and in the operator's words."""

    code: str
    message: str
    operator_code: str | None
    operator_message: str | None
    leg: str | None


class Attention(Shape):
    """A person must decide: why, who, and until when."""

    reason: str
    owner: str
    deadline: Moment


class Warned(Shape):
    """Something to look at that stops nothing: a prefix of another operator, say."""

    code: str
    message: str


class Rate(Shape):
    """The mid rate, and the margin by which the payer's own is worse."""

    from_currency: Annotated[str, Field(alias="from", examples=["XOF"])]
    to: Annotated[str, Field(examples=["DJF"])]
    rate: Annotated[
        str,
        Field(
            description="So much of `to` for 1 of `from`, exactly, before the margin.",
            pattern=r"^[0-9]+(\.[0-9]+)?$",
            examples=["0.298027"],
        ),
    ]
    margin_bp: Annotated[
        int,
        Field(ge=0, description="In 1/10 000: the payer gets the mid rate less this much of it."),
    ]


class Price(Shape):
    """What the payer pays, what the recipient gets, and the fee between, in the payer's currency.

    Within one currency `debit` is `credit` and `fee`; between two, `debit` less `fee` is what was
    converted at `rate`.
    """

    debit: Amount
    credit: Amount
    fee: Amount
    rate: Annotated[Rate | None, Field(description="Null within one currency.")]
