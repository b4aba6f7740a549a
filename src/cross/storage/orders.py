"""Orders and their logs, read back as values; the same SQL on both engines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from cross.domain.order import Order
from cross.storage import rows
from cross.storage.movements import Filter
from cross.storage.order_rows import ORDER_COLUMNS, read_order
from cross.storage.pages import Page
from cross.storage.store import LogLine, Reader

ID_LENGTH: Final = 30  # cross.domain.ids: `col_` or `ord_`, and a ULID
LOG_MAX: Final = 1_000
"""As much of a log as is shown: more lines than an order's attempts and exchanges leave."""

_LOG_COLUMNS: Final = "id, order_id, type, message, data, created_at, once"


class Behind(NamedTuple):
    """A movement that its order's projection has not seen."""

    movement: str
    version: int
    order: str


@dataclass(frozen=True, slots=True)
class HeardBack:
    """A callback about an attempt, as it came."""

    number: int
    operator: str
    method: str
    query: str
    body: bytes
    says: str
    at: datetime


async def find(reader: Reader, order_id: str, *, merchant: str) -> Order | None:
    """A merchant's order; None is all that another merchant learns (I-40)."""
    chosen = "id = :id AND merchant = :merchant"
    return await _one(reader, chosen, {"id": order_id, "merchant": merchant})


async def get(reader: Reader, order_id: str) -> Order | None:
    """An order whoever's it is: for the switch's own work, never for a merchant's question."""
    return await _one(reader, "id = :id", {"id": order_id})


async def by_token(reader: Reader, token: str) -> Order | None:
    """The order that a checkout address names."""
    return await _one(reader, "token = :token", {"token": token})


async def asked_for_with(reader: Reader, key: str, *, merchant: str) -> Order | None:
    """The order that an Idempotency-Key made."""
    chosen = "merchant = :merchant AND idempotency_key = :key"
    return await _one(reader, chosen, {"merchant": merchant, "key": key})


async def page(
    reader: Reader, *, merchant: str, only: Filter, part: Page
) -> tuple[Sequence[Order], bool]:
    """A page of a merchant's orders, newest first, and whether there are more."""
    conditions, parameters = ["merchant = :merchant"], {"merchant": merchant}
    for condition, name, value in _conditions(only):
        if value is not None:
            conditions.append(condition)
            parameters[name] = value
    chosen = part.among(conditions)
    found = await reader.rows(
        f"SELECT {ORDER_COLUMNS} FROM orders WHERE {chosen}",
        {**parameters, **part.numbers},
    )
    return part.cut([read_order(row) for row in found])


async def behind(reader: Reader) -> Sequence[Behind]:
    """Attempts, and refunds of attempts, that moved since their order was projected."""
    found = await reader.rows(
        "SELECT b.movement, b.version, m.quote, c.quote FROM orders_behind b"
        " JOIN movements m ON m.id = b.movement"
        f" LEFT JOIN movements c ON c.id = substr(m.quote, 1, {ID_LENGTH})"
        " ORDER BY b.movement LIMIT 500",
        {},
    )
    return [
        Behind(movement, version, (of_attempt or own)[:ID_LENGTH])
        for movement, version, own, of_attempt in found
    ]


async def is_behind(reader: Reader, movements: Sequence[str]) -> bool:
    """Whether any of them moved since its order was projected."""
    names = {f"movement{number}": movement for number, movement in enumerate(movements)}
    if not names:
        return False
    chosen = ", ".join(f":{name}" for name in names)
    sql = f"SELECT movement FROM orders_behind WHERE movement IN ({chosen}) LIMIT 1"
    return bool(await reader.rows(sql, names))


async def due(reader: Reader, at: datetime) -> Sequence[str]:
    """Orders that nobody has begun to pay and whose time is up; their ids."""
    found = await reader.rows(
        "SELECT id FROM orders WHERE status = 'unpaid' AND expires_at <= :at"
        " ORDER BY expires_at LIMIT 500",
        {"at": rows.micros(at)},
    )
    return [row[0] for row in found]


async def log_of(reader: Reader, order_id: str) -> Sequence[LogLine]:
    """What was written of an order, oldest first."""
    found = await reader.rows(
        f"SELECT {_LOG_COLUMNS} FROM order_logs WHERE order_id = :id ORDER BY id LIMIT {LOG_MAX}",
        {"id": order_id},
    )
    return [
        LogLine(id_, order, type_, message, data, rows.moment(at), once)
        for id_, order, type_, message, data, at, once in found
    ]


async def heard_back(reader: Reader, order_id: str) -> Sequence[HeardBack]:
    """The callbacks about an order's attempts, as they came, oldest first."""
    found = await reader.rows(
        "SELECT c.id, c.operator, c.method, c.query, c.body, c.says, c.received_at FROM callbacks c"
        " JOIN legs l ON l.reference = c.reference JOIN movements m ON m.id = l.movement"
        f" WHERE m.quote >= :first AND m.quote < :beyond ORDER BY c.id LIMIT {LOG_MAX}",
        {"first": f"{order_id}/", "beyond": f"{order_id}0"},  # "0" follows "/" in ASCII
    )
    return [
        HeardBack(number, operator, method, query, bytes(body), says, rows.moment(at))
        for number, operator, method, query, body, says, at in found
    ]


async def was_handed_over(reader: Reader, movement_id: str) -> bool:
    """Whether a payer's browser may have been sent to the operator's page of a movement."""
    return bool(
        await reader.rows(
            "SELECT movement FROM hand_overs WHERE movement = :movement", {"movement": movement_id}
        )
    )


def _conditions(only: Filter) -> Sequence[tuple[str, str, Any]]:
    attempt = (
        "EXISTS (SELECT 1 FROM movements m JOIN legs l ON l.movement = m.id"
        " WHERE m.quote >= orders.id || '/' AND m.quote < orders.id || '0' AND"
    )
    since, until = only.created_from, only.created_to
    return (
        ("status = :status", "status", only.status),
        (f"{attempt} l.operator = :operator)", "operator", only.operator),
        (f"{attempt} l.msisdn = :msisdn)", "msisdn", only.msisdn),
        ("reference = :reference", "reference", only.reference),
        ("customer = :customer", "customer", only.customer),
        ("created_at >= :since", "since", None if since is None else rows.micros(since)),
        ("created_at < :until", "until", None if until is None else rows.micros(until)),
    )


async def _one(reader: Reader, chosen: str, parameters: Mapping[str, Any]) -> Order | None:
    found = await reader.rows(f"SELECT {ORDER_COLUMNS} FROM orders WHERE {chosen}", parameters)
    return read_order(found[0]) if found else None
