"""Decisions that end nothing: what is kept and told, when a person is called, when it is resent."""

from dataclasses import replace
from typing import Final

import pytest

from cross.domain import payout, transfer
from cross.domain.leg import CONTRADICTIONS_MAX, Leg, LegKind, LegStatus, Patience
from cross.domain.money import xof
from cross.domain.movement import Attention, Movement, MovementKind, Step
from cross.domain.operator import LookUp, Missing, Pending, RefusalCode, Refused, Succeeded, Unknown
from cross.domain.steps import News, next_step
from tests.domain.movements import PATIENCE, accepted, after, owned, sent, step

SILENCE: Final = Unknown("read timeout after 30 s")
NOT_SENT: Final = Unknown("connection refused", sent=False)
OWNED: Final = Attention("somebody looks already", "operations", after(9))
ONCE: Final = Patience(settling_seconds=60, apart_seconds=5, sends_max=1)


def decided(
    movement: Movement, answer: LookUp, seconds: float = 500, *, patience: Patience = PATIENCE
) -> Step:
    leg = movement.legs[-1] if movement.state == transfer.State.REFUNDING else movement.legs[0]
    return next_step(movement, leg.kind, News(answer, after(seconds)), patience=patience)


def with_leg(kind: MovementKind, **known: object) -> Movement:
    movement = accepted(kind)
    return movement.with_leg(replace(movement.legs[0], **known))  # type: ignore[arg-type]


def refunding(**known: object) -> Movement:
    """A transfer that gives back what was taken; `known` of its refund."""
    opened = accepted(MovementKind.TRANSFER)
    opened = step(opened, LegKind.DEBIT, Succeeded("T1")).movement
    opened = step(opened, LegKind.CREDIT, Refused(RefusalCode.WALLET_BLOCKED)).movement
    refund = replace(opened.leg(LegKind.REFUND), **known)  # type: ignore[arg-type]
    return opened.with_leg(refund)


MISSED_ONCE: Final = {
    "status": LegStatus.UNKNOWN,
    "reached": True,
    "quiet_at": after(10),
    "missing_at": after(71),
}
"""What is known of a leg whose operator said *not found* once after the settling window."""


def called(found: Step, reason: str) -> bool:
    return found.movement.attention == owned(reason, 500)


def test_an_answer_about_what_was_never_sent_is_a_mistake_of_ours() -> None:
    movement = accepted(MovementKind.TRANSFER)
    planned = movement.leg(LegKind.CREDIT)

    with pytest.raises(ValueError, match=f"^an answer about .* never sent: {planned.reference}$"):
        next_step(movement, LegKind.CREDIT, News(SILENCE, after(1)), patience=PATIENCE)


def test_waiting_is_measured_by_the_clock_that_nobody_sets_and_told_by_the_other() -> None:
    """I-45."""
    movement = accepted(MovementKind.PAYOUT)
    news = News(SILENCE, after(900), ended=True, steady_at=after(30))
    found = next_step(movement, LegKind.CREDIT, news, patience=PATIENCE)

    assert found.movement.legs[0].quiet_at == after(30)
    assert found.movement.updated_at == after(900)


@pytest.mark.parametrize("kind", MovementKind)
def test_what_becomes_unknown_is_saved_and_told_once(kind: MovementKind) -> None:
    movement = accepted(kind)
    first = decided(movement, SILENCE)
    unknown = replace(movement.legs[0], status=LegStatus.UNKNOWN, reached=True)

    saved = replace(movement.with_leg(unknown), updated_at=after(500))
    assert first == Step(saved, events=(f"{kind}.unknown",))
    assert decided(first.movement, SILENCE, 501) == Step(first.movement, saved=False)


def test_another_amount_calls_a_person_once() -> None:
    """F-O09."""
    movement = accepted(MovementKind.COLLECTION)
    found = decided(movement, Succeeded("T1", xof(1)))

    unknown = replace(movement.legs[0], status=LegStatus.UNKNOWN, reached=True)
    assert called(found, "amount_differs")
    assert found.movement.legs == (unknown,)
    assert found.saved
    again = decided(found.movement, Succeeded("T1", xof(1)), 600)
    assert again == Step(found.movement, saved=False)


def test_an_operator_that_contradicts_itself_too_often_calls_a_person_once() -> None:
    """F-O06."""
    before = CONTRADICTIONS_MAX - 1
    known = {"status": LegStatus.PENDING, "reached": True, "contradictions": before}
    found = decided(with_leg(MovementKind.COLLECTION, **known), Missing())

    assert called(found, "contradictory_answers")
    assert found.movement.legs[0].contradictions == CONTRADICTIONS_MAX
    looked_at = replace(with_leg(MovementKind.COLLECTION, **known), attention=OWNED)
    assert decided(looked_at, Missing()).movement.attention == OWNED
    fewer = with_leg(MovementKind.COLLECTION, **{**known, "contradictions": before - 1})
    assert decided(fewer, Missing()).movement.attention is None


def test_a_reference_that_the_payers_way_is_made_of_is_kept_at_once_and_once() -> None:
    movement = accepted(MovementKind.COLLECTION)
    answer = Pending("T9", keeps=True)
    found = decided(movement, answer)

    pending = replace(
        movement.legs[0], status=LegStatus.PENDING, operator_reference="T9", reached=True
    )
    assert found == Step(replace(movement.with_leg(pending), updated_at=after(500)))
    assert decided(found.movement, answer, 501) == Step(found.movement, saved=False)


def test_any_other_reference_of_a_pending_leg_need_not_be_kept() -> None:
    movement = accepted(MovementKind.COLLECTION)
    found = decided(movement, Pending("T9"))

    assert not found.saved
    assert found.movement.legs[0].operator_reference == "T9"
    assert found.movement.updated_at == movement.updated_at


@pytest.mark.parametrize("kind", [MovementKind.COLLECTION, MovementKind.PAYOUT])
def test_what_never_left_is_kept_as_planned_and_sent_by_whoever_comes_for_it(
    kind: MovementKind,
) -> None:
    movement = accepted(kind)
    found = decided(movement, NOT_SENT, 1)

    planned = replace(movement.legs[0], status=LegStatus.PLANNED)
    assert found == Step(replace(movement.with_leg(planned), updated_at=after(1)))


def test_what_never_arrived_is_sent_again_under_the_same_reference() -> None:
    """I-24."""
    movement = with_leg(MovementKind.PAYOUT, **MISSED_ONCE)
    found = decided(movement, Missing())

    on_its_way = sent(movement.legs[0], sends=2, seconds=500)
    again = replace(movement.with_leg(on_its_way), updated_at=after(500))
    assert found == Step(again, send=LegKind.CREDIT)


@pytest.mark.parametrize(
    ("sends", "state"),
    [
        (PATIENCE.sends_max - 1, payout.State.PAYING),
        (PATIENCE.sends_max, payout.State.FAILED),
    ],
)
def test_the_last_try_is_the_one_that_patience_names(sends: int, state: payout.State) -> None:
    movement = with_leg(MovementKind.PAYOUT, **MISSED_ONCE, sends=sends)

    found = decided(movement, Missing()).movement

    assert found.state == state
    assert found.updated_at == after(500)
    assert found.completed_at == (after(500) if state is payout.State.FAILED else None)


@pytest.mark.parametrize(("seconds", "is_over"), [(119.999, False), (120, True)])
def test_a_payer_is_asked_again_until_his_time_is_up(seconds: float, *, is_over: bool) -> None:
    found = decided(accepted(MovementKind.COLLECTION), NOT_SENT, seconds)

    assert (found.movement.state == "failed") is is_over
    late_payout = decided(accepted(MovementKind.PAYOUT), NOT_SENT, seconds)
    assert late_payout.movement.state == payout.State.PAYING


def test_a_refund_that_never_arrived_is_sent_again_however_often_it_was() -> None:
    movement = refunding(**MISSED_ONCE, sends=PATIENCE.sends_max + 7)
    found = decided(movement, Missing())

    assert found.send is LegKind.REFUND
    assert found.movement.attention is None


@pytest.mark.parametrize("known", [{}, MISSED_ONCE])
def test_a_refund_waits_for_a_person_only_where_it_may_have_arrived_and_acts_twice(
    known: dict[str, object],
) -> None:
    """F-O12: what never left is simply sent again."""
    movement = refunding(**known)
    found = decided(movement, Missing() if known else NOT_SENT, patience=ONCE)

    if known:
        flagged = owned("refund_not_found", 500)
        expected = replace(movement, attention=flagged, updated_at=after(500))
        assert found == Step(expected, events=("transfer.needs_attention",))
        again = decided(found.movement, Missing(), 600, patience=ONCE)
        assert again == Step(found.movement, saved=False)
    else:
        assert found.movement.leg(LegKind.REFUND).status is LegStatus.PLANNED
        assert found.movement.attention is None


def test_a_refund_of_a_collection_is_given_up_like_any_payout() -> None:
    movement = with_leg(MovementKind.REFUND, **MISSED_ONCE)
    found = decided(movement, Missing(), patience=ONCE)

    assert found.movement.state == payout.State.FAILED
    assert found.movement.attention is None
    given: Leg = found.movement.legs[0]
    assert given.failure is not None
    assert given.failure.code == "operator_unavailable"
