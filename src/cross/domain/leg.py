"""A leg: one request to one operator, known by one reference, and what we have heard of it.

    PLANNED ──intent saved──> SENT ──> PENDING | UNKNOWN ──> SUCCEEDED | FAILED
       ^                       │ (no byte left: back)            (definite only)
       └───────────────────────┘

Silence is never failure (I-23). A reference is the leg's for ever (I-24): it is sent again only
after the operator said *not found* twice, a polling interval apart, once the settling window
was over, and only to an operator that moves money once for one reference.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from cross.domain.changed import changed
from cross.domain.money import Money
from cross.domain.msisdn import Msisdn
from cross.domain.operator import (
    LookUp,
    Missing,
    Pending,
    RefusalCode,
    Refused,
    Succeeded,
    Unknown,
)


class LegKind(StrEnum):
    """What the request does: take from the payer, give to the recipient, give back."""

    DEBIT = "debit"
    CREDIT = "credit"
    REFUND = "refund"


class LegStatus(StrEnum):
    """What we know of the request; the words of api.md section 2."""

    PLANNED = "planned"
    SENT = "sent"
    PENDING = "pending"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


CONTRADICTIONS_MAX = 3
"""After so many answers that contradict the one before, *not found* proves nothing (F-O06)."""

FINAL = frozenset({LegStatus.SUCCEEDED, LegStatus.FAILED})


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something failed, in stable public words, and in the operator's."""

    code: str
    message: str
    operator_code: str | None = None
    operator_message: str | None = None
    leg: str | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait before *not found* counts, and how often to send one reference."""

    settling_seconds: float
    apart_seconds: float
    sends_max: int


@dataclass(frozen=True)  # no slots: `changed` copies its dictionary, the fastest copy there is
class Leg:
    """One request to one operator.

    `msisdn` is None where the payer names the wallet on the operator's page only. `sends` counts
    intents saved. The last three are the process's own knowledge, never stored: `reached`, a
    request may have arrived; `quiet_at`, since when none of ours is under way; `missing_at`, when
    the operator first said *not found* after the settling window. These two are moments of a clock
    that nobody sets, and of no calendar (I-45).
    """

    kind: LegKind
    operator: str
    msisdn: Msisdn | None
    money: Money
    reference: str
    status: LegStatus = LegStatus.PLANNED
    sends: int = 0
    sent_at: datetime | None = None
    operator_reference: str | None = None
    failure: Failure | None = None
    reached: bool = False
    quiet_at: datetime | None = None
    missing_at: datetime | None = None
    contradictions: int = 0

    @property
    def is_final(self) -> bool:
        """Whether the operator's answer is known for good."""
        return self.status in FINAL

    @property
    def is_under_way(self) -> bool:
        """Whether a request may be at the operator, its answer not known."""
        return self.status in (LegStatus.SENT, LegStatus.PENDING, LegStatus.UNKNOWN)


def intended(leg: Leg, *, at: datetime) -> Leg:
    """The leg whose request is about to be sent: what is saved before it is sent (I-12)."""
    return changed(
        leg,
        status=LegStatus.SENT,
        sends=leg.sends + 1,
        sent_at=at,
        quiet_at=None,
        missing_at=None,
    )


def taken_up(leg: Leg, *, at: datetime) -> Leg:
    """The leg as a process finds it that did not send it: it may have reached the operator."""
    return changed(leg, reached=True, quiet_at=at, missing_at=None) if leg.is_under_way else leg


def hear(leg: Leg, answer: LookUp, *, at: datetime, patience: Patience) -> Leg:
    """What we know after an answer to a query or to the request itself.

    A leg that comes back `PLANNED` was not sent, or is known not to have arrived: the caller
    sends it again or gives up. A success of another amount is no success (F-O09).
    """
    match answer:
        case Succeeded():
            if answer.money is not None and answer.money != leg.money:
                return changed(leg, status=LegStatus.UNKNOWN, reached=True)
            return _after_success(leg, answer)
        case Refused():
            return _after_refusal(leg, answer)
        case Pending():
            known = answer.operator_reference or leg.operator_reference
            return changed(
                leg,
                status=LegStatus.PENDING,
                operator_reference=known,
                reached=True,
                missing_at=None,
            )
        case Unknown():
            return _after_silence(leg, answer)
        case Missing():
            return _after_missing(leg, at=at, patience=patience)
        case _:
            assert_never(answer)


def request_ended(leg: Leg, *, at: datetime) -> Leg:
    """From now on no request of ours is under way: the settling window starts."""
    return leg if leg.is_final else changed(leg, quiet_at=at)


def given_up(leg: Leg) -> Leg:
    """The leg whose request is known not to have arrived and is not sent again."""
    failure = Failure(
        RefusalCode.OPERATOR_UNAVAILABLE,
        "the operator could not be reached; nothing moved",
        leg=leg.kind,
    )
    return changed(leg, status=LegStatus.FAILED, failure=failure)


def _after_success(leg: Leg, answer: Succeeded) -> Leg:
    known = answer.operator_reference or leg.operator_reference
    return changed(leg, status=LegStatus.SUCCEEDED, operator_reference=known, reached=True)


def _after_refusal(leg: Leg, answer: Refused) -> Leg:
    failure = Failure(
        answer.code,
        f"{leg.operator} refused: {answer.code.replace('_', ' ')}",
        answer.operator_code,
        answer.operator_message,
        leg.kind,
    )
    return changed(leg, status=LegStatus.FAILED, failure=failure, reached=True)


def _after_silence(leg: Leg, answer: Unknown) -> Leg:
    if not answer.sent and not leg.reached:
        return changed(leg, status=LegStatus.PLANNED)
    if leg.status is LegStatus.PENDING and not answer.overdue:
        return leg  # the operator has it; a query that got no answer takes nothing away
    return changed(leg, status=LegStatus.UNKNOWN, reached=leg.reached or answer.sent)


def _after_missing(leg: Leg, *, at: datetime, patience: Patience) -> Leg:
    if leg.status is LegStatus.PENDING:
        # it said it had it: a contradiction
        told = leg.contradictions + 1
        return changed(leg, status=LegStatus.UNKNOWN, contradictions=told)
    settled = leg.quiet_at is not None and at >= leg.quiet_at + timedelta(
        seconds=patience.settling_seconds
    )
    if not settled:
        return changed(leg, status=LegStatus.UNKNOWN)
    if leg.missing_at is None or leg.contradictions >= CONTRADICTIONS_MAX:
        return changed(leg, status=LegStatus.UNKNOWN, missing_at=at)
    if at < leg.missing_at + timedelta(seconds=patience.apart_seconds):
        return leg
    return changed(leg, status=LegStatus.PLANNED, missing_at=None)
