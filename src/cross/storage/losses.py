"""Losses by an operator's word, read from the books beside the stops that were placed for them."""

from typing import Final, NamedTuple

from cross.domain.late import LATE_SUCCESS
from cross.domain.stop import PAID_AFTER_REFUSAL
from cross.storage.store import Reader

TOGETHER: Final = 20
_UNTOLD: Final = (
    "SELECT e.movement, f.name FROM accounts a"
    " JOIN postings p ON p.account = a.id JOIN entries e ON e.id = p.entry"
    " JOIN postings q ON q.entry = e.id"
    " JOIN accounts f ON f.id = q.account AND f.name LIKE 'float:%'"
    " WHERE a.name = :account AND e.cause = :cause AND NOT EXISTS (SELECT 1 FROM stops s"
    " WHERE s.cause = :stop AND s.found LIKE 'movement ' || e.movement || ':%')"
    f" ORDER BY e.id LIMIT {TOGETHER}"
)


class Loss(NamedTuple):
    """A movement whose credit was paid after its payer had his money back, and by whom."""

    movement: str
    operator: str


async def untold(reader: Reader, account: str) -> list[Loss]:
    """Those in a loss account for which no stop was ever placed."""
    given = {"account": account, "cause": f"credit.{LATE_SUCCESS}", "stop": PAID_AFTER_REFUSAL}
    found = await reader.rows(_UNTOLD, given)
    return [Loss(str(row[0]), str(row[1]).partition(":")[2]) for row in found]
