"""What another process left is taken up, even where the books cannot be read at the first try."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.switch import asking
from tests.world import small_world, until, wallet

from cross.storage.store import Row, StoreUnavailable

PAYER = wallet("flooz", "+22896110100")  # waits for a person: stays open


def test_what_was_adopted_is_taken_up_once_the_books_can_be_read(tmp_path: Path) -> None:
    """I-21: found by killing processes; between adopting and reading the database was busy."""

    async def read_late() -> None:
        async with small_world(tmp_path) as world:
            switch, store = world.switch, world.switch.store
            left = await asking.collection(switch, PAYER)
            switch.release(switch.live[left.id])
            adopt, rows, failures = store.adopt, store.rows, ["once"]

            async def adopt_what_was_left(owner: int) -> Sequence[str]:
                store.adopt = adopt  # type: ignore[method-assign]
                store.rows = fail_once  # type: ignore[method-assign]
                return [*await adopt(owner), left.id]

            async def fail_once(sql: str, parameters: Mapping[str, Any]) -> Sequence[Row]:
                if failures and "only" in parameters:
                    failures.pop()
                    raise StoreUnavailable("every connection to the database is in use")
                return await rows(sql, parameters)

            store.adopt = adopt_what_was_left  # type: ignore[method-assign]
            await until(lambda: left.id in switch.live, seconds=3)

            assert not failures

    asyncio.run(read_late())
