"""What an operator would send that night: its day from the journal, with breaks that are planted.

The same seed plants the same breaks, so a test of reconciliation knows what it must find.
"""

import csv
import importlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, timedelta
from hashlib import sha256
from itertools import cycle, islice
from typing import Any, Final

from cross.simulation.journal import Kind, Movement

BREAKS_MAX: Final = 100
KINDS: Final = ("missing", "extra", "wrong_amount", "duplicate", "wrong_day")
"""The breaks of screens.md 5.3 that an operator's side can make."""

SUCCEEDED: Final = "SUCCESS"  # ASSUMED: an operator's statement lists what succeeded
NO_FEE: Final = 0  # ASSUMED: the simulated operators charge nothing


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a statement; the names of its fields are the columns (sandbox.md section 2)."""

    date: str
    time: str
    operator_reference: str
    reference: str
    type: str
    msisdn: str
    amount: int
    currency: str
    status: str = SUCCEEDED
    fee: int = NO_FEE


COLUMNS: Final = tuple(field.name for field in fields(Row))


@dataclass(frozen=True, slots=True)
class Break:
    """A planted difference between a statement and what the operator really did."""

    kind: str
    reference: str


@dataclass(frozen=True, slots=True)
class Statement:
    """The rows of one operator's day, and what in them is not so."""

    rows: tuple[Row, ...]
    planted: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """Whose day a statement is about, in what money."""

    operator: str
    currency: str
    day: date


def statement_of(movements: Sequence[Movement], of: Day, *, breaks: int, seed: int) -> Statement:
    """The statement of a day with so many breaks; where rows run out the rest are extra rows."""
    true = [_row(one) for one in movements if one.at.date() == of.day]
    chances = _Chances(f"{seed}:{of.operator}:{of.day.isoformat()}")
    whole = iter(chances.shuffled(len(true)))
    written = [[row] for row in true]
    planted: list[Break] = []
    for kind in islice(cycle(KINDS), breaks):
        place = None if kind == "extra" else next(whole, None)
        if place is None:
            extra = _extra(of, chances)
            written.append([extra])
            planted.append(Break("extra", extra.reference))
        else:
            row = true[place]
            written[place] = _spoiled(row, kind, chances)
            planted.append(Break(kind, row.reference))
    return Statement(tuple(row for group in written for row in group), tuple(planted))


def as_csv(statement: Statement) -> bytes:
    """A statement as CSV, a heading first."""
    text = io.StringIO()
    csv.writer(text).writerows(_lines(statement))
    return text.getvalue().encode()


def as_xlsx(statement: Statement) -> bytes:
    """A statement as a spreadsheet with one sheet."""
    openpyxl: Any = importlib.import_module("openpyxl")  # 20 MB that most processes never need
    book = openpyxl.Workbook()
    for line in _lines(statement):
        book.active.append(line)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


class _Chances:
    """Whole numbers that are the same for the same seed."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._drawn = 0

    def below(self, limit: int) -> int:
        """The next number, from 0 and below a limit."""
        self._drawn += 1
        digest = sha256(f"{self._seed}:{self._drawn}".encode()).digest()
        return int.from_bytes(digest) % limit

    def shuffled(self, count: int) -> list[int]:
        """The numbers below a count, in some order (Fisher and Yates)."""
        places = list(range(count))
        for last in range(count - 1, 0, -1):
            other = self.below(last + 1)
            places[last], places[other] = places[other], places[last]
        return places


def _row(movement: Movement) -> Row:
    return Row(
        date=movement.at.date().isoformat(),
        time=movement.at.strftime("%H:%M:%S"),
        operator_reference=movement.operator_reference,
        reference=movement.reference,
        type=movement.kind.value,
        msisdn=movement.msisdn,
        amount=movement.amount,
        currency=movement.currency,
    )


def _spoiled(row: Row, kind: str, chances: _Chances) -> list[Row]:
    if kind == "missing":
        return []
    if kind == "duplicate":
        return [row, row]
    if kind == "wrong_day":
        next_day = date.fromisoformat(row.date) + timedelta(days=1)
        return [replace(row, date=next_day.isoformat())]
    return [replace(row, amount=row.amount + 1 + chances.below(row.amount))]


def _extra(of: Day, chances: _Chances) -> Row:
    """A row of a movement that the operator never made, with nobody's number."""
    second = chances.below(24 * 60 * 60)
    return Row(
        date=of.day.isoformat(),
        time=f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}",
        operator_reference=f"X{chances.below(10**12):012}",
        reference=f"EXTRA{chances.below(10**12):012}",
        type=(Kind.DEBIT, Kind.CREDIT)[chances.below(2)].value,
        msisdn="",
        amount=100 + 5 * chances.below(1_000),
        currency=of.currency,
    )


def _lines(statement: Statement) -> Iterator[tuple[object, ...]]:
    yield COLUMNS
    for row in statement.rows:
        yield astuple(row)
