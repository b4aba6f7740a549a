"""A statement tells the operator's day as its journal does, but for the breaks planted in it."""

import csv
import importlib
import io
from collections import Counter
from typing import Any

import pytest

from tests.simulators import flooz_client, tmoney_client
from tests.simulators.stage import AT_ONCE, Stage, play

TODAY = "2026-11-22"
COLUMNS = [
    "date",
    "time",
    "operator_reference",
    "reference",
    "type",
    "msisdn",
    "amount",
    "currency",
    "status",
    "fee",
]


async def a_day_of(stage: Stage, count: int) -> None:
    for number in range(count):
        await tmoney_client.debit(stage, f"R{number:02}", "22890112201", 1000 + number)


async def statement(
    stage: Stage, query: str = ""
) -> tuple[list[dict[str, str]], list[tuple[str, str]]]:
    response = await stage.send("GET", f"/control/statements/tmoney?{query}")
    assert response.status == 200, response.body
    reader = csv.DictReader(io.StringIO(response.body.decode()))
    rows = list(reader)
    assert reader.fieldnames == COLUMNS
    told = await stage.control("GET", f"statements/tmoney?{query}&format=json")
    assert [{name: str(cell) for name, cell in row.items()} for row in told["rows"]] == rows
    return rows, [(one["kind"], one["reference"]) for one in told["planted"]]


def test_a_statement_without_breaks_is_the_journal_of_that_day() -> None:
    async def act(stage: Stage) -> None:
        await a_day_of(stage, 2)
        await tmoney_client.credit(stage, "OUT-1", "22890112233", 700)
        await flooz_client.credit(stage, "ELSEWHERE", "22896112233", 700)
        moved = (await stage.control("GET", "journal?operator=tmoney"))["data"]
        rows, planted = await statement(stage, f"date={TODAY}")

        assert planted == []
        names = ("operator_reference", "reference", "msisdn", "currency")
        assert [[row[one] for one in names] for row in rows] == [
            [one[name] for name in names] for one in moved
        ]
        assert [(row["type"], row["amount"]) for row in rows] == [
            ("debit", "1000"),
            ("debit", "1001"),
            ("credit", "700"),
        ]
        assert {(row["date"], row["status"], row["fee"]) for row in rows} == {
            (TODAY, "SUCCESS", "0")
        }
        assert rows == (await statement(stage))[0]
        assert (await statement(stage, "date=2026-11-21"))[0] == []

    play(act, AT_ONCE)


def test_each_kind_of_break_is_planted_and_told() -> None:
    async def act(stage: Stage) -> None:
        await a_day_of(stage, 8)
        before = {row["reference"]: row for row in (await statement(stage))[0]}
        rows, planted = await statement(stage, "breaks=5")
        told = dict(planted)

        assert list(told) == ["missing", "extra", "wrong_amount", "duplicate", "wrong_day"]
        assert len(set(told.values())) == 5
        after = Counter(row["reference"] for row in rows)
        found = {row["reference"]: row for row in rows}
        assert told["missing"] not in after
        assert told["extra"] not in before
        assert after[told["duplicate"]] == 2
        assert found[told["wrong_day"]]["date"] == "2026-11-23"
        wrong = told["wrong_amount"]
        assert found[wrong] == {**before[wrong], "amount": found[wrong]["amount"]}
        assert found[wrong]["amount"] != before[wrong]["amount"]
        untouched = set(before) - set(told.values())
        assert len(untouched) == 4
        assert all(found[one] == before[one] and after[one] == 1 for one in untouched)

    play(act, AT_ONCE)


def test_the_same_seed_plants_the_same_breaks_and_another_seed_others() -> None:
    async def act(stage: Stage) -> None:
        await a_day_of(stage, 8)
        first = await statement(stage, "breaks=7&seed=4")
        assert await statement(stage, "breaks=7&seed=4") == first
        assert await statement(stage, "breaks=7&seed=5") != first

    play(act, AT_ONCE)


def test_more_breaks_than_movements_are_extra_rows() -> None:
    async def act(stage: Stage) -> None:
        await a_day_of(stage, 1)
        rows, planted = await statement(stage, "breaks=5")
        assert [kind for kind, _ in planted] == ["missing", *["extra"] * 4]
        assert len(rows) == 4

    play(act, AT_ONCE)


def test_a_spreadsheet_has_the_same_rows() -> None:
    async def act(stage: Stage) -> None:
        await a_day_of(stage, 3)
        rows, _ = await statement(stage, "breaks=3")
        response = await stage.send("GET", "/control/statements/tmoney?breaks=3&format=xlsx")
        openpyxl: Any = importlib.import_module("openpyxl")
        sheet = openpyxl.load_workbook(io.BytesIO(response.body)).active
        heading, *lines = sheet.iter_rows(values_only=True)
        assert list(heading) == COLUMNS
        shown = [["" if cell is None else str(cell) for cell in line] for line in lines]
        assert shown == [list(row.values()) for row in rows]
        assert [type(line[6]) for line in lines] == [int] * len(lines)

    play(act, AT_ONCE)


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("statements/nobody", 404, "operator"),
        ("statements/tmoney?date=yesterday", 422, "date"),
        ("statements/tmoney?format=pdf", 422, "format"),
        ("statements/tmoney?breaks=-1", 422, "breaks"),
        ("statements/tmoney?breaks=101", 422, "breaks"),
        ("statements/tmoney?colour=red", 422, "colour"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_field(path: str, status: int, field: str) -> None:
    async def act(stage: Stage) -> None:
        answered, content = await stage.try_control("GET", path)
        assert (answered, content["field"]) == (status, field)

    play(act, AT_ONCE)
