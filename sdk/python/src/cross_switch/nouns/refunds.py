"""`client.refunds`."""

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
from cross_switch.shapes.movements import PayoutStatus, Refund

FINAL: Final = stands_at("succeeded", "failed", "canceled")


class RefundCalls:
    """A collection given back to its payer."""

    @sends
    def create(
        self,
        *,
        collection: str,
        amount: int | None = None,
        currency: str | None = None,
        reference: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, str] | None = None,
        customer: str | None = None,
        idempotency_key: str | None = None,
    ) -> Request[Refund]:
        """Give back `amount` of a collection, or all that is left of it."""
        body = {
            "collection": collection,
            "amount": amount,
            "currency": currency,
            "reference": reference,
            "description": description,
            "metadata": metadata,
            "customer": customer,
        }
        return creation("/v1/refunds", Refund, body, idempotency_key=idempotency_key)

    @sends
    def get(self, id: str, /) -> Request[Refund]:
        """A refund as it stands."""
        return request("GET", "/v1/refunds/{id}", Refund, id=id)

    @sends
    def recheck(self, id: str, /) -> Request[Refund]:
        """Ask the operator now."""
        return request("POST", "/v1/refunds/{id}/recheck", Refund, again=True, id=id)

    @waits
    def wait(self, id: str, /, *, timeout: float = 120.0, every: float = 1.0) -> Wait[Refund]:
        """The refund once it is final; `WaitTimeoutError` where it is not in time."""
        asked = request("GET", "/v1/refunds/{id}", Refund, id=id)
        return Wait(request=asked, until=FINAL, timeout=timeout, every=every)

    @pages
    def list(
        self,
        *,
        status: PayoutStatus | None = None,
        collection: str | None = None,
        operator: str | None = None,
        reference: str | None = None,
        msisdn: str | None = None,
        customer: str | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        limit: int | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> Listing[Refund]:
        """Refunds, newest first. `limit` is how many come at a time."""
        query = {
            "status": status,
            "collection": collection,
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
        return listing("/v1/refunds", Refund, query)


class Refunds(RefundCalls, Sync):
    """`Cross.refunds`."""


class AsyncRefunds(RefundCalls, Async):
    """`AsyncCross.refunds`."""
