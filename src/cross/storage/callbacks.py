"""Callbacks that wait for the process whose movement they concern, read."""

from collections.abc import Sequence
from dataclasses import dataclass

from cross.storage.store import Reader


@dataclass(frozen=True, slots=True)
class WaitingCallback:
    """A callback kept for another process; `movement` and `owner` are None for an unknown leg."""

    number: int
    reference: str | None
    movement: str | None
    owner: int | None
    movement_is_final: bool


async def waiting(reader: Reader) -> Sequence[WaitingCallback]:
    """Callbacks that nobody has acted on yet, oldest first, with whose they are."""
    found = await reader.rows(
        "SELECT c.id, c.reference, m.id, m.owner, m.is_final FROM callbacks c"
        " LEFT JOIN legs l ON l.reference = c.reference"
        " LEFT JOIN movements m ON m.id = l.movement"
        " WHERE c.waiting = 1 ORDER BY c.id LIMIT 500",
        {},
    )
    return [WaitingCallback(row[0], row[1], row[2], row[3], bool(row[4])) for row in found]
