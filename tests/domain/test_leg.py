"""What one leg knows after each thing it hears, field by field: what is not said stays."""

from dataclasses import replace
from typing import Final

import pytest

from cross.domain.leg import (
    CONTRADICTIONS_MAX,
    FINAL,
    Failure,
    Leg,
    LegKind,
    LegStatus,
    given_up,
    hear,
    intended,
    request_ended,
    taken_up,
)
from cross.domain.money import Money, djf, xof
from cross.domain.operator import (
    LookUp,
    Missing,
    Pending,
    RefusalCode,
    Refused,
    Succeeded,
    Unknown,
)
from tests.domain.movements import PATIENCE, PAYER, after

SENT: Final = Leg(
    LegKind.DEBIT,
    "tmoney",
    PAYER,
    xof(5_000),
    "CRX1",
    status=LegStatus.SENT,
    sends=1,
    sent_at=after(0),
    operator_reference="T1",
    quiet_at=after(10),
    missing_at=after(70),
    contradictions=1,
)
"""A leg of which everything is known that can be, so that whatever is forgotten shows."""

PENDING: Final = replace(SENT, status=LegStatus.PENDING)
UNKNOWN: Final = replace(SENT, status=LegStatus.UNKNOWN, reached=True, missing_at=None)
SETTLED: Final = 10 + PATIENCE.settling_seconds
"""When *not found* begins to count: the settling window after the last request ended."""


def heard(leg: Leg, answer: LookUp, seconds: float = 99) -> Leg:
    return hear(leg, answer, at=after(seconds), patience=PATIENCE)


def test_an_intent_counts_and_forgets_what_was_heard_of_the_one_before() -> None:
    """I-12: silence and *not found* were about another request."""
    again = intended(replace(SENT, status=LegStatus.PLANNED), at=after(99))

    assert again == replace(SENT, sends=2, sent_at=after(99), quiet_at=None, missing_at=None)


@pytest.mark.parametrize("status", LegStatus)
def test_what_is_taken_up_may_have_arrived_if_it_was_under_way(status: LegStatus) -> None:
    leg = replace(SENT, status=status)
    is_under_way = status not in FINAL and status is not LegStatus.PLANNED

    after_it = replace(leg, reached=True, quiet_at=after(99), missing_at=None)
    assert taken_up(leg, at=after(99)) == (after_it if is_under_way else leg)


@pytest.mark.parametrize("status", LegStatus)
def test_a_request_that_ended_starts_the_settling_window_unless_all_is_known(
    status: LegStatus,
) -> None:
    leg = replace(SENT, status=status)

    after_it = leg if status in FINAL else replace(leg, quiet_at=after(99))
    assert request_ended(leg, at=after(99)) == after_it


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        (Succeeded("T2"), "T2"),
        (Succeeded(None), "T1"),
        (Succeeded("T2", xof(5_000)), "T2"),
    ],
)
def test_a_success_is_final_and_keeps_the_operators_reference(
    answer: Succeeded, reference: str
) -> None:
    succeeded = replace(
        SENT, status=LegStatus.SUCCEEDED, operator_reference=reference, reached=True
    )
    assert heard(SENT, answer) == succeeded


@pytest.mark.parametrize("money", [xof(4_999), xof(5_001), djf(5_000)])
def test_a_success_of_other_money_is_no_success(money: Money) -> None:
    """F-O09: neither final nor forgotten."""
    answer = replace(Succeeded("T2"), money=money)

    assert heard(SENT, answer) == replace(SENT, status=LegStatus.UNKNOWN, reached=True)


def test_a_refusal_is_final_in_public_words_and_in_the_operators() -> None:
    answer = Refused(RefusalCode.INSUFFICIENT_FUNDS, "60019", "Solde insuffisant")

    failure = Failure(
        "insufficient_funds",
        "tmoney refused: insufficient funds",
        "60019",
        "Solde insuffisant",
        "debit",
    )
    refused = replace(SENT, status=LegStatus.FAILED, failure=failure, reached=True)
    assert heard(SENT, answer) == refused


@pytest.mark.parametrize(("answer", "reference"), [(Pending("T2"), "T2"), (Pending(), "T1")])
def test_what_the_operator_has_is_pending_and_was_not_missing(
    answer: Pending, reference: str
) -> None:
    pending = replace(PENDING, operator_reference=reference, reached=True, missing_at=None)

    assert heard(SENT, answer) == pending
    assert heard(UNKNOWN, answer) == pending


def test_what_provably_never_left_is_planned_again_unless_another_may_have_arrived() -> None:
    """I-23."""
    refused = Unknown("connection refused", sent=False)

    assert heard(SENT, refused) == replace(SENT, status=LegStatus.PLANNED)
    reached = replace(SENT, reached=True)
    assert heard(reached, refused) == replace(reached, status=LegStatus.UNKNOWN)


def test_silence_after_the_bytes_left_is_unknown() -> None:
    """I-23, F-N02."""
    silence = Unknown("read timeout after 30 s")

    assert heard(SENT, silence) == replace(SENT, status=LegStatus.UNKNOWN, reached=True)


def test_silence_takes_nothing_from_what_is_pending_until_its_time_is_up() -> None:
    reached = replace(PENDING, reached=True)

    assert heard(reached, Unknown("no answer")) is reached
    assert heard(reached, Unknown("no answer", sent=False)) is reached
    overdue = heard(reached, Unknown("nobody called", overdue=True))
    assert overdue == replace(reached, status=LegStatus.UNKNOWN)


def test_not_found_after_pending_is_counted_as_a_contradiction() -> None:
    """F-O06."""
    contradicted = replace(PENDING, status=LegStatus.UNKNOWN, contradictions=2)

    assert heard(PENDING, Missing()) == contradicted


@pytest.mark.parametrize(
    ("leg", "seconds"),
    [(UNKNOWN, SETTLED - 0.001), (replace(UNKNOWN, quiet_at=None), 9_999), (SENT, SETTLED - 0.001)],
)
def test_not_found_within_the_settling_window_says_nothing(leg: Leg, seconds: float) -> None:
    """F-O13."""
    assert heard(leg, Missing(), seconds) == replace(leg, status=LegStatus.UNKNOWN)


def test_the_first_not_found_that_counts_is_remembered_to_the_moment() -> None:
    first = replace(UNKNOWN, missing_at=after(SETTLED))

    assert heard(UNKNOWN, Missing(), SETTLED) == first
    assert heard(replace(UNKNOWN, status=LegStatus.SENT), Missing(), SETTLED) == first


def test_the_second_not_found_counts_a_polling_interval_later_and_no_sooner() -> None:
    first = replace(UNKNOWN, missing_at=after(SETTLED))
    later = SETTLED + PATIENCE.apart_seconds

    assert heard(first, Missing(), later - 0.001) is first
    planned = replace(first, status=LegStatus.PLANNED, missing_at=None)
    assert heard(first, Missing(), later) == planned


def test_not_found_of_who_contradicted_himself_too_often_never_counts() -> None:
    """F-O06: it is remembered and proves nothing."""
    doubtful = replace(UNKNOWN, missing_at=after(SETTLED), contradictions=CONTRADICTIONS_MAX)
    later = SETTLED + 9_999

    assert heard(doubtful, Missing(), later) == replace(doubtful, missing_at=after(later))
    almost = replace(doubtful, contradictions=CONTRADICTIONS_MAX - 1)
    assert heard(almost, Missing(), later).status is LegStatus.PLANNED


def test_what_is_given_up_failed_because_the_operator_could_not_be_reached() -> None:
    failure = Failure(
        "operator_unavailable", "the operator could not be reached; nothing moved", leg="debit"
    )
    given = given_up(replace(SENT, status=LegStatus.PLANNED))

    assert given == replace(SENT, status=LegStatus.FAILED, failure=failure)
