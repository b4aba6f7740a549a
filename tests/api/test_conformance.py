"""M5, F-I01, F-I10, F-I14: the served document against the application, short form.

`make conformance` is the long one.
"""

from cross.clock import system_clock
from cross.storage.postgres import PostgresStore
from tests.api import conformance
from tests.api.till import DOCUMENT
from tests.conftest import short_pause

EXAMPLES = 5
STATUSES = {200, 201, 202, 400, 401, 404, 405, 409, 415, 422}
OPERATIONS = {
    f"{method.upper()} {path}" for path, calls in DOCUMENT["paths"].items() for method in calls
} - {"GET /openapi.json"}  # from which schemathesis has the document


def test_every_answer_is_one_that_the_document_tells(postgres_url: str) -> None:
    """On PostgreSQL, which takes less than SQLite does: no NUL, no half of a surrogate (F-I03)."""
    store = PostgresStore(postgres_url, clock=system_clock, pause=short_pause)

    found = conformance.run(examples=EXAMPLES, store=store)

    assert found.faults == {}
    assert set(found.statuses) >= STATUSES
    assert OPERATIONS - found.operations == set()
    assert found.requests > 20 * len(OPERATIONS)


def test_so_are_the_answers_to_somebody_who_knows_the_operators() -> None:
    found = conformance.run(examples=EXAMPLES, deeper=True)

    assert found.faults == {}
    assert found.statuses[202] > EXAMPLES
    assert OPERATIONS - found.operations == set()


def test_so_are_the_gateways_answers_to_a_bank() -> None:
    found = conformance.run_gateway(examples=EXAMPLES)

    assert found.faults == {}
    assert set(found.statuses) <= {200, 400, 401, 405, 429}
    assert found.statuses[200] > 100


def test_a_narrowed_document_is_one_about_which_merchants_know_more() -> None:
    form = {"properties": {"operator": {"type": "string"}, "title": {"type": "string"}}}
    document = conformance.narrowed({"components": {"schemas": {"PayoutForm": form}}})

    fields = document["components"]["schemas"]["PayoutForm"]["properties"]
    assert fields["operator"] == {"enum": ["tmoney", "flooz"]}
    assert fields["title"] == {"type": "string"}
