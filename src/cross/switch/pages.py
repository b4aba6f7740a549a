"""Pages of a merchant's movements: from the books, with what this process holds as it is now."""

from dataclasses import replace

from cross.domain.movement import MovementKind
from cross.storage import movements as stored
from cross.storage.movements import Filter, Listing
from cross.storage.pages import Page
from cross.switch.switch import Switch


async def page(
    switch: Switch, *, merchant: str, kind: MovementKind, only: Filter, part: Page
) -> Listing:
    """A page, newest first; found by what is stored, shown as it stands in memory."""
    return as_held(
        switch,
        await stored.page(switch.store, merchant=merchant, kind=kind, only=only, part=part),
    )


def as_held(switch: Switch, found: Listing) -> Listing:
    """What was found, each movement as it stands in memory where this process holds it."""
    newest = [
        movement if (live := switch.live.get(movement.id)) is None else live.movement
        for movement in found.movements
    ]
    return replace(found, movements=newest)
