"""Batches as their merchant gets them: the whole, its lines, and the result file."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from cross.domain.batch import Batch, standing_of
from cross.storage.batches import LineStands, Tally
from cross.switch.sheets import written
from cross.switch.views import rfc3339

_COUNTED_AS: Final = {"queued": "sending", "pending": "sending"}
_COUNTS: Final = ("waiting", "sending", "unknown", "succeeded", "failed", "canceled")
_OVER: Final = ("failed", "canceled")

HEADINGS: Final = (
    *("line", "status", "operator", "msisdn", "name", "amount", "currency", "fee", "reference"),
    *("description", "payout", "operator_reference", "failure_code", "failure_message"),
)
"""Of the result file."""


_NO_CURRENCY: Final = ""
"""Of a line whose number nobody serves: it is counted, and its amount is of no money."""


def batch_view(batch: Batch, tallies: Sequence[Tally]) -> Mapping[str, Any]:
    """A batch with how its lines stand."""
    statuses: Counter[str] = Counter()
    for tally in tallies:
        statuses[tally.status] += tally.lines
    counts = dict.fromkeys(_COUNTS, 0)
    for status, lines in statuses.items():
        counts[_COUNTED_AS.get(status, status)] += lines
    return {
        "id": batch.id,
        "object": "payout_batch",
        "livemode": batch.livemode,
        "status": standing_of(batch, statuses),
        "description": batch.description,
        "lines": batch.size,
        "counts": counts,
        "totals": [
            _total(currency, [tally for tally in tallies if tally.currency == currency])
            for currency in sorted({tally.currency for tally in tallies} - {_NO_CURRENCY})
        ],
        "created_at": rfc3339(batch.created_at),
        "canceled_at": None if batch.canceled_at is None else rfc3339(batch.canceled_at),
    }


def line_view(batch: Batch, stands: LineStands) -> Mapping[str, Any]:
    """A line with what became of it."""
    line, currency = stands.line, stands.line.currency
    return {
        "id": f"{batch.id}/{line.number}",
        "object": "payout_batch_line",
        "livemode": batch.livemode,
        "line": line.number,
        "status": stands.status,
        "payout": stands.payout,
        "operator": line.operator,
        "msisdn": line.msisdn,
        "amount": line.amount,
        "currency": currency,
        "fee": None if stands.fee is None else {"amount": stands.fee, "currency": currency},
        "reference": line.reference,
        "description": line.description,
        "name": line.name,
        "operator_reference": stands.operator_reference,
        "failure": _failure(stands),
    }


def result_file(batch: Batch, lines: Iterable[LineStands]) -> str:
    """The lines with what became of each, as CSV; numbers without their plus sign (S-DASH-06)."""
    return written([HEADINGS, *(_row(line_view(batch, stands)) for stands in lines)])


def _row(view: Mapping[str, Any]) -> list[object]:
    failure = view["failure"] or {"code": None, "message": None}
    told = {
        **view,
        "msisdn": view["msisdn"].removeprefix("+"),
        "fee": None if view["fee"] is None else view["fee"]["amount"],
        "failure_code": failure["code"],
        "failure_message": failure["message"],
    }
    return [told[name] for name in HEADINGS]


def _total(currency: str, tallies: Sequence[Tally]) -> Mapping[str, Any]:
    return {
        "currency": currency,
        "amount": sum(tally.amount for tally in tallies),
        "succeeded": sum(tally.amount for tally in tallies if tally.status == "succeeded"),
        "fees": sum(tally.fees for tally in tallies if tally.status not in _OVER),
    }


def _failure(stands: LineStands) -> Mapping[str, Any] | None:
    if stands.failure is not None:
        found: Mapping[str, Any] = json.loads(stands.failure)
        return found
    problem = stands.line.problem
    if problem is None or stands.payout is not None:
        return None
    return {
        "code": problem.code,
        "message": problem.message,
        "operator_code": None,
        "operator_message": None,
        "leg": None,
    }
