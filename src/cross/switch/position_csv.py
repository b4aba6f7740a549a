"""A position as CSV: what came and went line by line, between the day's two balances."""

import csv
import io
from typing import Final

from cross.domain.cells import plain_cell
from cross.domain.position import Position
from cross.switch.views import rfc3339

COLUMNS: Final = (
    *("line", "date", "time", "amount", "balance", "currency", "cause", "reference"),
    *("movement", "operator", "operator_reference"),
)


def csv_of(position: Position) -> str:
    """The file: a line for the opening balance, one a change with the balance after it, the end."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180, section 2
    code, balance = position.currency.code, position.opening
    day = position.day.isoformat()
    writer.writerow(COLUMNS)
    writer.writerow(("opening", day, "", "", balance, code, "", "", "", "", ""))
    for number, line in enumerate(position.lines, 1):
        balance += line.amount
        moment = rfc3339(line.at)
        told = (line.cause, line.reference, line.movement, line.operator, line.operator_reference)
        cells = (plain_cell(text or "") for text in told)
        writer.writerow((number, moment[:10], moment[11:], line.amount, balance, code, *cells))
    writer.writerow(("closing", day, "", "", balance, code, "", "", "", "", ""))
    writer.writerow(("reserved", day, "", "", position.reserved, code, "", "", "", "", ""))
    return out.getvalue()
