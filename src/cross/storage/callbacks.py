"""Callbacks that wait for a process, read."""

from collections.abc import Sequence

from cross.storage.store import Reader


async def awaited(reader: Reader, owner: int) -> Sequence[tuple[int, str]]:
    """Number and reference of callbacks that another process received for this one."""
    found = await reader.rows(
        "SELECT id, reference FROM callbacks WHERE awaited_by = :owner ORDER BY id LIMIT 500",
        {"owner": owner},
    )
    return [(row[0], row[1]) for row in found]
