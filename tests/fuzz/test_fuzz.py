"""Fuzzing, short form: what was found once, and some thousands of inputs for each reader (M6).

F-C12, F-C18, F-I01 to F-I06, F-I08, F-Y07, F-Y08, F-Y09; `make fuzz SECONDS=60` goes further.
"""

import json
from itertools import islice
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross.operators.dmoney.signing import EXCLUDED, canonical, is_ambiguous
from tests.fuzz.corpus import FOLDER, kept
from tests.fuzz.mutating import inputs
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS
from tests.fuzz.twin import canonical_of

INPUTS: Final = 1_000
SLOW: Final = {"sheets": 60}
NAMES = st.sampled_from(["sign", "biz_content", "a", "b", "callback_info"]) | st.text(max_size=3)
SCALARS = st.text(max_size=6) | st.integers() | st.booleans() | st.none()
OBJECTS = st.dictionaries(
    NAMES, SCALARS | st.dictionaries(NAMES, SCALARS | st.lists(SCALARS, max_size=2), max_size=3)
)
PLAIN = st.dictionaries(
    st.text(min_size=1, max_size=6), st.text(min_size=1, max_size=6), max_size=6
)


@pytest.mark.parametrize("target", TARGETS)
def test_no_input_makes_a_reader_stumble(target: str) -> None:
    many = SLOW.get(target, INPUTS)
    for data in islice(inputs(1, seeds()[target]), many):
        TARGETS[target](data)


@pytest.mark.parametrize("target", sorted(file.stem for file in FOLDER.glob("*.txt")))
def test_what_was_found_once_is_not_found_again(target: str) -> None:
    assert kept(target)
    for data in kept(target):
        TARGETS[target](data)


@given(OBJECTS)
def test_two_canonicalisers_agree_on_every_object(fields: dict[str, object]) -> None:
    """One is ours, the other was written from the document alone."""
    assert canonical_of(json.dumps(fields).encode()) == canonical(fields)


@given(PLAIN, PLAIN)
def test_two_sets_of_plain_fields_have_two_strings(
    one: dict[str, str], other: dict[str, str]
) -> None:
    """Injectivity, where no name and no value is ambiguous: those that are get refused before."""
    for fields in (one, other):
        for text in (*fields, *fields.values()):
            if is_ambiguous(text) or text in EXCLUDED:
                return
    assert (canonical(one) == canonical(other)) == (one == other)
