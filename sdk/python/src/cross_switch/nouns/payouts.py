"""`client.payouts`."""

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
from cross_switch.shapes.movements import Payout, PayoutStatus

FINAL: Final = stands_at("succeeded", "failed", "canceled")


class PayoutCalls:
    """From the merchant to a payee's wallet."""

    @sends
    def create(
        self,
        *,
        amount: int,
        currency: str,
        operator: str,
        msisdn: str,
        reference: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, str] | None = None,
        customer: str | None = None,
        idempotency_key: str | None = None,
    ) -> Request[Payout]:
        """Give money to a payee's wallet."""
        body = {
            "amount": amount,
            "currency": currency,
            "operator": operator,
            "msisdn": msisdn,
            "reference": reference,
            "description": description,
            "metadata": metadata,
            "customer": customer,
        }
        return creation("/v1/payouts", Payout, body, idempotency_key=idempotency_key)

    @sends
    def get(self, id: str, /) -> Request[Payout]:
        """A payout as it stands."""
        return request("GET", "/v1/payouts/{id}", Payout, id=id)

    @sends
    def recheck(self, id: str, /) -> Request[Payout]:
        """Ask the operator now."""
        return request("POST", "/v1/payouts/{id}/recheck", Payout, again=True, id=id)

    @sends
    def cancel(self, id: str, /) -> Request[Payout]:
        """Take it back while it is provably not sent."""
        return request("POST", "/v1/payouts/{id}/cancel", Payout, again=True, id=id)

    @waits
    def wait(self, id: str, /, *, timeout: float = 120.0, every: float = 1.0) -> Wait[Payout]:
        """The payout once it is final; `WaitTimeoutError` where it is not in time."""
        asked = request("GET", "/v1/payouts/{id}", Payout, id=id)
        return Wait(request=asked, until=FINAL, timeout=timeout, every=every)

    @pages
    def list(
        self,
        *,
        status: PayoutStatus | None = None,
        operator: str | None = None,
        reference: str | None = None,
        msisdn: str | None = None,
        customer: str | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        limit: int | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> Listing[Payout]:
        """Payouts, newest first. `limit` is how many come at a time."""
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
        return listing("/v1/payouts", Payout, query)


class Payouts(PayoutCalls, Sync):
    """`Cross.payouts`."""


class AsyncPayouts(PayoutCalls, Async):
    """`AsyncCross.payouts`."""
