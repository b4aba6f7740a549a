"""The stateful property test, short form (M4): I-01 to I-11, I-20, I-27 to I-31, I-36, I-37, I-40.

`make tills RUNS=200` plays longer, on SQLite and on PostgreSQL.
"""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.till_machine import Tills, sqlite


class OnSqlite(Tills):
    """The books in a file."""

    new_store = staticmethod(sqlite)


def test_whatever_two_merchants_do_the_books_and_the_dictionary_agree() -> None:
    quick = settings(
        max_examples=5,
        stateful_step_count=14,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(OnSqlite, settings=quick)
