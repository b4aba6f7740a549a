from datetime import UTC, date, datetime

import pytest

from cross.domain.money import DJF, XOF
from cross.domain.position import Position, PositionLine, day_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def _position(*, closing: int, amounts: tuple[int, ...] = (500, -200)) -> Position:
    lines = tuple(
        PositionLine(place, NOON, amount, "credit.succeeded", "po_1")
        for place, amount in enumerate(amounts)
    )
    day = date(2026, 11, 20)
    return Position("mer_1", "Banque", XOF, day, 1_000, lines, closing, 0, NOON)


def test_a_position_that_does_not_add_up_cannot_be_built() -> None:
    assert _position(closing=1_300).closing == 1_300
    with pytest.raises(ValueError, match="does not add up"):
        _position(closing=1_301)


def test_what_came_and_what_went_are_told_apart() -> None:
    position = _position(closing=1_300)
    assert [line.amount for line in position.came] == [500]
    assert [line.amount for line in position.went] == [-200]


def test_a_day_is_the_day_where_the_currency_is_at_home() -> None:
    """F-T04, F-O20: Togo is on UTC, Djibouti three hours ahead."""
    day = date(2026, 11, 20)
    assert day_of(day, XOF)[0] == datetime(2026, 11, 20, tzinfo=UTC)
    assert day_of(day, DJF) == (
        datetime(2026, 11, 19, 21, tzinfo=UTC),
        datetime(2026, 11, 20, 21, tzinfo=UTC),
    )
