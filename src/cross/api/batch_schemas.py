"""What callers send and get about batches of payouts."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field, create_model

from cross.api.forms import Amount, CurrencyCode, Number, OperatorName, StrictForm
from cross.api.schemas import Listed, listing_of
from cross.api.shapes import Amount as AmountShape
from cross.api.shapes import Failure, Moment, Shape
from cross.domain.batch import DESCRIPTION_MAX, LINES_MAX, NAME_MAX, REFERENCE_MAX

Description = Annotated[str, Field(max_length=DESCRIPTION_MAX)]
BatchStatus = Literal["processing", "canceling", "completed", "canceled"]
LineStatus = Literal[
    "waiting",
    "queued",
    "sending",
    "pending",
    "unknown",
    "succeeded",
    "failed",
    "canceled",
]


class PayoutLineForm(StrictForm):
    """One payout of a batch."""

    operator: OperatorName
    msisdn: Number
    amount: Amount
    currency: CurrencyCode
    reference: Annotated[
        str | None,
        Field(
            description="The payout's own, unique for ever among the merchant's payouts.",
            min_length=1,
            max_length=REFERENCE_MAX,
            pattern=r"^[ -~]*$",  # ASCII only (F-I09): no two references look alike
            examples=["SAL-2026-11-001"],
        ),
    ] = None
    description: Description | None = None
    name: Annotated[
        str | None, Field(description="The payee's, for the merchant.", max_length=NAME_MAX)
    ] = None


class PayoutBatchForm(StrictForm):
    """`POST /v1/payouts/batches`; or a file, CSV or XLSX, with the same fields as columns."""

    lines: Annotated[list[PayoutLineForm], Field(min_length=1, max_length=LINES_MAX)]
    description: Annotated[
        Description | None, Field(description="For lines that have none of their own.")
    ] = None
    dry_run: Annotated[bool, Field(description="Only the preview; nothing is kept.")] = False


class LineProblem(Shape):
    """What is wrong with a line: an error, which keeps it from being paid, or a warning."""

    line: Annotated[int, Field(description="From 1.")]
    level: Literal["error", "warning"]
    code: str
    message: str
    param: str | None


class BatchNeed(Shape):
    """What the valid lines of a currency need of the merchant's balance."""

    currency: str
    amount: int
    fees: int
    needed: int
    available: int
    is_covered: bool


class FloatNeed(Shape):
    """What the valid lines of an operator need of the float there."""

    operator: str
    currency: str
    lines: int
    needed: int
    available: int
    is_covered: bool


class PayoutBatchPreview(Shape):
    """What would come of a batch; nothing of it is kept."""

    object: Literal["payout_batch_preview"]
    livemode: bool
    lines: int
    valid: int
    invalid: int
    totals: list[BatchNeed]
    operators: list[FloatNeed]
    problems: list[LineProblem]
    ignored_columns: Annotated[list[str], Field(description="Of a file: what no payout has.")]


class BatchCounts(Shape):
    """How many lines stand where; `sending` is with the operator, its answer still to come."""

    waiting: int
    sending: int
    unknown: int
    succeeded: int
    failed: int
    canceled: int


class BatchTotal(Shape):
    """Amounts of the lines in one currency; `fees` of those that have a payout that may succeed."""

    currency: Annotated[str, Field(description="Empty for lines whose currency is not known.")]
    amount: int
    succeeded: int
    fees: int


class PayoutBatch(Shape):
    """Payouts asked for together; each line succeeds or fails on its own."""

    id: str
    object: Literal["payout_batch"]
    livemode: bool
    status: BatchStatus
    description: str
    lines: int
    counts: BatchCounts
    totals: list[BatchTotal]
    created_at: Moment
    canceled_at: Moment | None


class PayoutBatchLine(Shape):
    """One line, and what became of it; `payout` is null until it was begun."""

    id: Annotated[str, Field(examples=["bat_01JABCDEFGHJKMNPQRSTVWXYZ0/17"])]
    object: Literal["payout_batch_line"]
    livemode: bool
    line: int
    status: LineStatus
    payout: str | None
    operator: str
    msisdn: Annotated[str, Field(description="E.164, or as it was given where it is no number.")]
    amount: int | None
    currency: str
    fee: AmountShape | None
    reference: str | None
    description: str
    name: str
    operator_reference: str | None
    failure: Failure | None


class ListedInOrder(Listed):
    """A part of a list in the order of the file; `next_cursor` asks for the part that follows."""


def _lines() -> type[BaseModel]:
    data: Any = (list[PayoutBatchLine], ...)
    return create_model("PayoutBatchLineList", __base__=ListedInOrder, data=data)


PAGES: Final[Mapping[str, type[BaseModel]]] = {
    "PayoutBatchList": listing_of(PayoutBatch),
    "PayoutBatchLineList": _lines(),
}
"""The shapes of lists, by name."""
