"""One table of codes: every refusal has its status, its family and its two sentences."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import cross.bootstrap  # noqa: F401  loads every module that refuses anything
from cross.api.errors import KINDS, WAIT_BEFORE_RETRY, Category, problem_of
from cross.api.messages import MESSAGES
from cross.api.reference import error_table
from cross.domain import errors
from cross.domain.errors import CrossError

REFERENCE = Path(__file__).parents[2] / "docs/reference/errors.md"


IN_A_BANKS_WORDS = {"operation_not_enabled", "past_cut_off", "partner_limit_reached"}
"""What the MBANKING gateway alone refuses, in the words of `cross.partner`."""


def _refusals(kind: type[CrossError]) -> Iterator[type[CrossError]]:
    for found in kind.__subclasses__():
        own = vars(found).get("code")
        ours = own is not None and found.__module__.startswith("cross.")
        if ours and own not in IN_A_BANKS_WORDS:
            yield found
        yield from _refusals(found)


REFUSALS = sorted(set(_refusals(CrossError)), key=lambda found: found.__qualname__)
"""Every refusal of the program: `cross.bootstrap` loads all of it."""


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda found: found.__name__)
def test_every_refusal_has_its_place_and_its_sentences(refusal: type[CrossError]) -> None:
    """S-API-07."""
    kind, message = KINDS[refusal.code], MESSAGES[refusal.code]

    assert 400 <= kind.status < 600
    assert kind.category in Category
    assert message.fr.endswith(".")
    assert message.en.endswith(".")
    assert message.fr != message.en


def test_no_code_is_in_the_table_that_nobody_uses() -> None:
    assert set(KINDS) == set(MESSAGES) == {refusal.code for refusal in REFUSALS}


def test_every_code_is_snake_case() -> None:
    assert all(code.replace("_", "").isalpha() and code.islower() for code in KINDS)


def test_what_may_be_tried_again_says_when() -> None:
    for code in WAIT_BEFORE_RETRY:
        assert KINDS[code].retryable


def test_a_problem_says_nothing_of_what_it_does_not_know() -> None:
    problem = problem_of(errors.SameWallet(), request_id="r")
    assert not {"operator", "existing_id"} & set(problem)
    assert problem["title"] == "Same wallet"


def test_the_table_of_errors_in_the_documentation_is_current() -> None:
    """Write it anew with: python -m cross.api.reference docs/reference/errors.md."""
    assert REFERENCE.read_text(encoding="utf-8") == error_table()
