"""A float beside what may be under way at its operator, as of one moment (I-03)."""

from typing import Final, NamedTuple

from cross.domain.accounts import Account
from cross.storage.store import Reader

_AT_A_MOMENT: Final = (
    "SELECT coalesce((SELECT a.balance FROM accounts a WHERE a.name = :name"
    " AND a.currency = :currency), 0),"
    " (SELECT coalesce(max(p.entry), 0) FROM postings p JOIN accounts a ON a.id = p.account"
    " WHERE a.name = :name AND a.currency = :currency),"
    " (SELECT coalesce(sum(l.amount), 0) FROM movements m JOIN legs l ON l.movement = m.id"
    " WHERE m.is_final = 0 AND l.operator = :operator"
    " AND l.status IN ('sent', 'pending', 'unknown'))"
)
_TURNOVER: Final = (
    "SELECT coalesce(sum(abs(p.amount)), 0) FROM postings p JOIN accounts a ON a.id = p.account"
    " WHERE a.name = :name AND a.currency = :currency AND p.entry > :after"
)


class Figure(NamedTuple):
    """What a float holds by the books, up to which entry, and how much is under way there."""

    held: int
    entry: int
    under_way: int


async def figure(reader: Reader, account: Account, operator: str) -> Figure:
    """The float as it stands, in one look."""
    named = {"name": account.name, "currency": account.currency.code, "operator": operator}
    held, entry, under_way = (await reader.rows(_AT_A_MOMENT, named))[0]
    return Figure(int(held), int(entry), int(under_way))


async def turnover(reader: Reader, account: Account, *, after: int) -> int:
    """How much went in and out of a float since an entry."""
    named = {"name": account.name, "currency": account.currency.code, "after": after}
    return int((await reader.rows(_TURNOVER, named))[0][0])
