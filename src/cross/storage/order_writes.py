"""Writing orders, their log and payment links: beside the batch, in its transaction.

There are few of them, so each is a few plain statements. A write is a generator that gives a
statement with its parameters and gets the rows: each engine drives it in its own way.
"""

from collections.abc import Generator, Sequence
from typing import Any, Final, assert_never

from cross.storage.order_rows import (
    LINK_COLUMNS,
    ORDER_COLUMNS,
    ORDER_MOVES,
    link_row,
    named,
    order_row,
)
from cross.storage.rows import micros
from cross.storage.store import (
    Broken,
    EventRow,
    HandedOverMark,
    KeyTaken,
    LinkClosing,
    LinkOpening,
    LogLine,
    OrderNotes,
    OrderOpening,
    OrderStep,
    OrderWrite,
    Question,
    ReferenceTaken,
    Row,
    Saved,
    Stale,
    Statement,
    Writing,
)


def _values(columns: str) -> str:
    return ", ".join(f":{name}" for name in columns.split(", "))


_INSERT_ORDER: Final = (
    f"INSERT INTO orders ({ORDER_COLUMNS}) VALUES ({_values(ORDER_COLUMNS)})"
    " ON CONFLICT DO NOTHING RETURNING id"
)
_BY_KEY: Final = (
    "SELECT id, request_digest FROM orders"
    " WHERE merchant = :merchant AND idempotency_key = :idempotency_key"
)
_BY_REFERENCE: Final = "SELECT id FROM orders WHERE merchant = :merchant AND reference = :reference"
_STEP: Final = (
    f"UPDATE orders SET {', '.join(f'{name} = :{name}' for name in ORDER_MOVES)}"
    " WHERE id = :id AND version = :version - 1 RETURNING id"
)
_SEEN: Final = (
    "DELETE FROM orders_behind WHERE movement = :movement AND version <= :version"
    " RETURNING movement"
)
_PAID_BY_LINK: Final = (
    "UPDATE payment_links SET paid = paid + 1, updated_at = :at WHERE id = :id RETURNING id"
)
_EVENT_COLUMNS: Final = "id, merchant, movement, type, sequence, body, created_at"
_INSERT_EVENT: Final = (
    f"INSERT INTO events ({_EVENT_COLUMNS}) VALUES ({_values(_EVENT_COLUMNS)}) RETURNING id"
)
_LOG_COLUMNS: Final = "id, order_id, type, message, data, created_at, once"
_INSERT_LOG: Final = (
    f"INSERT INTO order_logs ({_LOG_COLUMNS}) VALUES ({_values(_LOG_COLUMNS)})"
    " ON CONFLICT DO NOTHING RETURNING id"
)
_INSERT_HAND_OVER: Final = (
    "INSERT INTO hand_overs (movement, at) VALUES (:movement, :at)"
    " ON CONFLICT DO NOTHING RETURNING movement"
)
_INSERT_LINK: Final = (
    f"INSERT INTO payment_links ({LINK_COLUMNS}) VALUES ({_values(LINK_COLUMNS)})"
    " ON CONFLICT DO NOTHING RETURNING id"
)
_CLOSE_LINK: Final = (
    "UPDATE payment_links SET closed_at = :at, updated_at = :at"
    " WHERE id = :id AND closed_at IS NULL RETURNING id"
)


def writing(write: OrderWrite) -> Writing:
    """The statements of a write; its verdict is what the generator returns."""
    match write:
        case OrderOpening():
            return _open(write)
        case OrderStep():
            return _step(write)
        case OrderNotes():
            return _notes(write)
        case HandedOverMark():
            return _hand_over(write)
        case LinkOpening():
            return _once(_INSERT_LINK, named(LINK_COLUMNS, link_row(write.link)))
        case LinkClosing():
            return _once(_CLOSE_LINK, {"id": write.link, "at": micros(write.at)})
        case _:
            assert_never(write)


def looking_for(write: OrderWrite) -> Question | None:
    """The question whether a write is in the books, and the row that says so; None: no matter."""
    match write:
        case OrderStep(order=order):
            row = order_row(order)
            return f"SELECT {ORDER_COLUMNS} FROM orders WHERE id = :id", {"id": order.id}, row
        case LinkClosing(link=name, at=at):
            sql = "SELECT closed_at FROM payment_links WHERE id = :id"
            return sql, {"id": name}, (micros(at),)
        case HandedOverMark(movement=name):
            sql = "SELECT movement FROM hand_overs WHERE movement = :id"
            return sql, {"id": name}, (name,)
        case _:
            return _looking_for_a_name(write)


def _looking_for_a_name(
    write: OrderOpening | OrderNotes | LinkOpening,
) -> Question | None:
    match write:
        case OrderOpening(order=order):
            table, name = "orders", order.id
        case LinkOpening(link=link):
            table, name = "payment_links", link.id
        case OrderNotes(lines=(first, *_)):
            table, name = "order_logs", first.id
        case _:
            return None
    return f"SELECT id FROM {table} WHERE id = :id", {"id": name}, (name,)


def _open(opening: OrderOpening) -> Writing:
    row = named(ORDER_COLUMNS, order_row(opening.order))
    if (yield _INSERT_ORDER, row):
        yield from _log(opening.lines)
        return Saved()
    found = yield _BY_KEY, {name: row[name] for name in ("merchant", "idempotency_key")}
    if found:
        return KeyTaken(found[0][0], found[0][1])
    found = yield _BY_REFERENCE, {name: row[name] for name in ("merchant", "reference")}
    if found:
        return ReferenceTaken(found[0][0])
    return Broken(f"order {opening.order.id} is there already")


def _step(step: OrderStep) -> Writing:
    order = step.order
    row = named(ORDER_COLUMNS, order_row(order))
    if not (yield _STEP, {"id": order.id, **{name: row[name] for name in ORDER_MOVES}}):
        return Stale()
    for movement, version in step.seen:
        yield _SEEN, {"movement": movement, "version": version}
    if step.uses_link is not None:
        yield _PAID_BY_LINK, {"id": step.uses_link, "at": row["updated_at"]}
    for event in step.events:
        yield _INSERT_EVENT, _event(step, event)
    yield from _log(step.lines)
    return Saved()


def _event(step: OrderStep, event: EventRow) -> dict[str, Any]:
    values = (
        event.id,
        step.order.merchant,
        step.order.id,
        event.type,
        event.sequence,
        event.body,
        micros(event.at),
    )
    return named(_EVENT_COLUMNS, values)


def _notes(notes: OrderNotes) -> Writing:
    yield from _log(notes.lines)
    return Saved()


def _hand_over(mark: HandedOverMark) -> Writing:
    fresh = yield _INSERT_HAND_OVER, {"movement": mark.movement, "at": micros(mark.at)}
    yield from _log(mark.lines)
    return Saved(fresh=bool(fresh))


def _once(sql: str, parameters: dict[str, Any]) -> Writing:
    return Saved(fresh=bool((yield sql, parameters)))


def _log(lines: Sequence[LogLine]) -> Generator[Statement, Sequence[Row], None]:
    for line in lines:
        values = (
            line.id,
            line.order,
            line.type,
            line.message,
            line.data,
            micros(line.at),
            line.once,
        )
        yield _INSERT_LOG, named(_LOG_COLUMNS, values)
