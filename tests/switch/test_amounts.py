"""F-O09: an operator that tells another amount than was asked for: no success, and a break."""

import asyncio
from pathlib import Path

from cross.domain.money import xof
from cross.domain.operator import LegRequest, LookUp, Succeeded
from cross.storage import breaks
from tests.switch import asking
from tests.world import small_world, wallet


def test_a_success_of_another_amount_is_looked_at_by_a_person_and_kept_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            operator = world.switch.operators["flooz"]
            look_up = operator.look_up_collection

            async def another(request: LegRequest) -> LookUp:
                del request
                return Succeeded("X1", xof(4_999))

            operator.look_up_collection = another  # type: ignore[method-assign]
            opened = await asking.collection(world.switch, wallet("flooz", "+22896110100"))
            async with asyncio.timeout(10):
                while not (found := await breaks.opened(world.switch.store)):
                    await asyncio.sleep(0.01)
            live = world.switch.live[opened.id]
            assert live.movement.attention is not None
            assert live.movement.attention.reason == "amount_differs"
            assert [one.kind for one in found] == ["amount_differs"]
            operator.look_up_collection = look_up  # type: ignore[method-assign]

    asyncio.run(scenario())
