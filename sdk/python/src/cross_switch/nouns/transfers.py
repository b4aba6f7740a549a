"""`client.quotes` and `client.transfers`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, TypedDict

from cross_switch.calling import (
    Async,
    Listing,
    Request,
    Sync,
    Wait,
    creation,
    given,
    listing,
    pages,
    request,
    sends,
    stands_at,
    waits,
)
from cross_switch.shapes.movements import Quote, Transfer, TransferStatus

FINAL: Final = stands_at("completed", "failed", "refunded")


class WalletAt(TypedDict):
    """A wallet: a number, as people write it, at an operator."""

    operator: str
    msisdn: str


class QuoteCalls:
    """What a transfer costs, held until a time."""

    @sends
    def create(
        self,
        *,
        source: WalletAt,
        destination: WalletAt,
        amount: int,
        currency: str,
        fixed: Literal["credit", "debit"] = "credit",
    ) -> Request[Quote]:
        """Price a transfer. `fixed`: the side that is exactly `amount`."""
        body = given(
            {
                "source": source,
                "destination": destination,
                "amount": amount,
                "currency": currency,
                "fixed": fixed,
            }
        )
        return Request(method="POST", path="/v1/quotes", kind=Quote, body=body, again=True)

    @sends
    def get(self, id: str, /) -> Request[Quote]:
        """A quote, used and expired ones included."""
        return request("GET", "/v1/quotes/{id}", Quote, id=id)

    @pages
    def list(
        self,
        *,
        limit: int | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> Listing[Quote]:
        """Quotes, newest first. `limit` is how many come at a time."""
        query = {"limit": limit, "starting_after": starting_after, "ending_before": ending_before}
        return listing("/v1/quotes", Quote, query)


class Quotes(QuoteCalls, Sync):
    """`Cross.quotes`."""


class AsyncQuotes(QuoteCalls, Async):
    """`AsyncCross.quotes`."""


class TransferCalls:
    """From a wallet at one operator to a wallet at another."""

    @sends
    def create(
        self,
        *,
        quote: str | None = None,
        source: WalletAt | None = None,
        destination: WalletAt | None = None,
        amount: int | None = None,
        currency: str | None = None,
        fixed: Literal["credit", "debit"] | None = None,
        reference: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, str] | None = None,
        customer: str | None = None,
        idempotency_key: str | None = None,
    ) -> Request[Transfer]:
        """Move money, at the price of a `quote` or, with its fields, at the price of the moment."""
        body = {
            "quote": quote,
            "source": source,
            "destination": destination,
            "amount": amount,
            "currency": currency,
            "fixed": fixed,
            "reference": reference,
            "description": description,
            "metadata": metadata,
            "customer": customer,
        }
        return creation("/v1/transfers", Transfer, body, idempotency_key=idempotency_key)

    @sends
    def get(self, id: str, /) -> Request[Transfer]:
        """A transfer as it stands."""
        return request("GET", "/v1/transfers/{id}", Transfer, id=id)

    @sends
    def recheck(self, id: str, /) -> Request[Transfer]:
        """Ask the operator now."""
        return request("POST", "/v1/transfers/{id}/recheck", Transfer, again=True, id=id)

    @waits
    def wait(self, id: str, /, *, timeout: float = 120.0, every: float = 1.0) -> Wait[Transfer]:
        """The transfer once it is final; `WaitTimeoutError` where it is not in time."""
        asked = request("GET", "/v1/transfers/{id}", Transfer, id=id)
        return Wait(request=asked, until=FINAL, timeout=timeout, every=every)

    @pages
    def list(
        self,
        *,
        status: TransferStatus | None = None,
        operator: str | None = None,
        reference: str | None = None,
        msisdn: str | None = None,
        customer: str | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        limit: int | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> Listing[Transfer]:
        """Transfers, newest first. `limit` is how many come at a time."""
        query = {
            "status": status,
            "operator": operator,
            "reference": reference,
            "msisdn": msisdn,
            "customer": customer,
            "created_from": created_from,
            "created_to": created_to,
            "limit": limit,
            "starting_after": starting_after,
            "ending_before": ending_before,
        }
        return listing("/v1/transfers", Transfer, query)


class Transfers(TransferCalls, Sync):
    """`Cross.transfers`."""


class AsyncTransfers(TransferCalls, Async):
    """`AsyncCross.transfers`."""
