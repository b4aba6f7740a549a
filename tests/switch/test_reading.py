"""Reading a movement never shows half of one step and half of the next."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cross.storage import movements
from cross.storage.store import Reader, Row
from tests.switch import asking
from tests.world import small_world, until, wallet


class Counting:
    """A reader that counts the statements it runs."""

    def __init__(self, reader: Reader) -> None:
        self.statements = 0
        self._reader = reader

    async def rows(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Row]:
        self.statements += 1
        return await self._reader.rows(sql, parameters)


def test_a_movement_and_its_legs_are_read_in_one_statement(tmp_path: Path) -> None:
    """Found by the numbers of the sandbox: a state read before a commit, its legs after it."""

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            opened = await asking.transfer(
                world.switch, wallet("tmoney", "+22890110101"), wallet("flooz", "+22896110101")
            )
            await until(lambda: not world.switch.live)
            reader = Counting(world.switch.store)
            found = await movements.get(reader, opened.id)

            assert found is not None
            assert len(found.legs) == 2
            assert reader.statements == 1

    asyncio.run(scenario())
