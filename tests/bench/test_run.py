"""The benchmark itself: it measures real processes, and prints nothing that is not proved."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import transfers
from bench.process import Failed
from bench.proof import Books, Disagreement, read_books
from bench.suite import EXIT_DISAGREEMENT, EXIT_FAILED, main
from bench.transfers import COMPLETE
from bench.webhooks import require_told

SHORT = (
    *("--only", "transfers", "--engines", "sqlite", "--transfers", "60", "--warm-up", "20"),
    *("--offered-seconds", "0.1"),
)


def test_two_hundred_transfers_are_measured_proved_and_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = tmp_path / "figures.json"

    code = main([*SHORT, "--folder", str(tmp_path), "--json", str(figures)])

    printed = capsys.readouterr()
    assert code == 0, printed.err
    assert COMPLETE in printed.out
    measured = {one["name"]: one["value"] for one in json.loads(figures.read_text())["figures"]}
    assert measured[COMPLETE] > 0
    assert measured["accept p50 at 200/s"] > 0
    assert measured["CPU a transfer, switch"] > 0
    assert measured["transfers told of"] == 20 + 60 + 20 + 100
    assert measured["lag p99 while saturated"] > 0
    assert measured["a signature"] > 0
    assert measured["credit p50"] > 0
    assert list(tmp_path.iterdir()) == [figures]


def test_books_that_differ_from_the_journals_by_one_franc_print_no_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def with_a_franc_more(database_url: str, *, since: str) -> Books:
        books = await read_books(database_url, since=since)
        return replace(books, floats={**books.floats, "flooz": books.floats["flooz"] + 1})

    monkeypatch.setattr(transfers, "read_books", with_a_franc_more)

    code = main([*SHORT, "--folder", str(tmp_path)])

    printed = capsys.readouterr()
    assert code == EXIT_DISAGREEMENT
    assert printed.out == ""
    assert "floats" in printed.err


def test_a_transfer_that_nobody_was_told_of_prints_no_figure() -> None:
    class Heard:
        """A server that heard of one transfer, in words that are not the switch's."""

        process: Any

        def ask(self, _: object) -> dict[str, Any]:
            return {"told": [["transfer.completed", "trf_1", 1.0, 1.1]], "wrong": ["evt_9"]}

        def endpoint(self) -> dict[str, str]:
            return {"secret": "whsec_"}

    heard: Any = Heard()
    heard.process = heard

    with pytest.raises(Disagreement) as told:
        require_told(["trf_1", "trf_2"], heard, repeated=0)
    assert "webhook evt_9 is not signed by its secret" in told.value.args
    assert "trf_2 was not told of" in told.value.args


def test_a_part_that_fails_prints_no_figure_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise Failed("the switch ended")

    monkeypatch.setattr("bench.suite.measure_transfers", failing)

    code = main([*SHORT, "--folder", str(tmp_path)])

    printed = capsys.readouterr()
    assert code == EXIT_FAILED
    assert printed.out == ""
    assert "the switch ended" in printed.err
    assert list(tmp_path.iterdir()) == []
