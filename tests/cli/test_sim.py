"""`cross sim statement`: an operator's day as a file, and what is planted in it."""

from pathlib import Path

import pytest

from tests.cli.running import Typed


@pytest.mark.usefixtures("running")
def test_a_statement_is_written_and_tells_its_breaks(typed: Typed, tmp_path: Path) -> None:
    paid = typed.document("payout", "90112233", "1300")
    file = tmp_path / "night.csv"
    told = typed.document("sim", "statement", "tmoney", "--breaks", "2", "--output", str(file))
    assert [one["kind"] for one in told["planted"]] == ["missing", "extra"]
    assert told["written"] == str(file)
    assert len(file.read_text("utf-8").splitlines()) == 1 + len(told["rows"])

    shown = typed("sim", "statement", "tmoney", "--output", "-")
    assert paid["operator_reference"] in shown.out
    sheet = tmp_path / "night.xlsx"
    typed.document("sim", "statement", "tmoney", "--file-format", "xlsx", "--output", str(sheet))
    assert sheet.read_bytes().startswith(b"PK")


@pytest.mark.usefixtures("running")
def test_a_statement_that_cannot_be_is_refused(typed: Typed, tmp_path: Path) -> None:
    nobody = typed("sim", "statement", "nobody")
    assert (nobody.code, "no operator is named 'nobody'" in nobody.err) == (1, True)
    nowhere = str(tmp_path / "none" / "night.csv")
    unwritten = typed("sim", "statement", "tmoney", "--output", nowhere)
    assert (unwritten.code, "--output" in unwritten.err) == (1, True)
    screen = typed("sim", "statement", "tmoney", "--file-format", "xlsx", "--output", "-")
    assert (screen.code, "--output" in screen.err) == (2, True)
