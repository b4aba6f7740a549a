"""What needs a person and has no case yet, and cases of what needs nobody any more."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from cross.domain.case import Held, Source
from cross.domain.money import CURRENCIES, Money
from cross.storage.rows import moment
from cross.storage.store import Reader, Row

_MOVEMENTS: Final = (
    "SELECT m.id, m.merchant, m.attention, m.debit_amount, m.debit_currency,"
    " (SELECT l.operator FROM legs l WHERE l.movement = m.id AND l.status <> 'succeeded'"
    " ORDER BY l.sent_at DESC LIMIT 1) FROM movements m"
    " LEFT JOIN cases c ON c.source = 'movement' AND c.object = m.id AND c.closed_at IS NULL"
    " WHERE m.attention IS NOT NULL AND m.is_final = 0 AND c.id IS NULL ORDER BY m.id LIMIT 500"
)
_BREAKS: Final = (
    "SELECT b.id, b.kind, b.movement, b.merchant, b.operator, l.amount, l.currency, b.opened_at"
    " FROM breaks b LEFT JOIN legs l ON l.reference = b.reference"
    " LEFT JOIN cases c ON c.source = 'break' AND c.object = b.id AND c.closed_at IS NULL"
    " WHERE b.state = 'open' AND c.id IS NULL ORDER BY b.id LIMIT 500"
)
_IN_SUSPENSE: Final = (
    "SELECT e.movement AS movement, a.currency AS currency, -sum(p.amount) AS amount"
    " FROM accounts a JOIN postings p ON p.account = a.id JOIN entries e ON e.id = p.entry"
    " WHERE a.name LIKE 'suspense:%'"
)
_BY_MOVEMENT: Final = " GROUP BY e.movement, a.currency HAVING sum(p.amount) <> 0"
_HELD_OF: Final = f"{_IN_SUSPENSE} AND e.movement = :movement{_BY_MOVEMENT}"
_SUSPENSE: Final = (
    f"SELECT h.movement, m.merchant, h.amount, h.currency FROM ({_IN_SUSPENSE}{_BY_MOVEMENT}) h"
    " LEFT JOIN movements m ON m.id = h.movement"
    " WHERE NOT EXISTS (SELECT 1 FROM cases c WHERE c.movement = h.movement"
    " AND c.closed_at IS NULL) AND NOT EXISTS (SELECT 1 FROM breaks b"
    " WHERE b.movement = h.movement AND b.state = 'open') AND NOT EXISTS (SELECT 1 FROM"
    " movements n WHERE n.id = h.movement AND n.attention IS NOT NULL AND n.is_final = 0)"
    " ORDER BY h.movement LIMIT 500"
)
_APPROVALS: Final = (
    "SELECT a.id, a.amount, a.currency, a.made_at, a.expires_at FROM approvals a"
    " LEFT JOIN cases c ON c.source = 'approval' AND c.object = a.id AND c.closed_at IS NULL"
    " WHERE a.state IN ('proposed', 'approved') AND c.id IS NULL ORDER BY a.id LIMIT 500"
)
_OVER: Final = (
    "SELECT c.id FROM cases c WHERE c.closed_at IS NULL AND ("
    "c.source = 'movement' AND NOT EXISTS (SELECT 1 FROM movements m WHERE m.id = c.object"
    " AND m.attention IS NOT NULL AND m.is_final = 0)"
    " OR c.source = 'break' AND NOT EXISTS (SELECT 1 FROM breaks b WHERE b.id = c.object"
    " AND b.state = 'open')"
    " OR c.source = 'approval' AND NOT EXISTS (SELECT 1 FROM approvals a WHERE a.id = c.object"
    " AND a.state IN ('proposed', 'approved'))"
    " OR c.source = 'suspense' AND NOT EXISTS (SELECT 1 FROM"
    f" ({_IN_SUSPENSE}{_BY_MOVEMENT}) h WHERE h.movement = c.object)) ORDER BY c.id LIMIT 500"
)


class Waits(NamedTuple):
    """Something without a case; `since` and `deadline` are None where nobody has set them."""

    source: Source
    object: str
    reason: str
    movement: str | None
    merchant: str | None
    operator: str | None
    money: Money | None
    owner: str | None = None
    since: datetime | None = None
    deadline: datetime | None = None


async def without_case(reader: Reader) -> Sequence[Waits]:
    """All that needs a person and has no case: movements, breaks, suspense, proposals."""
    found = [_movement(row) for row in await reader.rows(_MOVEMENTS, {})]
    found += [_break(row) for row in await reader.rows(_BREAKS, {})]
    found += [_suspense(row) for row in await reader.rows(_SUSPENSE, {})]
    found += [_approval(row) for row in await reader.rows(_APPROVALS, {})]
    return found


async def over(reader: Reader) -> Sequence[str]:
    """Open cases of what needs nobody any more."""
    return [str(row[0]) for row in await reader.rows(_OVER, {})]


async def held_of(reader: Reader, movement: str) -> Held | None:
    """What suspense holds of one movement; None where it holds nothing of it."""
    found = await reader.rows(_HELD_OF, {"movement": movement})
    return Held(int(found[0][2]), CURRENCIES[found[0][1]]) if found else None


def _movement(row: Row) -> Waits:
    name, merchant, attention, amount, currency, operator = row
    said = json.loads(attention)
    return Waits(
        Source.MOVEMENT,
        name,
        said["reason"],
        name,
        merchant,
        operator,
        _money(amount, currency),
        said["owner"],
        None,
        moment(said["deadline"]),
    )


def _break(row: Row) -> Waits:
    name, kind, movement, merchant, operator, amount, currency, opened_at = row
    money = _money(amount, currency)
    since = moment(opened_at)
    return Waits(Source.BREAK, name, kind, movement, merchant, operator, money, None, since)


def _suspense(row: Row) -> Waits:
    name, merchant, amount, currency = row
    money = _money(abs(int(amount)), currency)
    return Waits(Source.SUSPENSE, name, "suspense", name, merchant, None, money)


def _approval(row: Row) -> Waits:
    name, amount, currency, made_at, expires_at = row
    return Waits(
        Source.APPROVAL,
        name,
        "approval",
        None,
        None,
        None,
        _money(amount, currency),
        None,
        moment(made_at),
        moment(expires_at),
    )


def _money(amount: int | None, currency: str | None) -> Money | None:
    return None if amount is None or currency is None else Money(amount, CURRENCIES[currency])
