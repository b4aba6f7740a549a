"""No cell of a sheet becomes another amount than its writer meant (I-08)."""

import importlib
import io
from typing import Any

import pytest

from cross.domain.batch import Line
from cross.domain.batch_refusals import UnreadableFile
from cross.switch.sheets import CSV, XLSX, read_sheet

HEADINGS = ["operator", "msisdn", "amount"]
NUMBER = 22890112233


def line_of_csv(amount: str, *, headings: str = "operator;msisdn;amount") -> Line:
    content = f"{headings}\ntmoney;90112233;{amount}\n"
    return read_sheet(content.encode(), CSV).lines[0]


def book_of(*amounts: object) -> Any:
    book = importlib.import_module("openpyxl").Workbook()
    book.active.append(HEADINGS)
    for amount in amounts:
        book.active.append(["tmoney", NUMBER, amount])
    return book


def bytes_of(book: Any) -> bytes:
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("5.000", 5_000),
        ("25.000", 25_000),
        ("1 000 000,00", 1_000_000),
        ("1,000.00", 1_000),
        ("1000.0", 1_000),
        ("0.500", None),
        ("0,500", None),
        ("1.000.5", None),
        ("1e3", None),
        ("1.000,000", None),
        ("\u0661\u0660\u0660\u0660", None),
        ("1_000", None),
        ("-5", None),
        ("=5", None),
    ],
)
def test_an_amount_in_a_text_file_is_what_it_says_or_refused(
    written: str, meant: int | None
) -> None:
    line = line_of_csv(written)
    assert line.amount == meant
    assert (line.problem is None) == (meant is not None)


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        (5000, 5_000),
        (5000.0, 5_000),
        (500.125, None),
        (1.13, None),
        (1.5, None),
        (1e14, 10**14),
        (1e16, None),
        ("5.000", 5_000),
        (True, None),
        ("=2000+3000", None),  # what it came to was never saved
    ],
)
def test_a_number_in_a_workbook_is_that_number_or_refused(cell: object, meant: int | None) -> None:
    (line,) = read_sheet(bytes_of(book_of(cell)), XLSX).lines
    assert (line.amount, line.msisdn) == (meant, str(NUMBER))
    assert (line.problem is None) == (meant is not None)


def test_a_row_cut_by_an_amount_with_a_comma_is_not_paid() -> None:
    """`1,000` between commas are two cells: 1 franc would be paid."""
    content = b"operator,msisdn,amount\ntmoney,90112233,1,000\ntmoney,90112233,700,\n"
    cut, whole = read_sheet(content, CSV).lines
    assert (cut.amount, cut.problem is None) == (None, False)
    assert (whole.amount, whole.problem) == (700, None)


def test_a_currency_beside_an_amount_is_the_lines() -> None:
    """5000 DJF are not 5000 XOF, whatever the operator's currency is."""
    assert line_of_csv("5 000 DJF").currency == "DJF"
    assert line_of_csv("5 000 F CFA").currency == "XOF"
    assert line_of_csv("5 000 F").currency == ""
    both = line_of_csv("5 000 FDJ;XOF", headings="operator;msisdn;amount;currency")
    assert both.problem is not None
    assert both.problem.code == "currency_mismatch"


def test_what_nobody_sees_in_a_workbook_is_not_paid() -> None:
    book = book_of(5000, 6000)
    book.active.row_dimensions[3].hidden = True
    with pytest.raises(UnreadableFile):
        read_sheet(bytes_of(book), XLSX)
    hidden = book_of(5000)
    hidden.create_sheet("shown")
    hidden["shown"].append(HEADINGS)
    hidden["shown"].append(["tmoney", NUMBER, 700])
    hidden.active.sheet_state = "hidden"
    (line,) = read_sheet(bytes_of(hidden), XLSX).lines
    assert line.amount == 700
