"""What follows from each answer, for each kind of movement: deciding alone, nothing done."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross.domain import collection, payout, transfer
from cross.domain.errors import NotCancelable, OutcomeUnknown
from cross.domain.ledger import JournalEntry
from cross.domain.leg import LegKind, LegStatus, Patience
from cross.domain.money import xof
from cross.domain.movement import Movement, MovementKind
from cross.domain.operator import (
    LookUp,
    Missing,
    Pending,
    RefusalCode,
    Refused,
    Succeeded,
    Unknown,
)
from cross.domain.steps import (
    TRANSITIONS,
    News,
    cancel,
    is_final,
    next_step,
    resend,
    take_up,
)
from tests.domain.movements import PATIENCE, accepted, after, step

SILENCE = Unknown("read timeout after 30 s")
NOT_SENT = Unknown("connection refused", sent=False)
NO_FUNDS = Refused(RefusalCode.INSUFFICIENT_FUNDS, "500", "Solde insuffisant")
EXPIRED = Refused(RefusalCode.PROMPT_EXPIRED, "500", "Delai depasse")


def debited() -> Movement:
    opened = accepted(MovementKind.TRANSFER)
    return step(opened, LegKind.DEBIT, Succeeded("T1", opened.price.debit)).movement


def refunding() -> Movement:
    return step(debited(), LegKind.CREDIT, NO_FUNDS).movement


def totals(*entries: JournalEntry) -> Counter[str]:
    found: Counter[str] = Counter()
    for entry in entries:
        for account, amount in entry.signed:
            found[account.name] += amount
    return found


def test_a_debit_that_succeeds_pays_for_the_credit() -> None:
    decided = step(accepted(MovementKind.TRANSFER), LegKind.DEBIT, Succeeded("T1", xof(5_050)))

    assert decided.movement.state == transfer.State.CREDITING
    assert decided.send is LegKind.CREDIT
    assert decided.movement.leg(LegKind.CREDIT).status is LegStatus.SENT
    assert totals(*decided.entries) == {
        "float:tmoney": 5_050,
        "in_transit:XOF": -5_050,
        "reserved:tmoney": 5_050,
        "promises:tmoney": -5_050,
    }
    assert decided.events == ("transfer.debited",)


def test_a_credit_that_succeeds_completes_the_transfer_and_earns_the_fee() -> None:
    decided = step(debited(), LegKind.CREDIT, Succeeded("F1", xof(5_000)))

    assert decided.movement.state == transfer.State.COMPLETED
    assert decided.send is None
    assert totals(*decided.entries) == {
        "in_transit:XOF": 5_050,
        "float:flooz": -5_000,
        "fees:XOF": -50,
        "promises:flooz": 5_000,
        "reserved:flooz": -5_000,
        "promises:tmoney": 5_050,
        "reserved:tmoney": -5_050,
    }


def test_a_refused_debit_fails_the_transfer_and_nothing_moved() -> None:
    decided = step(accepted(MovementKind.TRANSFER), LegKind.DEBIT, NO_FUNDS)

    assert decided.movement.state == transfer.State.FAILED
    assert decided.movement.failure is not None
    assert decided.movement.failure.code == "insufficient_funds"
    assert decided.movement.failure.leg == "debit"
    assert totals(*decided.entries) == {"promises:flooz": 5_000, "reserved:flooz": -5_000}


def test_a_refused_credit_gives_the_payer_all_his_money_back() -> None:
    decided = step(debited(), LegKind.CREDIT, NO_FUNDS)

    assert decided.movement.state == transfer.State.REFUNDING
    assert decided.send is LegKind.REFUND
    refund = decided.movement.leg(LegKind.REFUND)
    debit = decided.movement.leg(LegKind.DEBIT)
    assert (refund.operator, refund.msisdn, refund.money) == (
        debit.operator,
        debit.msisdn,
        debit.money,
    )
    assert refund.reference not in {debit.reference, decided.movement.leg(LegKind.CREDIT).reference}


def test_what_was_collected_is_promised_to_nobody_else_until_it_is_paid_or_given_back() -> None:
    """I-09: a payout accepted meanwhile must not spend the money of a refund."""
    opened = accepted(MovementKind.TRANSFER)
    first = step(opened, LegKind.DEBIT, Succeeded("T1"))
    second = step(first.movement, LegKind.CREDIT, NO_FUNDS)

    booked = totals(transfer.opening_entry(opened), *first.entries, *second.entries)
    assert booked["float:tmoney"] - booked["reserved:tmoney"] == 0


def test_a_refund_that_succeeds_leaves_nothing_in_transit() -> None:
    opened = accepted(MovementKind.TRANSFER)
    first = step(opened, LegKind.DEBIT, Succeeded("T1"))
    second = step(first.movement, LegKind.CREDIT, NO_FUNDS)
    third = step(second.movement, LegKind.REFUND, Succeeded("T2"))
    booked = totals(transfer.opening_entry(opened), *first.entries, *second.entries, *third.entries)

    assert third.movement.state == transfer.State.REFUNDED
    assert not any(booked.values())


def test_a_refused_refund_puts_the_money_in_suspense_with_an_owner() -> None:
    """F-O19."""
    decided = step(refunding(), LegKind.REFUND, NO_FUNDS)

    assert decided.movement.state == transfer.State.REFUNDING
    assert decided.movement.attention is not None
    assert totals(*decided.entries) == {"in_transit:XOF": 5_050, "suspense:XOF": -5_050}


@pytest.mark.parametrize("kind", MovementKind)
def test_an_answer_that_never_comes_changes_nothing_but_what_we_know(kind: MovementKind) -> None:
    opened = accepted(kind)
    leg = opened.legs[0]
    decided = step(opened, leg.kind, SILENCE, 30, ended=True)

    assert decided.movement.state == opened.state
    assert decided.entries == ()
    assert decided.send is None
    assert decided.movement.leg(leg.kind).status is LegStatus.UNKNOWN
    assert decided.events == (f"{kind}.unknown",)


def test_not_found_counts_only_after_the_settling_window_and_twice() -> None:
    """F-O13, I-23."""
    silent = step(accepted(MovementKind.PAYOUT), LegKind.CREDIT, SILENCE, 30, ended=True).movement
    early = step(silent, LegKind.CREDIT, Missing(), 80).movement
    first = step(early, LegKind.CREDIT, Missing(), 91).movement
    hasty = step(first, LegKind.CREDIT, Missing(), 94).movement
    decided = step(hasty, LegKind.CREDIT, Missing(), 97)

    assert early.leg(LegKind.CREDIT).missing_at is None
    assert hasty.state == payout.State.PAYING
    assert hasty.leg(LegKind.CREDIT).sends == 1
    assert decided.send is LegKind.CREDIT
    assert decided.movement.leg(LegKind.CREDIT).sends == 2


def test_a_reference_that_never_arrived_is_sent_again_unchanged() -> None:
    opened = accepted(MovementKind.PAYOUT)
    silent = step(opened, LegKind.CREDIT, SILENCE, 30, ended=True).movement
    first = step(silent, LegKind.CREDIT, Missing(), 91).movement
    decided = step(first, LegKind.CREDIT, Missing(), 97)

    again, before = decided.movement.leg(LegKind.CREDIT), opened.leg(LegKind.CREDIT)
    assert again.reference == before.reference


def test_not_found_says_nothing_while_our_request_is_under_way() -> None:
    opened = accepted(MovementKind.PAYOUT)
    first = step(opened, LegKind.CREDIT, Missing(), 100).movement
    second = step(first, LegKind.CREDIT, Missing(), 200)

    assert second.send is None
    assert second.movement.leg(LegKind.CREDIT).sends == 1


def test_not_found_after_it_was_acknowledged_is_a_contradiction_and_not_a_failure() -> None:
    opened = accepted(MovementKind.COLLECTION)
    waiting = step(opened, LegKind.DEBIT, Pending("T1"), ended=True).movement
    decided = step(waiting, LegKind.DEBIT, Missing(), 500)

    assert decided.movement.state == collection.State.COLLECTING
    assert decided.movement.leg(LegKind.DEBIT).status is LegStatus.UNKNOWN
    assert decided.send is None


def test_an_operator_that_would_act_twice_is_never_sent_a_reference_twice() -> None:
    once = Patience(settling_seconds=60, apart_seconds=5, sends_max=1)
    silent = step(accepted(MovementKind.PAYOUT), LegKind.CREDIT, SILENCE, 30, ended=True).movement
    first = step(silent, LegKind.CREDIT, Missing(), 91).movement
    decided = next_step(first, LegKind.CREDIT, News(Missing(), after(97)), patience=once)

    assert decided.send is None
    assert decided.movement.state == payout.State.FAILED


def test_a_payer_is_not_prompted_again_once_his_time_is_up() -> None:
    opened = accepted(MovementKind.COLLECTION)
    silent = step(opened, LegKind.DEBIT, SILENCE, 30, ended=True).movement
    first = step(silent, LegKind.DEBIT, Missing(), 121).movement
    decided = step(first, LegKind.DEBIT, Missing(), 127)

    assert decided.movement.state == collection.State.FAILED
    assert decided.movement.failure is not None
    assert decided.movement.failure.code == "operator_unavailable"


def test_a_request_that_never_left_is_planned_again_and_may_be_canceled() -> None:
    opened = accepted(MovementKind.PAYOUT)
    decided = step(opened, LegKind.CREDIT, NOT_SENT, ended=True)
    retried = resend(decided.movement, LegKind.CREDIT, at=after(6))

    assert decided.movement.leg(LegKind.CREDIT).status is LegStatus.PLANNED
    assert retried.send is LegKind.CREDIT
    canceled = cancel(decided.movement, at=after(2))
    assert canceled.movement.state == payout.State.CANCELED
    assert not any(totals(payout.opening_entry(opened), *canceled.entries).values())


def test_what_may_have_been_sent_cannot_be_canceled() -> None:
    with pytest.raises(OutcomeUnknown):
        cancel(accepted(MovementKind.PAYOUT), at=after(1))
    with pytest.raises(NotCancelable):
        cancel(accepted(MovementKind.TRANSFER), at=after(1))


def test_a_request_that_never_leaves_is_given_up_after_so_many_tries() -> None:
    movement = accepted(MovementKind.PAYOUT)
    for tried in range(1, PATIENCE.sends_max):
        movement = step(movement, LegKind.CREDIT, NOT_SENT, tried, ended=True).movement
        movement = resend(movement, LegKind.CREDIT, at=after(tried + 1)).movement
    decided = step(movement, LegKind.CREDIT, NOT_SENT, 60, ended=True)

    assert decided.movement.state == payout.State.FAILED


def test_a_refund_is_never_given_up() -> None:
    movement = refunding()
    for tried in range(1, 9):
        movement = step(movement, LegKind.REFUND, NOT_SENT, tried, ended=True).movement
        assert movement.state == transfer.State.REFUNDING
        movement = resend(movement, LegKind.REFUND, at=after(tried + 1)).movement


def test_a_refund_that_cannot_be_repeated_safely_waits_for_a_person() -> None:
    """F-O12: where one reference may act twice, a refund not found is not sent again."""
    once = Patience(settling_seconds=60, apart_seconds=5, sends_max=1)
    silent = step(refunding(), LegKind.REFUND, SILENCE, 30, ended=True).movement
    first = next_step(silent, LegKind.REFUND, News(Missing(), after(91)), patience=once).movement
    decided = next_step(first, LegKind.REFUND, News(Missing(), after(97)), patience=once)
    again = next_step(decided.movement, LegKind.REFUND, News(Missing(), after(500)), patience=once)

    assert decided.send is None
    assert decided.movement.state == transfer.State.REFUNDING
    assert decided.movement.attention is not None
    assert decided.movement.attention.reason == "refund_not_found"
    assert not again.saved


def test_another_amount_than_asked_stops_progress_and_calls_a_person() -> None:
    decided = step(accepted(MovementKind.COLLECTION), LegKind.DEBIT, Succeeded("T1", xof(1)))

    assert decided.movement.state == collection.State.COLLECTING
    assert decided.entries == ()
    assert decided.movement.attention is not None
    assert decided.movement.attention.reason == "amount_differs"


def test_a_prompt_that_nobody_answers_expires_the_collection() -> None:
    decided = step(accepted(MovementKind.COLLECTION), LegKind.DEBIT, EXPIRED)

    assert decided.movement.state == collection.State.EXPIRED
    assert decided.events == ("collection.expired",)


@pytest.mark.parametrize(
    ("kind", "leg"),
    [(MovementKind.COLLECTION, LegKind.DEBIT), (MovementKind.PAYOUT, LegKind.CREDIT)],
)
def test_a_success_after_a_failure_goes_to_suspense_and_changes_no_state(
    kind: MovementKind, leg: LegKind
) -> None:
    failed = step(accepted(kind), leg, NO_FUNDS).movement
    decided = step(failed, leg, Succeeded("X1"), 600)

    assert decided.movement is failed
    assert "suspense:XOF" in totals(*decided.entries)


def test_a_refusal_after_a_success_counts_where_a_query_says_it_and_not_the_request() -> None:
    """F-N14, F-O07: the request itself was only delivered twice."""
    paid = step(accepted(MovementKind.PAYOUT), LegKind.CREDIT, Succeeded("X1")).movement

    assert not step(paid, LegKind.CREDIT, NO_FUNDS, 600, ended=True).saved
    assert "suspense:XOF" in totals(*step(paid, LegKind.CREDIT, NO_FUNDS, 600).entries)


def test_what_was_in_flight_is_taken_up_as_perhaps_arrived() -> None:
    taken = take_up(accepted(MovementKind.TRANSFER), at=after(9))

    debit = taken.leg(LegKind.DEBIT)
    assert debit.reached
    assert debit.quiet_at == after(9)
    assert not taken.leg(LegKind.CREDIT).reached


ANSWERS = st.sampled_from(
    [
        Succeeded("X1"),
        NO_FUNDS,
        EXPIRED,
        Pending("P1"),
        SILENCE,
        NOT_SENT,
        Missing(),
        Succeeded("X1", xof(3)),
    ]
)


@given(
    kind=st.sampled_from(MovementKind),
    heard=st.lists(st.tuples(ANSWERS, st.booleans(), st.integers(0, 90)), max_size=14),
)
def test_whatever_is_heard_the_table_is_kept_and_no_final_state_changes(
    kind: MovementKind, heard: list[tuple[LookUp, bool, int]]
) -> None:
    """I-19, I-20, I-23: every edge taken is in the table, and silence never fails anything."""
    movement, seconds = accepted(kind), 0
    for answer, ended, later in heard:
        seconds += later
        leg = next((leg for leg in movement.legs if not leg.is_final), movement.legs[-1])
        before = movement
        decided = step(before, leg.kind, answer, seconds, ended=ended)
        movement = decided.movement
        if movement.state != before.state:
            assert movement.state in TRANSITIONS[kind][before.state]
            assert not isinstance(answer, Unknown) or leg.sends > 0
        if is_final(before):
            assert movement is before
        if isinstance(answer, Unknown) and answer.sent:
            assert movement.state == before.state
