"""What callers send: one strict form a call. Nothing is converted, nothing unknown is taken."""

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

AMOUNT_END: Final = 2**63  # what both databases count in one column
METADATA_PAIRS_MAX: Final = 20  # api.md section 1

Amount: TypeAlias = Annotated[
    int,
    Field(
        gt=0,
        lt=AMOUNT_END,
        description="In the currency's smallest unit; XOF and DJF have no decimals.",
        examples=[5000],
    ),
]
CurrencyCode: TypeAlias = Annotated[
    str, Field(description="ISO 4217.", examples=["XOF"], max_length=16)
]
OperatorName: TypeAlias = Annotated[
    str, Field(description="As `GET /v1/operators` names it.", examples=["tmoney"], max_length=64)
]
Number: TypeAlias = Annotated[
    str,
    Field(
        description="As people write it; the operator's country completes a national number.",
        examples=["90 11 22 33"],
        max_length=64,
    ),
]
MetadataKey: TypeAlias = Annotated[str, Field(min_length=1, max_length=40)]
MetadataValue: TypeAlias = Annotated[str, Field(max_length=500)]
Url: TypeAlias = Annotated[str, Field(max_length=2048, examples=["https://shop.example/thanks"])]


class StrictForm(BaseModel):
    """A form that takes what it names, in the type it names."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class WalletForm(StrictForm):
    """A wallet: a number at an operator."""

    operator: OperatorName
    msisdn: Number


class TermsForm(StrictForm):
    """What a merchant may say about any movement."""

    reference: Annotated[
        str | None,
        Field(
            description="The merchant's own, unique for ever per merchant and kind.",
            min_length=1,
            max_length=64,
            pattern=r"^[ -~]*$",  # ASCII only (F-I09): no two references look alike
            examples=["CMD-77"],
        ),
    ] = None
    description: Annotated[str | None, Field(max_length=255)] = None
    metadata: Annotated[
        dict[MetadataKey, MetadataValue] | None, Field(max_length=METADATA_PAIRS_MAX)
    ] = None
    customer: Annotated[str | None, Field(description="A `cus_` id.", max_length=64)] = None


class PricedForm(StrictForm):
    """What a quote prices."""

    source: WalletForm
    destination: Annotated[
        WalletForm, Field(examples=[{"operator": "flooz", "msisdn": "96 11 22 33"}])
    ]
    amount: Amount
    currency: Annotated[
        str,
        Field(
            description="ISO 4217: the currency of the side that `fixed` names.",
            examples=["XOF"],
            max_length=16,
        ),
    ]
    fixed: Annotated[
        Literal["credit", "debit"],
        Field(description="`credit`: the recipient gets `amount`. `debit`: the payer pays it."),
    ] = "credit"


class QuoteForm(PricedForm):
    """`POST /v1/quotes`."""


class QuotedTransferForm(TermsForm):
    """`POST /v1/transfers` at the price of a quote."""

    quote: Annotated[str, Field(description="A `qt_` id.", max_length=64)]


class PricedTransferForm(PricedForm, TermsForm):
    """`POST /v1/transfers` at the price of the moment."""


class CollectionForm(TermsForm):
    """`POST /v1/collections`."""

    amount: Amount
    currency: CurrencyCode
    operator: OperatorName
    msisdn: Annotated[
        Number | None,
        Field(description="Required where the payer approves on the phone (`collect`: `push`)."),
    ] = None
    return_url: Url | None = None
    cancel_url: Url | None = None


class PayoutForm(TermsForm):
    """`POST /v1/payouts`."""

    amount: Amount
    currency: CurrencyCode
    operator: OperatorName
    msisdn: Number


class RefundForm(TermsForm):
    """`POST /v1/refunds`."""

    collection: Annotated[str, Field(description="A `col_` id.", max_length=64)]
    amount: Annotated[
        Amount | None, Field(description="With `currency`; without both, all that is left.")
    ] = None
    currency: CurrencyCode | None = None
