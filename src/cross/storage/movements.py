"""Movements and their legs, read back as values; the same SQL on both engines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from cross.domain.leg import Leg, LegKind
from cross.domain.movement import Movement, MovementKind
from cross.storage import rows
from cross.storage.pages import Page
from cross.storage.store import Reader, Row

_LEG_ORDER: Final = {LegKind.DEBIT: 0, LegKind.CREDIT: 1, LegKind.REFUND: 2}

_MOVEMENT_WIDTH: Final = rows.MOVEMENT_COLUMNS.count(",") + 1
_COLUMNS: Final = ", ".join(
    [f"m.{name.strip()}" for name in rows.MOVEMENT_COLUMNS.split(",")]
    + [f"l.{name.strip()}" for name in rows.LEG_COLUMNS.split(",")]
)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a merchant narrows a list by; None is *any*."""

    status: str | None = None
    operator: str | None = None
    reference: str | None = None
    msisdn: str | None = None
    customer: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    original: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of movements, and whether there are more in the direction asked for."""

    movements: Sequence[Movement] = field(default=())
    has_more: bool = False


async def find(
    reader: Reader, movement_id: str, *, merchant: str, kind: MovementKind
) -> Movement | None:
    """A merchant's movement; None is all that another merchant learns (I-40)."""
    found = await _read(
        reader,
        "id = :id AND merchant = :merchant AND kind = :kind",
        {"id": movement_id, "merchant": merchant, "kind": kind.value},
    )
    return found[0] if found else None


async def get(reader: Reader, movement_id: str) -> Movement | None:
    """A movement whoever's it is: for the switch's own work, never for a merchant's question."""
    found = await _read(reader, "id = :id", {"id": movement_id})
    return found[0] if found else None


async def asked_for_with(reader: Reader, key: str, *, merchant: str) -> Movement | None:
    """The movement that an Idempotency-Key opened."""
    found = await _read(
        reader,
        "merchant = :merchant AND idempotency_key = :key",
        {"merchant": merchant, "key": key},
    )
    return found[0] if found else None


async def priced_by(reader: Reader, quote: str) -> str | None:
    """The id of the movement that used a quote."""
    found = await reader.rows("SELECT id FROM movements WHERE quote = :quote", {"quote": quote})
    return str(found[0][0]) if found else None


async def refunds_of(reader: Reader, collection_id: str) -> Sequence[Movement]:
    """Every refund of a collection, whatever became of it, by its place."""
    return await belonging_to(reader, collection_id)


async def belonging_to(reader: Reader, original: str) -> Sequence[Movement]:
    """Every movement that took a place of an original: refunds of a collection, say."""
    found = await _read(
        reader,
        "quote >= :first AND quote < :beyond",
        {"first": f"{original}/", "beyond": f"{original}0"},  # "0" follows "/" in ASCII
    )
    return sorted(found, key=lambda movement: movement.terms.place or 0)


async def in_places(reader: Reader, places: Sequence[str]) -> Sequence[Movement]:
    """The movements that took places such as `ord_…/1`, oldest first; few of them at a time."""
    if not places:
        return []
    names = {f"place{number}": place for number, place in enumerate(places)}
    return await _read(reader, f"quote IN ({', '.join(f':{name}' for name in names)})", names)


async def of_leg(reader: Reader, reference: str) -> tuple[str, int, LegKind] | None:
    """Movement id, owner and kind of the leg that an operator knows by that reference."""
    found = await reader.rows(
        "SELECT m.id, m.owner, l.kind FROM legs l JOIN movements m ON m.id = l.movement"
        " WHERE l.reference = :reference",
        {"reference": reference},
    )
    return (found[0][0], found[0][1], LegKind(found[0][2])) if found else None


async def open_of(reader: Reader, owner: int, *, only: str | None = None) -> Sequence[Movement]:
    """Every movement of a process that is not final, or one of them: what it must take up."""
    narrowed = "" if only is None else " AND id = :only"
    return await _read(
        reader,
        f"is_final = 0 AND owner = :owner{narrowed}",
        {"owner": owner} if only is None else {"owner": owner, "only": only},
    )


async def page(
    reader: Reader, *, merchant: str, kind: MovementKind, only: Filter, part: Page
) -> Listing:
    """A page of a merchant's movements of one kind, newest first."""
    conditions = ["merchant = :merchant", "kind = :kind"]
    parameters: dict[str, Any] = {"merchant": merchant, "kind": kind.value}
    for condition, name, value in _conditions(only):
        if value is not None:
            conditions.append(condition)
            parameters[name] = value
    parameters.update(part.numbers)
    found = await _read(reader, part.among(conditions), parameters, order=part.order)
    return Listing(*part.cut(found))


async def page_of_customer(reader: Reader, customer: str, *, merchant: str, part: Page) -> Listing:
    """A page of all that moved for a merchant's customer, of every kind, newest first.

    By time and not by id: the ids of two kinds do not tell which came first.
    """
    beyond, side, order = "", part.side, part.order
    if part.bound is not None:
        beyond = (
            f" AND (created_at, id) {side} (SELECT created_at, id FROM movements WHERE id = :bound)"
        )
    found = await _read(
        reader,
        f"customer = :customer AND merchant = :merchant{beyond}"
        f" ORDER BY created_at {order}, id {order} LIMIT :rows_max",
        {"customer": customer, "merchant": merchant, **part.numbers},
    )
    found.sort(key=lambda one: (one.created_at, one.id), reverse=order == "DESC")
    return Listing(*part.cut(found))


def _conditions(only: Filter) -> Sequence[tuple[str, str, Any]]:
    leg = "EXISTS (SELECT 1 FROM legs l WHERE l.movement = m.id AND"
    by_wallet = "id IN (SELECT movement FROM legs WHERE msisdn = :msisdn)"
    created_from, created_to = only.created_from, only.created_to
    by_original = "substr(quote, 1, length(:original)) = :original"
    return (
        ("status = :status", "status", only.status),
        (f"{leg} l.operator = :operator)", "operator", only.operator),
        ("reference = :reference", "reference", only.reference),
        (by_wallet, "msisdn", only.msisdn),
        ("customer = :customer", "customer", only.customer),
        (by_original, "original", None if only.original is None else f"{only.original}/"),
        (
            "created_at >= :created_from",
            "created_from",
            None if created_from is None else rows.micros(created_from),
        ),
        (
            "created_at < :created_to",
            "created_to",
            None if created_to is None else rows.micros(created_to),
        ),
    )


async def _read(
    reader: Reader, chosen: str, parameters: Mapping[str, Any], *, order: str = "ASC"
) -> list[Movement]:
    """The movements that a condition chooses, each with its legs, of one snapshot of the books.

    One statement: between two a step may be committed, and half of each would be neither.
    """
    found = await reader.rows(
        f"SELECT {_COLUMNS} FROM movements m JOIN legs l ON l.movement = m.id"
        f" WHERE m.id IN (SELECT id FROM movements m WHERE {chosen}) ORDER BY m.id {order}",
        parameters,
    )
    grouped: dict[str, tuple[Row, list[Leg]]] = {}
    for row in found:
        own, leg = row[:_MOVEMENT_WIDTH], row[_MOVEMENT_WIDTH:]
        grouped.setdefault(own[0], (own, []))[1].append(rows.read_leg(leg))
    return [
        rows.read_movement(own, tuple(sorted(legs, key=lambda leg: _LEG_ORDER[leg.kind])))
        for own, legs in grouped.values()
    ]
