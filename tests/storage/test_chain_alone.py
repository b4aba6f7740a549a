"""The verifier of the documentation, which shares no line with Cross, against ours (I-34)."""

import re
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from cross.domain.chain import Head
from cross.storage import chain as stored
from cross.storage.reading import SqliteBooks
from tests.conftest import Run
from tests.storage.linking import faults_in
from tests.storage.tampering import furnished

PAGE = Path(__file__).parents[2] / "docs/explanation/ledger-chain.md"


def told_by_the_page(file: Path) -> tuple[int, str]:
    """The exit code of the page's program, and what it said."""
    text = PAGE.read_text("utf-8")
    [program] = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    command = [sys.executable, "-c", program, file]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    return said.returncode, said.stdout or said.stderr


def test_two_programs_that_share_nothing_find_the_same_head(tmp_path: Path, run: Run) -> None:
    file = tmp_path / "books.db"
    run(furnished(file))

    code, said = told_by_the_page(file)

    books = SqliteBooks(file)
    head = run(stored.head_of(books))
    assert (code, said) == (0, f"{head.position} {head.hash.hex()}\n")
    assert run(faults_in(books)) == ()


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE postings SET amount = amount + 1 WHERE entry = 7",
        "UPDATE accounts SET merchant = '' WHERE id = 1",
        "DELETE FROM audit WHERE number = 5",
    ],
)
def test_both_name_the_same_first_row(tmp_path: Path, run: Run, edit: str) -> None:
    file = tmp_path / "books.db"
    run(furnished(file))
    somebody = apsw.Connection(str(file))
    for (name,) in somebody.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
    ).fetchall():
        somebody.execute(f"DROP TRIGGER {name}")
    somebody.execute(edit)
    somebody.close()

    code, said = told_by_the_page(file)

    [first, *_] = run(faults_in(SqliteBooks(file)))
    assert code == 1
    assert said.startswith(f"position {first.position}: ")


def test_what_is_signed_of_a_head_is_what_the_page_says() -> None:
    head = Head(12, bytes.fromhex("ab" * 32), "2026-03-01T12:00:00+00:00")

    hash_ = "ab" * 32
    wanted = f"17:cross ledger head,2:12,64:{hash_},25:2026-03-01T12:00:00+00:00,"
    assert head.message() == wanted.encode()
