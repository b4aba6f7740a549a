"""What callers send and get about customers."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field, create_model

from cross.api.forms import (
    METADATA_PAIRS_MAX,
    MetadataKey,
    MetadataValue,
    StrictForm,
    WalletForm,
)
from cross.api.schemas import Collection, Listed, Payout, Refund, Transfer, Wallet, listing_of
from cross.api.shapes import Moment, Shape
from cross.domain.customer import WALLETS_MAX

Name = Annotated[str, Field(min_length=1, max_length=128, examples=["Afi Mensah"])]
Email = Annotated[
    str,
    Field(
        max_length=254,  # RFC 5321 section 4.5.3.1.3, less the brackets
        pattern=r"^[!-?A-~]+@[!-?A-~]+$",
        examples=["afi@example.org"],
    ),
]
Reference = Annotated[
    str,
    Field(
        description="The merchant's own; it names one customer.",
        min_length=1,
        max_length=64,
        pattern=r"^[ -~]*$",  # ASCII only (F-I09): no two references look alike
        examples=["CLI-12"],
    ),
]
Wallets = Annotated[
    list[WalletForm],
    Field(
        description="Each once; several customers may share one, as a family shares a phone.",
        max_length=WALLETS_MAX,
    ),
]
Metadata = Annotated[dict[MetadataKey, MetadataValue], Field(max_length=METADATA_PAIRS_MAX)]


class CustomerForm(StrictForm):
    """`POST /v1/customers`."""

    name: Name
    email: Email | None = None
    reference: Reference | None = None
    wallets: Wallets | None = None
    metadata: Metadata | None = None


class CustomerChangeForm(StrictForm):
    """`POST /v1/customers/{id}`: what is named is replaced whole, the rest stays."""

    name: Name | None = None
    email: Email | None = None
    reference: Reference | None = None
    wallets: Wallets | None = None
    metadata: Metadata | None = None


class Customer(Shape):
    """A merchant's payer or payee."""

    id: str
    object: Literal["customer"]
    livemode: bool
    name: str
    email: str | None
    reference: str | None
    wallets: list[Wallet]
    metadata: dict[str, str]
    created_at: Moment
    updated_at: Moment


def _of_every_kind() -> type[BaseModel]:
    kinds = Transfer | Collection | Payout | Refund
    data: Any = (list[Annotated[kinds, Field(discriminator="object")]], ...)
    return create_model("MovementList", __base__=Listed, data=data)


PAGES: Final[Mapping[str, type[BaseModel]]] = {
    "CustomerList": listing_of(Customer),
    "MovementList": _of_every_kind(),
}
"""The shapes of lists, by name."""
