"""Batches of payouts: up to a thousand at once, each of which succeeds or fails on its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from cross_switch.reading import Thing
from cross_switch.shapes.parts import Amount, Failure

BatchStatus: TypeAlias = Literal["processing", "canceling", "completed", "canceled"]
LineStatus: TypeAlias = Literal[
    "waiting", "queued", "sending", "pending", "unknown", "succeeded", "failed", "canceled"
]


@dataclass(frozen=True, kw_only=True)
class LineProblem(Thing):
    """What is wrong with a line: an error, which keeps it from being paid, or a warning."""

    line: int
    level: Literal["error", "warning"]
    code: str
    message: str
    param: str | None


@dataclass(frozen=True, kw_only=True)
class BatchNeed(Thing):
    """What the valid lines of a currency need of the merchant's balance."""

    currency: str
    amount: int
    fees: int
    needed: int
    available: int
    is_covered: bool


@dataclass(frozen=True, kw_only=True)
class FloatNeed(Thing):
    """What the valid lines of an operator need of the float there."""

    operator: str
    currency: str
    lines: int
    needed: int
    available: int
    is_covered: bool


@dataclass(frozen=True, kw_only=True)
class PayoutBatchPreview(Thing):
    """What would come of a batch; nothing of it is kept."""

    object: Literal["payout_batch_preview"]
    livemode: bool
    lines: int
    valid: int
    invalid: int
    totals: tuple[BatchNeed, ...]
    operators: tuple[FloatNeed, ...]
    problems: tuple[LineProblem, ...]
    ignored_columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class BatchCounts(Thing):
    """How many lines stand where."""

    waiting: int
    sending: int
    unknown: int
    succeeded: int
    failed: int
    canceled: int


@dataclass(frozen=True, kw_only=True)
class BatchTotal(Thing):
    """Amounts of the lines in one currency."""

    currency: str
    amount: int
    succeeded: int
    fees: int


@dataclass(frozen=True, kw_only=True)
class PayoutBatch(Thing):
    """Payouts asked for together."""

    id: str
    object: Literal["payout_batch"]
    livemode: bool
    status: BatchStatus
    description: str
    lines: int
    counts: BatchCounts
    totals: tuple[BatchTotal, ...]
    created_at: datetime
    canceled_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class PayoutBatchLine(Thing):
    """One line, and what became of it; `payout` is None until it was begun."""

    id: str
    object: Literal["payout_batch_line"]
    livemode: bool
    line: int
    status: LineStatus
    payout: str | None
    operator: str
    msisdn: str
    amount: int | None
    currency: str
    fee: Amount | None
    reference: str | None
    description: str
    name: str
    operator_reference: str | None
    failure: Failure | None
