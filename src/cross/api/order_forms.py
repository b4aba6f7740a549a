"""What callers send about orders and payment links."""

from typing import Annotated

from pydantic import Field

from cross.api.forms import (
    METADATA_PAIRS_MAX,
    Amount,
    CurrencyCode,
    MetadataKey,
    MetadataValue,
    OperatorName,
    StrictForm,
    TermsForm,
    Url,
)

OPERATORS_MAX = 20


class OrderForm(TermsForm):
    """`POST /v1/orders`."""

    amount: Amount
    currency: CurrencyCode
    reference: Annotated[
        str,
        Field(
            description="The merchant's own, unique for ever among its orders.",
            min_length=1,
            max_length=64,
            pattern=r"^[ -~]*$",  # ASCII only (F-I09): no two references look alike
            examples=["CMD-77"],
        ),
    ]
    title: Annotated[
        str,
        Field(
            description="What is paid for, as the payer reads it.",
            min_length=1,
            max_length=128,
            examples=["Pagne"],
        ),
    ]
    return_url: Url | None = None
    cancel_url: Url | None = None
    expires_in_minutes: Annotated[
        int, Field(description="1 to 120.", gt=0, lt=121, examples=[30])
    ] = 120
    operators: Annotated[
        list[OperatorName] | None,
        Field(description="Else all that collect in the currency.", max_length=OPERATORS_MAX),
    ] = None
    callback_info: Annotated[
        str | None, Field(description="Comes back with the order.", max_length=512)
    ] = None


class PaymentLinkForm(StrictForm):
    """`POST /v1/payment_links`."""

    title: Annotated[str, Field(min_length=1, max_length=128, examples=["Cotisation"])]
    currency: CurrencyCode
    amount: Annotated[Amount | None, Field(description="Without it the payer chooses.")] = None
    amount_min: Annotated[Amount | None, Field(description="Where the payer chooses.")] = None
    amount_max: Annotated[Amount | None, Field(description="Where the payer chooses.")] = None
    uses: Annotated[
        int | None, Field(description="How many payments it takes; else any.", gt=0, lt=1_000_001)
    ] = None
    expires_in_minutes: Annotated[
        int | None, Field(description="Else it does not expire.", gt=0, lt=5_256_001)
    ] = None
    operators: Annotated[
        list[OperatorName] | None,
        Field(description="Else all that collect in the currency.", max_length=OPERATORS_MAX),
    ] = None
    description: Annotated[str | None, Field(max_length=255)] = None
    return_url: Url | None = None
    cancel_url: Url | None = None
    metadata: Annotated[
        dict[MetadataKey, MetadataValue] | None, Field(max_length=METADATA_PAIRS_MAX)
    ] = None
