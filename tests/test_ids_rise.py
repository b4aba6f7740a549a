"""Ids made by one process rise, whatever its clock does."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cross.randomness import IdMaker, RandomSource
from tests.domain.movements import NOON


@given(steps=st.lists(st.integers(-5_000, 5_000), max_size=60))
def test_every_id_is_greater_than_the_one_before(steps: list[int]) -> None:
    def moments() -> Iterator[datetime]:
        at = NOON
        for step in steps:
            at += timedelta(microseconds=step)
            yield at

    told = moments()
    make = IdMaker(lambda: next(told), RandomSource())
    made = [make("evt") for _ in steps]

    assert made == sorted(set(made))
