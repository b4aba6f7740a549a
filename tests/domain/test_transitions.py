"""The transition tables are data, and this walks them (I-19)."""

from collections.abc import Iterable

import pytest

from cross.domain import collection, payout, refund, transfer
from cross.domain.movement import MovementKind, Transitions
from cross.domain.steps import TRANSITIONS

INITIAL = {
    MovementKind.TRANSFER: transfer.INITIAL,
    MovementKind.COLLECTION: collection.INITIAL,
    MovementKind.PAYOUT: payout.INITIAL,
    MovementKind.REFUND: refund.INITIAL,
}
STATES: dict[MovementKind, Iterable[str]] = {
    MovementKind.TRANSFER: transfer.State,
    MovementKind.COLLECTION: collection.State,
    MovementKind.PAYOUT: payout.State,
    MovementKind.REFUND: refund.State,
}


def reachable(table: Transitions, start: str) -> set[str]:
    found, waiting = set[str](), [start]
    while waiting:
        state = waiting.pop()
        for following in table[state]:
            if following not in found:
                found.add(following)
                waiting.append(following)
    return found


@pytest.mark.parametrize("kind", MovementKind)
def test_every_state_has_its_row(kind: MovementKind) -> None:
    assert set(TRANSITIONS[kind]) == set(STATES[kind])


@pytest.mark.parametrize("kind", MovementKind)
def test_no_state_is_ever_reached_again(kind: MovementKind) -> None:
    for state in TRANSITIONS[kind]:
        assert state not in reachable(TRANSITIONS[kind], state)


@pytest.mark.parametrize("kind", MovementKind)
def test_every_state_is_reached_from_the_first(kind: MovementKind) -> None:
    found = reachable(TRANSITIONS[kind], INITIAL[kind])

    assert found | {INITIAL[kind]} == set(STATES[kind])


@pytest.mark.parametrize("kind", MovementKind)
def test_from_every_state_an_end_is_reached(kind: MovementKind) -> None:
    table = TRANSITIONS[kind]
    ends = {state for state in table if not table[state]}

    assert ends
    for state in table:
        assert state in ends or reachable(table, state) & ends
