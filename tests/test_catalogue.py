"""What the reference says of each promise, fault and requirement is true: its proofs exist."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.catalogue import (
    FAULTS,
    INVARIANTS,
    REQUIREMENTS,
    WHY_NOT,
    Line,
    ids_in,
    lines_of,
    proof_in_source,
    proofs,
)

PAGES = {
    "faults.md": FAULTS,
    "invariants.md": INVARIANTS,
    "security-requirements.md": REQUIREMENTS,
}


@pytest.mark.parametrize("page", PAGES)
def test_every_id_has_one_line_in_its_order(page: str) -> None:
    assert [line.id for line in lines_of(page)] == list(PAGES[page])


def test_there_are_170_faults_46_invariants_and_73_requirements() -> None:
    assert (len(FAULTS), len(INVARIANTS), len(REQUIREMENTS)) == (170, 46, 73)
    assert set(Counter((*FAULTS, *INVARIANTS, *REQUIREMENTS)).values()) == {1}


@pytest.mark.parametrize("page", PAGES)
def test_what_is_named_as_a_proof_exists_and_quotes_the_id(page: str) -> None:
    assert [wrong for line in lines_of(page) for wrong in _untrue(line)] == []


def _untrue(line: Line) -> Iterator[str]:
    for place, name in line.proofs:
        proof = proofs().get((place, name)) or proof_in_source(place, name)
        if proof is None:
            yield f"{line.id}: {place}::{name} is not there"
        elif line.id not in proof.quotes:
            yield f"{line.id}: {place}::{name} does not say so"


@pytest.mark.parametrize("page", PAGES)
def test_a_line_names_a_test_once_or_says_why_there_is_none(page: str) -> None:
    for line in lines_of(page):
        tests = [named for named in line.proofs if named in proofs() and proofs()[named].is_test]

        assert tests or any(cell.startswith(WHY_NOT) for cell in line.cells), line.id
        assert len(set(line.proofs)) == len(line.proofs), line.id


def test_no_test_is_for_an_id_that_there_is_not() -> None:
    known = {*FAULTS, *INVARIANTS, *REQUIREMENTS}

    assert not [
        f"{proof.place}::{proof.name} {sorted(proof.quotes - known)}"
        for proof in proofs().values()
        if proof.quotes - known and Path(proof.place).name != Path(__file__).name
    ]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("F-P01 to F-P03.", {"F-P01", "F-P02", "F-P03"}),
        ("S-BAK-01 to 03: a backup", {"S-BAK-01", "S-BAK-02", "S-BAK-03"}),
        ("(S-OUT-02, 03)", {"S-OUT-02", "S-OUT-03"}),
        ("I-06, I-07: by D-Money", {"I-06", "I-07"}),
        ("F-T04, F-O20: Togo is 3 hours", {"F-T04", "F-O20"}),
        ("UTF-16 and XI-22", set()),
    ],
)
def test_ids_are_read_with_their_ranges(text: str, ids: set[str]) -> None:
    assert ids_in(text) == ids
