"""`client.customers`."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from cross_switch.calling import (
    KEPT,
    Async,
    Kept,
    Listing,
    Request,
    Sync,
    listing,
    pages,
    post,
    request,
    said,
    sends,
)
from cross_switch.nouns.transfers import WalletAt
from cross_switch.shapes.customers import Customer
from cross_switch.shapes.movements import Collection, Payout, Refund, Transfer

CUSTOMER: Final = "/v1/customers/{id}"

Moved: TypeAlias = Transfer | Collection | Payout | Refund


class CustomerCalls:
    """The merchant's payers and payees, and all that moved for them."""

    @sends
    def create(
        self,
        *,
        name: str,
        email: str | None = None,
        reference: str | None = None,
        wallets: Sequence[WalletAt] | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Request[Customer]:
        """Name a payer or a payee."""
        body = {
            "name": name,
            "email": email,
            "reference": reference,
            "wallets": wallets,
            "metadata": metadata,
        }
        return post("/v1/customers", Customer, body)

    @sends
    def get(self, id: str, /) -> Request[Customer]:
        """A customer."""
        return request("GET", CUSTOMER, Customer, id=id)

    @sends
    def update(
        self,
        id: str,
        /,
        *,
        name: str | Kept = KEPT,
        email: str | Kept | None = KEPT,
        reference: str | Kept | None = KEPT,
        wallets: Sequence[WalletAt] | Kept | None = KEPT,
        metadata: Mapping[str, str] | Kept | None = KEPT,
    ) -> Request[Customer]:
        """Say anew what is given, each field whole; None empties it, the rest stays."""
        body = {
            "name": name,
            "email": email,
            "reference": reference,
            "wallets": wallets,
            "metadata": metadata,
        }
        return Request(
            method="POST",
            path=CUSTOMER,
            kind=Customer,
            body=said(body),
            named={"id": id},
            again=True,
        )

    @pages
    def movements(
        self,
        id: str,
        /,
        *,
        limit: int | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> Listing[Moved]:
        """All that named this customer, of every kind, newest first."""
        query = {"limit": limit, "starting_after": starting_after, "ending_before": ending_before}
        return listing(f"{CUSTOMER}/movements", Moved, query, id=id)

    @pages
    def list(
        self,
        *,
        reference: str | None = None,
        msisdn: str | None = None,
        limit: int | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> Listing[Customer]:
        """Customers, newest first."""
        query = {
            "reference": reference,
            "msisdn": msisdn,
            "limit": limit,
            "starting_after": starting_after,
            "ending_before": ending_before,
        }
        return listing("/v1/customers", Customer, query)


class Customers(CustomerCalls, Sync):
    """`Cross.customers`."""


class AsyncCustomers(CustomerCalls, Async):
    """`AsyncCross.customers`."""
