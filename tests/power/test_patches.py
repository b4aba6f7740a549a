"""The planted defects can be planted, are enough, and the quickest to find are found (M2)."""

import re
from collections.abc import Iterator
from typing import Final

import pytest

from tests.power.planted import Defect, Seeds, Tests, Tree, all_defects, tree
from tests.power.run import try_one

COUNT_MIN: Final = 50  # money-safety.md section 4.2
SHOWN: Final = (
    "steps-a-timeout-is-a-refusal",
    "recorder-a-step-is-followed-before-it-is-durable",
    "callbacks-answered-before-it-is-stored",
)
"""Those that every run of the tests plants; `make power` plants them all."""

DEFECTS: Final = {defect.name: defect for defect in all_defects()}


@pytest.fixture(scope="module")
def copy() -> Iterator[Tree]:
    with tree() as copy:
        yield copy


def test_there_are_fifty_and_no_two_are_called_the_same() -> None:
    assert len(DEFECTS) >= COUNT_MIN
    assert len({defect.title for defect in DEFECTS.values()}) == len(DEFECTS)


def test_each_applies_to_the_sources_as_they_are(copy: Tree) -> None:
    for defect in DEFECTS.values():
        with copy.planted(defect):
            pass


def test_each_changes_only_the_sources() -> None:
    for defect in DEFECTS.values():
        changed = re.findall(r"(?m)^diff --git a/(\S+) b/\1$", defect.file.read_text("utf-8"))

        assert changed, defect.name
        assert all(name.startswith("src/") for name in changed), defect.name


def test_each_is_looked_for_by_tests_that_exist_or_by_seeds(copy: Tree) -> None:
    for defect in DEFECTS.values():
        match defect.finder:
            case Seeds(first, count):
                assert first >= 0 < count <= 1000, defect.name
            case Tests(names):
                for name in names:
                    assert (copy.folder / name.partition("::")[0]).exists(), (defect.name, name)


@pytest.mark.parametrize("name", SHOWN)
def test_a_planted_defect_is_found(name: str, copy: Tree) -> None:
    verdict = try_one(_named(name), copy)

    assert verdict.is_found, verdict.told


def _named(name: str) -> Defect:
    return DEFECTS[name]
