"""`client.payout_batches`."""

from collections.abc import Sequence
from typing import Any, Final, Required, TypedDict

from cross_switch.calling import (
    Async,
    Listing,
    Request,
    Sync,
    Wait,
    creation,
    key_or_new,
    listing,
    pages,
    request,
    sends,
    stands_at,
    waits,
)
from cross_switch.shapes.batches import (
    LineStatus,
    PayoutBatch,
    PayoutBatchLine,
    PayoutBatchPreview,
)

BATCHES: Final = "/v1/payouts/batches"
BATCH: Final = "/v1/payouts/batches/{id}"
FINAL: Final = stands_at("completed", "canceled")
CSV: Final = "text/csv"


class PayoutLine(TypedDict, total=False):
    """One payout of a batch."""

    operator: Required[str]
    msisdn: Required[str]
    amount: Required[int]
    currency: Required[str]
    reference: str
    description: str
    name: str


class PayoutBatchCalls:
    """Up to 1 000 payouts at once; a line that cannot be paid fails alone."""

    @sends
    def preview(
        self, *, lines: Sequence[PayoutLine], description: str | None = None
    ) -> Request[PayoutBatchPreview]:
        """What would come of it: nothing is kept, nothing is paid."""
        body = {"lines": list(lines), "description": description, "dry_run": True}
        return creation(BATCHES, PayoutBatchPreview, body, idempotency_key=None)

    @sends
    def create(
        self,
        *,
        lines: Sequence[PayoutLine],
        description: str | None = None,
        idempotency_key: str | None = None,
    ) -> Request[PayoutBatch]:
        """Pay every line."""
        body = {"lines": list(lines), "description": description}
        return creation(BATCHES, PayoutBatch, body, idempotency_key=idempotency_key)

    @sends
    def preview_file(
        self, content: bytes, /, *, media_type: str = CSV
    ) -> Request[PayoutBatchPreview]:
        """What would come of a file: nothing is kept, nothing is paid."""
        return _upload(content, PayoutBatchPreview, media_type, key=None, dry_run="true")

    @sends
    def create_from_file(
        self, content: bytes, /, *, media_type: str = CSV, idempotency_key: str | None = None
    ) -> Request[PayoutBatch]:
        """Pay every line of a file, CSV or XLSX, whose columns are a line's fields."""
        return _upload(content, PayoutBatch, media_type, key=idempotency_key)

    @sends
    def get(self, id: str, /) -> Request[PayoutBatch]:
        """A batch, and how its lines stand."""
        return request("GET", BATCH, PayoutBatch, id=id)

    @sends
    def cancel(self, id: str, /) -> Request[PayoutBatch]:
        """Begin no more of its lines."""
        return request("POST", f"{BATCH}/cancel", PayoutBatch, again=True, id=id)

    @sends
    def result(self, id: str, /) -> Request[str]:
        """Every line with what became of it, as CSV."""
        return request("GET", f"{BATCH}/result.csv", str, id=id)

    @waits
    def wait(self, id: str, /, *, timeout: float = 600.0, every: float = 2.0) -> Wait[PayoutBatch]:
        """The batch once all its lines are final; `WaitTimeoutError` where it is not in time."""
        asked = request("GET", BATCH, PayoutBatch, id=id)
        return Wait(request=asked, until=FINAL, timeout=timeout, every=every)

    @pages
    def lines(
        self,
        id: str,
        /,
        *,
        status: LineStatus | None = None,
        limit: int | None = None,
        starting_after: str | None = None,
    ) -> Listing[PayoutBatchLine]:
        """Lines in the order of the file, each with its payout or why it has none."""
        query = {"status": status, "limit": limit, "starting_after": starting_after}
        return listing(f"{BATCH}/lines", PayoutBatchLine, query, id=id)

    @pages
    def list(
        self,
        *,
        limit: int | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> Listing[PayoutBatch]:
        """Batches, newest first."""
        query = {"limit": limit, "starting_after": starting_after, "ending_before": ending_before}
        return listing(BATCHES, PayoutBatch, query)


class PayoutBatches(PayoutBatchCalls, Sync):
    """`Cross.payout_batches`."""


class AsyncPayoutBatches(PayoutBatchCalls, Async):
    """`AsyncCross.payout_batches`."""


def _upload(
    content: bytes, kind: Any, media_type: str, *, key: str | None, **query: str
) -> Request[Any]:
    return Request(
        method="POST",
        path=BATCHES,
        kind=kind,
        file=(media_type, content),
        query=query,
        key=key_or_new(key),
    )
