"""The simulation would notice: each planted defect is found within a stated number of seeds."""

from collections.abc import Iterator

import pytest
from tests.simulation.defects import PLANTED
from tests.simulation.play import Studio


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    with Studio() as studio:
        yield studio


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_defect_is_found(name: str, studio: Studio) -> None:
    plant, seeds_max = PLANTED[name]

    with plant():
        found = next((seed for seed in range(seeds_max) if studio.play(seed).violations), None)

    assert found is not None, f"{seeds_max} seeds did not notice that {name}"
