"""What a holder had at a moment, and the entries that changed it: sums over postings, no caches."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from cross.domain.accounts import Account
from cross.domain.position import PositionLine
from cross.storage.rows import micros, moment
from cross.storage.store import Reader

_OF_ACCOUNTS: Final = (
    " JOIN accounts a ON a.id = p.account"
    " WHERE a.name IN (:first, :second) AND a.currency = :currency"
)


class Period(NamedTuple):
    """From a moment, included, to another, not included."""

    begins: datetime
    ends: datetime


async def held_before(reader: Reader, accounts: Sequence[Account], at: datetime) -> int:
    """What two accounts of liability held together just before a moment."""
    found = await reader.rows(
        "SELECT coalesce(sum(p.amount), 0) FROM postings p JOIN entries e ON e.id = p.entry"
        f"{_OF_ACCOUNTS} AND e.at < :at",
        {**_named(accounts), "at": micros(at)},
    )
    return -int(found[0][0])


async def changes(
    reader: Reader, accounts: Sequence[Account], period: Period
) -> tuple[PositionLine, ...]:
    """The entries of a period that changed what two accounts hold together, oldest first.

    What only went from one of them to the other, such as a reservation, is not among them.
    """
    found = await reader.rows(
        "SELECT e.id, e.at, net.amount, e.cause, e.movement, m.reference,"
        " l.operator, l.operator_reference, m.kind"
        " FROM (SELECT p.entry, -sum(p.amount) AS amount FROM postings p"
        f"{_OF_ACCOUNTS} GROUP BY p.entry HAVING sum(p.amount) <> 0) AS net"
        " JOIN entries e ON e.id = net.entry"
        " LEFT JOIN movements m ON m.id = e.movement"
        " LEFT JOIN legs l ON l.movement = e.movement AND e.cause = l.kind || '.succeeded'"
        " WHERE e.at >= :begins AND e.at < :ends ORDER BY e.at, e.id",
        {**_named(accounts), "begins": micros(period.begins), "ends": micros(period.ends)},
    )
    return tuple(
        PositionLine(
            entry=row[0],
            at=moment(row[1]),
            amount=int(row[2]),
            cause=row[3],
            movement=row[4],
            reference=row[5],
            operator=row[6],
            operator_reference=row[7],
            description=row[8] or "",
        )
        for row in found
    )


def _named(accounts: Sequence[Account]) -> dict[str, str | int]:
    first, second = accounts
    return {"first": first.name, "second": second.name, "currency": first.currency.code}
