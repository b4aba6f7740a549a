"""What the watch asks of a span of entries: one not whole, or out of balance, is named."""

from pathlib import Path

import pytest

from cross.storage import monitors
from tests.conftest import NewStore, Run
from tests.storage.making import funding
from tests.switch.vandal import Vandal, on_postgres, on_sqlite

ELSEWHERE = (
    "INSERT INTO accounts (name, kind, currency, merchant)"
    " SELECT 'elsewhere', kind, 'EUR', merchant FROM accounts LIMIT 1"
)


@pytest.fixture
def vandal(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Vandal:
    if engine == "sqlite":
        return on_sqlite(tmp_path / "cross.db")
    return on_postgres(request.getfixturevalue("schema_url"))


@pytest.mark.parametrize(
    ("sql", "flaws"),
    [
        pytest.param("SELECT 1", [], id="all is right"),
        pytest.param(
            "UPDATE postings SET amount = amount + 5 WHERE line = 1 AND entry = 2",
            [(2, "it does not balance in XOF")],
            id="an amount is edited",
        ),
        pytest.param(
            "DELETE FROM postings WHERE line = 1 AND entry = 2",
            [(2, "it does not balance in XOF"), (2, "its lines are not all there")],
            id="a line is gone",
        ),
        pytest.param(
            "DELETE FROM postings WHERE entry = 2", [(2, "it has no lines")], id="all lines are"
        ),
        pytest.param(
            "DELETE FROM entries WHERE id = 2",
            [(2, "its lines are not all there")],
            id="only the lines are there",
        ),
        pytest.param(
            "UPDATE postings SET account = (SELECT id FROM accounts WHERE name = 'elsewhere')"
            " WHERE entry = 2 AND line = 1",
            [(2, "it does not balance in EUR"), (2, "it does not balance in XOF")],
            id="it balances over two currencies only",
        ),
    ],
)
def test_each_flaw_of_an_entry_is_named(
    new_store: NewStore, run: Run, vandal: Vandal, sql: str, flaws: list[tuple[int, str]]
) -> None:
    """I-01, whatever the currencies."""
    store = new_store()
    run(store.open())
    for amount in (1_000, 2_000, 3_000):
        run(store.record([funding(amount, cause=f"funded:{amount}")]))
    vandal(ELSEWHERE)
    vandal(sql)
    newest = run(monitors.newest_entry(store))

    found = run(monitors.flawed(store, after=0, upto=newest))

    run(store.close())
    assert [(flaw.entry, flaw.flaw) for flaw in found] == flaws
