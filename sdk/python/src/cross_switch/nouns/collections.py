"""`client.collections`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from cross_switch.calling import (
    Async,
    Listing,
    Request,
    Sync,
    Wait,
    creation,
    listing,
    pages,
    request,
    sends,
    stands_at,
    waits,
)
from cross_switch.shapes.movements import Collection, CollectionStatus

FINAL: Final = stands_at("succeeded", "failed", "expired", "canceled")


class CollectionCalls:
    """From a payer's wallet to the merchant."""

    @sends
    def create(
        self,
        *,
        amount: int,
        currency: str,
        operator: str,
        msisdn: str | None = None,
        return_url: str | None = None,
        cancel_url: str | None = None,
        reference: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, str] | None = None,
        customer: str | None = None,
        idempotency_key: str | None = None,
    ) -> Request[Collection]:
        """Ask a payer for money; `next_action` says what the payer has to do."""
        body = {
            "amount": amount,
            "currency": currency,
            "operator": operator,
            "msisdn": msisdn,
            "return_url": return_url,
            "cancel_url": cancel_url,
            "reference": reference,
            "description": description,
            "metadata": metadata,
            "customer": customer,
        }
        return creation("/v1/collections", Collection, body, idempotency_key=idempotency_key)

    @sends
    def get(self, id: str, /) -> Request[Collection]:
        """A collection as it stands."""
        return request("GET", "/v1/collections/{id}", Collection, id=id)

    @sends
    def recheck(self, id: str, /) -> Request[Collection]:
        """Ask the operator now."""
        return request("POST", "/v1/collections/{id}/recheck", Collection, again=True, id=id)

    @sends
    def cancel(self, id: str, /) -> Request[Collection]:
        """Take it back while it is provably not sent."""
        return request("POST", "/v1/collections/{id}/cancel", Collection, again=True, id=id)

    @waits
    def wait(self, id: str, /, *, timeout: float = 120.0, every: float = 1.0) -> Wait[Collection]:
        """The collection once it is final; `WaitTimeoutError` where it is not in time."""
        asked = request("GET", "/v1/collections/{id}", Collection, id=id)
        return Wait(request=asked, until=FINAL, timeout=timeout, every=every)

    @pages
    def list(
        self,
        *,
        status: CollectionStatus | None = None,
        operator: str | None = None,
        reference: str | None = None,
        msisdn: str | None = None,
        customer: str | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        limit: int | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> Listing[Collection]:
        """Collections, newest first. `limit` is how many come at a time."""
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
        return listing("/v1/collections", Collection, query)


class Collections(CollectionCalls, Sync):
    """`Cross.collections`."""


class AsyncCollections(CollectionCalls, Async):
    """`AsyncCross.collections`."""
