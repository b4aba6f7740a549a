"""The proof: what it takes for two records of the same transfers to be called equal."""

from dataclasses import replace
from typing import Final

import pytest

from bench.figures import percentile
from bench.proof import Books, Disagreement, Ended, require_agreement
from bench.stage import Ending

ID: Final = "trf_01JABCDEFGHJKMNPQRSTVWXYZ0"
DEBIT: Final = {
    "operator": "tmoney",
    "kind": "debit",
    "reference": "CRX01JABCDEFGHJKMNPQRSTVWXYZ0D",
    "amount": 1_010,
}
CREDIT: Final = {
    "operator": "flooz",
    "kind": "credit",
    "reference": "CRX01JABCDEFGHJKMNPQRSTVWXYZ0C",
    "amount": 1_000,
}
FLOATS: Final = {"tmoney": 1_010, "flooz": -1_000}
ENDING: Final = Ending([DEBIT, CREDIT], FLOATS, {})
BOOKS: Final = Books(FLOATS, 0, {ID: Ended("completed", 1.0)}, [])


def test_one_debit_one_credit_and_a_completed_transfer_agree() -> None:
    require_agreement([ID], ENDING, BOOKS)


@pytest.mark.parametrize(
    ("ending", "books"),
    [
        (replace(ENDING, journal=[DEBIT]), BOOKS),
        (replace(ENDING, journal=[DEBIT, CREDIT, CREDIT]), BOOKS),
        (replace(ENDING, journal=[DEBIT, {**CREDIT, "amount": 999}]), BOOKS),
        (replace(ENDING, journal=[DEBIT, CREDIT, {**DEBIT, "reference": "CRX9D"}]), BOOKS),
        (replace(ENDING, floats={**FLOATS, "flooz": -999}), BOOKS),
        (ENDING, replace(BOOKS, transfers={ID: Ended("crediting", 0.0)})),
        (ENDING, replace(BOOKS, transfers={})),
        (ENDING, replace(BOOKS, transfers={**BOOKS.transfers, "trf_2": Ended("completed", 1.0)})),
        (ENDING, replace(BOOKS, trial_balance=1)),
        (ENDING, replace(BOOKS, faults=["entry 7 does not balance"])),
    ],
)
def test_any_difference_is_a_disagreement(ending: Ending, books: Books) -> None:
    with pytest.raises(Disagreement):
        require_agreement([ID], ending, books)


def test_a_run_without_transfers_proves_nothing() -> None:
    with pytest.raises(Disagreement):
        require_agreement([], Ending([], {}, {}), Books({}, 0, {}, []))


@pytest.mark.parametrize(("percent", "value"), [(50, 2), (99, 4), (100, 4), (0, 1)])
def test_a_percentile_is_a_value_that_was_measured(percent: float, value: float) -> None:
    assert percentile([4, 1, 3, 2], percent) == value
