"""A movement followed to its end, by asking the switch again and again."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from cross.cli.calls import Calls
from cross.cli.legs import is_final, place_of

FIRST_PAUSE_SECONDS: Final = 0.05
LONGEST_PAUSE_SECONDS: Final = 1.0


async def until_final(
    calls: Calls,
    movement: Mapping[str, Any],
    *,
    seconds: float,
    seen: Callable[[Mapping[str, Any]], None],
) -> Mapping[str, Any]:
    """The movement once it is final, or as it stands when the time is up."""
    loop = asyncio.get_running_loop()
    ends_at, pause = loop.time() + seconds, FIRST_PAUSE_SECONDS
    place = place_of(movement["id"])
    seen(movement)
    while place is not None and not is_final(movement) and loop.time() < ends_at:
        await asyncio.sleep(min(pause, max(0.0, ends_at - loop.time())))
        pause = min(pause * 1.3, LONGEST_PAUSE_SECONDS)
        movement = await calls.get(place)
        seen(movement)
    return movement
