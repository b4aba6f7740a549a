"""Watching transfers end: cheaply, by the float of the recipients' operator."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Final

from bench.connection import Connections
from bench.traffic import CREDIT, question

LOOK_SECONDS: Final = 0.01
PATIENCE_SECONDS: Final = 30.0


class Watch:
    """Counts credits from the moment it began."""

    def __init__(self, connections: Connections, before: int) -> None:
        self._connections = connections
        self._before = before

    @classmethod
    async def begin(cls, simulators: str) -> "Watch":
        """Takes note of how things stand; nothing may be under way."""
        connections = Connections(simulators)
        return cls(connections, await _float_left(connections))

    async def until(self, count: int) -> AsyncIterator[int]:
        """How many recipients have their money, told whenever it changes until all have."""
        clock = asyncio.get_running_loop().time
        done, heard_at = 0, clock()
        while done < count:
            await asyncio.sleep(LOOK_SECONDS)
            now_done = (self._before - await _float_left(self._connections)) // CREDIT
            if now_done != done:
                done, heard_at = now_done, clock()
                yield done
            elif clock() > heard_at + PATIENCE_SECONDS:
                raise TimeoutError(f"{count - done} of {count} transfers do not complete")


async def all_completed(switch: str, ids: Sequence[str]) -> None:
    """Returns once the switch itself says so of each of these."""
    connections = Connections(switch)
    async with asyncio.timeout(PATIENCE_SECONDS):
        for transfer in ids:
            while await _status(connections, transfer) != "completed":  # noqa: ASYNC110  a server's
                await asyncio.sleep(LOOK_SECONDS)


async def _status(connections: Connections, transfer: str) -> str:
    answer = await connections.ask(question(f"/v1/transfers/{transfer}"))
    return str(json.loads(answer.body).get("status"))


async def _float_left(connections: Connections) -> int:
    answer = await connections.ask(question("/control/partner/flooz"))
    return int(json.loads(answer.body)["balance"])
