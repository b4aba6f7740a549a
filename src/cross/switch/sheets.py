"""Sheets: lines of a batch from the files that people keep, CSV or XLSX, and the result file.

Nothing is guessed about money: a cell that can be read in two ways is its line's problem.
"""

import csv
import importlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any, Final

from cross.domain.batch import LINES_MAX, REQUIRED, Line, Problem, column_of, line_of
from cross.domain.batch_refusals import UnreadableFile
from cross.domain.cells import plain_cell
from cross.domain.changed import changed

CSV: Final = "text/csv"
# Source: ISO/IEC 29500; the media type as IANA lists it.
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

UNPACKED_BYTES_MAX: Final = 4 * 1024 * 1024
"""A sheet of 1 000 lines unpacks to less than one; more of it is a bomb or a mistake."""

ELEMENTS_MAX: Final = 200_000
"""Of XML in all its parts: 1 000 lines of 20 cells are 120 000 at most."""

ROWS_MAX: Final = 10_000
"""Empty ones too: a row says its own number, and all before it would be there, empty."""

PARTS_MAX: Final = 100
CELLS_MAX: Final = 50
CELL_MAX: Final = 1_000

_NUMBER_OF_EXCEL: Final = re.compile(r"([0-9]+)\.0", re.ASCII)
_EXACT_MAX: Final = 2**53  # IEEE 754: beyond it, Excel's numbers are not every whole number
_HIDDEN_ROW: Final = re.compile(rb"<(?:\w+:)?row\b[^>]*\shidden\s*=\s*[\"'](?:1|true)[\"']")
_WRITTEN_IN: Final = re.compile(rb"\s*(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)")
_DECLARED: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file says: its lines, and the headings of columns that no payout has."""

    lines: tuple[Line, ...]
    ignored: tuple[str, ...] = ()


def read_sheet(content: bytes, media_type: str) -> Sheet:
    """The lines of a file; raises `UnreadableFile`."""
    return _sheet(_rows_of_xlsx(content) if media_type == XLSX else _rows_of_csv(content))


def written(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV that a spreadsheet opens as UTF-8 and computes nothing from (S-DASH-06)."""
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([plain_cell("" if cell is None else str(cell)) for cell in row])
    return text.getvalue()


def _sheet(rows: Iterator[list[str]]) -> Sheet:
    headings = next((row for row in rows if any(row)), [])
    fields = [column_of(heading) for heading in headings]
    _require_columns([field for field in fields if field is not None])
    lines: list[Line] = []
    for row in rows:
        if any(row):
            if len(lines) == LINES_MAX:
                raise UnreadableFile(why=f"more than {LINES_MAX} lines", param="lines")
            cells = {field: cell for field, cell in zip(fields, row, strict=False) if field}
            lines.append(_line(len(lines) + 1, cells, beyond=row[len(fields) :]))
    if not lines:
        raise UnreadableFile(why="no line below the headings", param="lines")
    ignored = [
        heading for heading, field in zip(headings, fields, strict=True) if heading and not field
    ]
    return Sheet(tuple(lines), tuple(ignored))


def _line(number: int, cells: Mapping[str, str], *, beyond: Sequence[str]) -> Line:
    """A row with more cells than headings is taken for none: `1,000` may have become two."""
    line = line_of(number, cells)
    if not any(beyond):
        return line
    said = "more cells than headings: is the amount or a name cut in two?"
    return changed(line, amount=None, problem=Problem("unreadable_file", said, "amount"))


def _require_columns(named: Sequence[str]) -> None:
    for name in REQUIRED:
        if name not in named:
            raise UnreadableFile(why=f"no column is headed {name}", param=name)
    for name in named:
        if named.count(name) > 1:
            raise UnreadableFile(why=f"two columns are headed {name}", param=name)


def _rows_of_csv(content: bytes) -> Iterator[list[str]]:
    """UTF-8 with or without its mark, or else what older Excels write; `;`, `,` or tabs between."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.lstrip().partition("\n")[0]
    between = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    try:
        for row in reader:
            yield [_cell(cell) for cell in row[:CELLS_MAX]]
    except csv.Error as error:
        raise UnreadableFile(why=f"not CSV: {error}") from None


def _rows_of_xlsx(content: bytes) -> Iterator[list[str]]:
    _require_harmless(content)
    openpyxl: Any = importlib.import_module("openpyxl")  # 20 MB that most processes never need
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        shown[0].reset_dimensions()  # what it says of its own size may be less than it holds
        rows = shown[0].iter_rows(max_row=ROWS_MAX, max_col=CELLS_MAX, values_only=True)
        for number, row in enumerate(rows, 1):
            _require_few(number)
            yield [_text_of(cell) for cell in row]
    except UnreadableFile:
        raise
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, SyntaxError, OSError):
        raise UnreadableFile(why="not a sheet of XLSX") from None  # SyntaxError: XML's ParseError


def _require_few(rows: int) -> None:
    """What lies beyond the last row that is asked for is told as empty rows up to it."""
    if rows == ROWS_MAX:
        raise UnreadableFile(why=f"{ROWS_MAX} rows or more")


def _require_harmless(content: bytes) -> None:
    """An XLSX is a ZIP of XML: neither may unpack to more than a sheet is."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            found = parts.infolist()
            if len(found) > PARTS_MAX:
                raise UnreadableFile(why="too many parts for a sheet")
            left, elements = UNPACKED_BYTES_MAX, 0
            for part in found:
                with parts.open(part) as opened:
                    text = opened.read(left + 1)
                left -= len(text)
                elements += text.count(b"<")
                if left < 0 or elements > 2 * ELEMENTS_MAX:  # most are closed by a tag of their own
                    raise UnreadableFile(why="larger than a sheet of 1 000 lines")
                _require_plain(part.filename, text)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, NotImplementedError, EOFError):
        raise UnreadableFile(why="not a sheet of XLSX") from None
    except (ValueError, OSError, zlib.error):
        raise UnreadableFile(why="not a sheet of XLSX") from None


def _require_plain(name: str, text: bytes) -> None:
    """Nothing in a part stands for something else, and nothing of it is out of sight."""
    if name.endswith((".xml", ".rels")) and not _is_utf_8(text):
        raise UnreadableFile(why="not written in UTF-8")
    if _DECLARED.search(text):
        raise UnreadableFile(why="declares entities")
    if _HIDDEN_ROW.search(text):
        raise UnreadableFile(why="has hidden rows: is what they ask for to be paid?")


def _is_utf_8(text: bytes) -> bool:
    """What a parser would read in another encoding is not what was looked for here (F-S24)."""
    named = _WRITTEN_IN.match(text)
    return b"\0" not in text and (named is None or named[1].lower() in {b"utf-8", b"us-ascii"})


def _text_of(cell: object) -> str:
    """What a cell of XLSX holds; a number is never read as digits in groups: 1.5 is not 15."""
    text = "" if cell is None else str(cell).strip()[:CELL_MAX]
    if isinstance(cell, int) or not isinstance(cell, Real):
        return text
    number = Decimal(text)
    is_exact = number.is_finite() and number == int(number) and number < _EXACT_MAX
    return str(int(number)) if is_exact else f"{text}000"  # 500.125 is no way to write 500 125


def _cell(text: str) -> str:
    """A cell's text; a number that Excel made of a phone number loses its empty decimal."""
    bare = text.strip()[:CELL_MAX]
    whole = _NUMBER_OF_EXCEL.fullmatch(bare)
    return bare if whole is None else whole[1]
