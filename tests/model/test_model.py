"""The exhaustive model (M12), within bounds that take seconds; `make model` goes further."""

import pytest

from cross.domain.changed import changed
from cross.domain.leg import LegStatus
from cross.domain.movement import Movement, MovementKind
from cross.domain.steps import TRANSITIONS
from tests.model import moves as model_moves
from tests.model.explore import Violation, explore
from tests.model.situation import Bounds

NARROW = Bounds(crashes=1, faults=1)
# Nothing but a payer who let his time pass ends so, and the model's operator names one reason.
NOT_BROUGHT_ABOUT = {("collecting", "expired")}


@pytest.mark.parametrize("kind", MovementKind)
def test_no_crash_and_no_fault_leads_to_a_situation_that_breaks_a_law(kind: MovementKind) -> None:
    """I-02 to I-07, I-11, I-12, I-19, I-22, I-23, I-24: in every situation that can be reached.

    The same effects at the operators end in the same state with the same books (I-22); from every
    situation an end or an owner can be reached (I-19); every edge of the table is taken.
    """
    found = explore(kind, NARROW)

    assert found.without_an_end == 0
    assert {len(ends) for ends in found.ends.values()} == {1}
    table = {(before, after) for before, row in TRANSITIONS[kind].items() for after in row}
    assert table - set(found.edges) <= NOT_BROUGHT_ABOUT


@pytest.mark.parametrize("lies", [False, True])
def test_nor_at_an_operator_that_would_act_twice_on_one_reference(*, lies: bool) -> None:
    """I-04, I-25, F-O12: it is never sent twice; what a liar did after all is put in suspense."""
    bounds = Bounds(crashes=1, faults=2, refuses_repeats=False, lies=lies)
    found = explore(MovementKind.PAYOUT, bounds)

    assert found.without_an_end == 0
    assert lies or {len(ends) for ends in found.ends.values()} == {1}


def test_the_model_notices_silence_that_is_taken_for_a_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control of the model itself: with the rule broken it shows the way to the loss (I-23)."""
    monkeypatch.setattr(model_moves, "SILENT", model_moves._SAYS["refused"])

    with pytest.raises(Violation, match=r"I-(03|23)[\s\S]+after: .*without an answer"):
        explore(MovementKind.PAYOUT, NARROW)


def test_the_model_notices_a_reference_that_is_sent_before_it_is_settled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other control: a restart that forgets that something may be under way (I-04)."""

    def forgotten(movement: Movement, **_: object) -> Movement:
        legs = (
            changed(leg, status=LegStatus.PLANNED) if leg.is_under_way else leg
            for leg in movement.legs
        )
        return changed(movement, legs=tuple(legs))

    monkeypatch.setattr(model_moves, "take_up", forgotten)

    with pytest.raises(Violation, match=r"after: .*crash.*restart"):
        explore(MovementKind.PAYOUT, Bounds(1, 0, refuses_repeats=False))
