"""What was moved lately, read from the books by ids: they begin with the time they were made at."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from cross.domain.leg import LegKind
from cross.domain.limits import Limit, Of
from cross.domain.movement import MovementKind
from cross.storage.store import Reader

ROWS_MAX: Final = 50_000


class Span(NamedTuple):
    """Ids of one kind of movement: from the first on, until before the last."""

    first: str
    until: str


class Used(NamedTuple):
    """How much of a limit a merchant, or a wallet of its movements, has used."""

    merchant: str
    operator: str
    msisdn: str
    used: int


class Moved(NamedTuple):
    """One leg of a movement that another process has accepted."""

    movement: str
    merchant: str
    kind: MovementKind
    leg: LegKind
    operator: str
    msisdn: str
    amount: int
    currency: str


async def used(reader: Reader, limit: Limit, kind: MovementKind, span: Span) -> Sequence[Used]:
    """What movements of one kind have used of a limit; of too many wallets, those that most."""
    leg = limit.leg_of(kind)
    if leg is None:
        return []
    by_wallet = limit.of is not Of.MERCHANT
    who = "m.merchant, l.operator, l.msisdn" if by_wallet else "m.merchant, '', ''"
    what = "count(*)" if limit.currency is None else "CAST(sum(l.amount) AS bigint)"
    only = "" if limit.currency is None else " AND l.currency = :currency"
    named = " AND l.msisdn <> ''" if by_wallet else ""
    grouped = "m.merchant, l.operator, l.msisdn" if by_wallet else "m.merchant"
    given = {"leg": leg.value, "first": span.first, "until": span.until, "rows_max": ROWS_MAX}
    found = await reader.rows(
        f"SELECT {who}, {what} AS used FROM movements m"
        " JOIN legs l ON l.movement = m.id AND l.kind = :leg"
        f" WHERE m.id >= :first AND m.id < :until{only}{named}"
        f" GROUP BY {grouped} ORDER BY used DESC LIMIT :rows_max",
        given if limit.currency is None else {**given, "currency": limit.currency},
    )
    return [Used(*row) for row in found]


async def moved(reader: Reader, span: Span, *, besides: int) -> Sequence[Moved]:
    """Legs of movements of one kind that other processes than this one have accepted."""
    found = await reader.rows(
        "SELECT m.id, m.merchant, m.kind, l.kind, l.operator, l.msisdn, l.amount, l.currency"
        " FROM movements m JOIN legs l ON l.movement = m.id"
        " WHERE m.id >= :first AND m.id < :until AND m.owner <> :besides ORDER BY m.id",
        {"first": span.first, "until": span.until, "besides": besides},
    )
    return [
        Moved(movement, merchant, MovementKind(kind), LegKind(leg), *rest)
        for movement, merchant, kind, leg, *rest in found
    ]


async def others(reader: Reader, *, besides: int, now: int) -> bool:
    """Whether another process of the switch is alive on these books; `now` in microseconds."""
    found = await reader.rows(
        "SELECT count(*) FROM processes WHERE fence <> :besides AND lease_until > :now",
        {"besides": besides, "now": now},
    )
    return bool(found[0][0])
