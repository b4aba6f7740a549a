"""No cell of a sheet becomes another amount than its writer meant (I-08)."""

import importlib
import io
import re
import zipfile
from typing import Any

import pytest

from cross.domain.batch import Line
from cross.domain.batch_refusals import UnreadableFile
from cross.switch.sheets import CSV, ROWS_MAX, XLSX, read_sheet

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


def sheet_of(rows: str, *, size: str = "") -> bytes:
    """A workbook whose sheet's XML ends with these rows, and says of its size what is said."""
    book, told = io.BytesIO(bytes_of(book_of(500))), io.BytesIO()
    with zipfile.ZipFile(book) as parts, zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as new:
        for name in parts.namelist():
            text = parts.read(name)
            if name.endswith("sheet1.xml"):
                text = re.sub(rb"<dimension[^>]*/>", size.encode(), text)
                text = text.replace(b"</sheetData>", f"{rows}</sheetData>".encode())
            new.writestr(name, text)
    return told.getvalue()


def cells(number: int) -> str:
    texts = ("tmoney", str(NUMBER), "700")
    inline = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)
    return f'<row r="{number}">{inline}</row>'


@pytest.mark.parametrize("number", [ROWS_MAX, 1_048_576, 2**31, 10**15])
@pytest.mark.parametrize("size", ["", '<dimension ref="A1:C2"/>'])
def test_a_row_far_below_the_others_is_refused_at_once(number: int, size: str) -> None:
    """F-Y03: five kilobytes that would be read for seven seconds, or for days."""
    with pytest.raises(UnreadableFile):
        read_sheet(sheet_of(cells(number), size=size), XLSX)


@pytest.mark.parametrize("rows", ["<row></row>" * 200_001, f"<row>{'<c></c>' * 200_001}</row>"])
def test_more_xml_than_any_sheet_is_refused(rows: str) -> None:
    with pytest.raises(UnreadableFile):
        read_sheet(sheet_of(rows), XLSX)


def test_a_workbook_that_says_it_is_smaller_loses_no_line() -> None:
    """I-08: what was not read would not have been paid, and nobody told."""
    found = read_sheet(sheet_of(cells(3) + cells(40), size='<dimension ref="A1:C2"/>'), XLSX)
    assert [line.amount for line in found.lines] == [500, 700, 700]
