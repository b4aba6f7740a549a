"""What another process left is taken up: open movements, and callbacks that wait for an owner."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cross.storage import callbacks
from cross.storage.store import Row, StoreUnavailable
from tests.switch import asking
from tests.world import small_world, until, wallet

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


def test_many_callbacks_that_wait_are_looked_at_once_at_a_time(tmp_path: Path) -> None:
    """F-C10: found by killing processes; each callback's own look kept every reader busy."""

    async def call_back_often() -> None:
        async with small_world(tmp_path) as world:
            store = world.switch.store
            rows, looking, together = store.rows, [0], [0]

            async def count(sql: str, parameters: Mapping[str, Any]) -> Sequence[Row]:
                if "waiting = 1" not in sql:
                    return await rows(sql, parameters)
                looking[0] += 1
                together.append(looking[0])
                try:
                    return await rows(sql, parameters)
                finally:
                    looking[0] -= 1

            store.rows = count  # type: ignore[method-assign]
            token = world.switch.callback_tokens["tmoney"]
            path = f"/callbacks/tmoney/{token}"
            await asyncio.gather(
                *(
                    world.ask("POST", path, {"idRequete": f"CRX{number:026}D"})
                    for number in range(50)
                )
            )

            async def none_waits() -> bool:
                return not await callbacks.waiting(world.switch.store)

            async with asyncio.timeout(10):
                while not await none_waits():
                    await asyncio.sleep(0.02)
            assert max(together) <= 2  # one look, and the question of this test

    asyncio.run(call_back_often())
