"""One reference of an operator's own for two requests, whichever processes heard of them (F-O11).

`cross.switch.found` compares what one process has heard, at once. The watch compares what is in
the books, so that neither a restart nor another process hides the first of the two.
"""

from typing import Final

from cross.domain.leg import LegKind
from cross.storage import movements as stored_movements
from cross.storage import own_references as stored
from cross.switch import found
from cross.switch.switch import Switch

KNOWN_MAX: Final = 100_000
"""So many references are known, the newest; at the start those of the watch's recent entries."""


class OwnReferences:
    """What operators called the requests that they carried out."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._known: dict[tuple[str, str, str], str] = {}

    async def look(self, *, after: int, upto: int) -> None:
        """Those of a span of entries beside the ones before; raises `StoreUnavailable`."""
        for one in await stored.given(self._switch.store, after=after, upto=upto):
            first = self._known.setdefault(one[:3], one.ours)
            if first != one.ours:
                await self._tell(one, first)
        while len(self._known) > KNOWN_MAX:
            del self._known[next(iter(self._known))]

    async def _tell(self, one: stored.Given, first: str) -> None:
        switch = self._switch
        if await stored.is_told(switch.store, one.ours, first):
            return
        movement = await stored_movements.get(switch.store, one.movement)
        if movement is not None:
            await found.tell_of_reuse(switch, movement, movement.leg(LegKind(one.kind)), first)
