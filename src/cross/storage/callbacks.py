"""Callbacks read: those that wait for the process they concern, and all about one leg."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from cross.domain.operator import RawCallback
from cross.storage.store import Reader


@dataclass(frozen=True, slots=True)
class WaitingCallback:
    """A callback kept for another process; `movement` and `owner` are None for an unknown leg."""

    number: int
    operator: str
    reference: str | None
    movement: str | None
    owner: int | None
    movement_is_final: bool


async def waiting(reader: Reader) -> Sequence[WaitingCallback]:
    """Callbacks that nobody has acted on yet, oldest first, with whose they are."""
    found = await reader.rows(
        "SELECT c.id, c.operator, c.reference, m.id, m.owner, m.is_final FROM callbacks c"
        " LEFT JOIN legs l ON l.reference = c.reference"
        " LEFT JOIN movements m ON m.id = l.movement"
        " WHERE c.waiting = 1 ORDER BY c.id LIMIT 500",
        {},
    )
    return [
        WaitingCallback(number, operator, reference, movement, owner, bool(is_final))
        for number, operator, reference, movement, owner, is_final in found
    ]


async def about(reader: Reader, operator: str, reference: str) -> Sequence[RawCallback]:
    """All that an operator called back with about a leg, as it came, in the order of arrival."""
    found = await reader.rows(
        "SELECT method, query, headers, body, peer FROM callbacks"
        " WHERE reference = :reference AND operator = :operator ORDER BY id",
        {"reference": reference, "operator": operator},
    )
    return [
        RawCallback(
            method,
            query,
            tuple((name, value) for name, value in json.loads(headers)),
            bytes(body),
            peer,
        )
        for method, query, headers, body, peer in found
    ]
