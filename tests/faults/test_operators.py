"""Operators that fall silent one after another, and notifications that never come."""

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import pytest

from cross.domain.movement import Movement
from cross.storage import movements
from tests.switch import asking
from tests.world import World, quick_settings, small_world, until, wallet

NAMES = ("tmoney", "flooz")


async def planted(world: World, operator: str, fault: str) -> str:
    """The id of a fault that holds until it is taken back."""
    found = await world.control("POST", "/faults", {"operator": operator, "fault": fault})
    return str(found["id"])


async def begun(world: World, number: int) -> Movement:
    """A transfer, one way or the other, of a payer of its own."""
    tmoney = wallet("tmoney", f"+228901{number:03}01")
    flooz = wallet("flooz", f"+228961{number:03}01")
    source, destination = (tmoney, flooz) if number % 2 else (flooz, tmoney)
    return await asking.transfer(world.switch, source, destination)


@pytest.mark.parametrize("seed", range(3))
def test_operators_that_stop_one_by_one_and_return_in_any_order_lose_nothing(
    tmp_path: Path, seed: int
) -> None:
    """F-N12, I-21: transfers are begun between any two of them, and all of them end."""
    order = random.Random(seed)  # noqa: S311  reproducible on purpose

    async def scenario() -> None:
        async with small_world(tmp_path, settings=quick_settings(only=NAMES)) as world:
            opened = [await begun(world, number) for number in range(4)]
            faults = {name: await planted(world, name, "down") for name in NAMES}
            await asyncio.sleep(0.3)
            back = list(NAMES)
            order.shuffle(back)
            for name in back:
                await world.control("DELETE", f"/faults/{faults[name]}")
                await asyncio.sleep(order.random() / 4)
            await until(lambda: not world.switch.live, seconds=30)
            ended = [await movements.get(world.switch.store, one.id) for one in opened]

            assert {one.state for one in ended if one} <= {"completed", "failed", "refunded"}
            await world.assert_in_agreement()

    asyncio.run(scenario())


@pytest.mark.parametrize("operator", NAMES)
def test_a_collection_of_which_nobody_tells_is_found_by_asking(
    tmp_path: Path, operator: str
) -> None:
    """F-C01, I-21: no callback ever comes."""

    async def scenario() -> str:
        async with small_world(tmp_path, settings=quick_settings(only=NAMES)) as world:
            await planted(world, operator, "lose_callback")
            number = {"tmoney": "+22890110101", "flooz": "+22896110101"}[operator]
            opened = await asking.collection(world.switch, wallet(operator, number))
            await until(lambda: not world.switch.live)
            kept = await world.switch.store.rows("SELECT count(*) FROM callbacks", {})
            assert kept[0][0] == 0
            await world.assert_in_agreement()
            ended = await movements.get(world.switch.store, opened.id)
            return str(ended.state if ended else None)

    assert asyncio.run(scenario()) == "succeeded"


def test_a_server_looks_for_garbage_seldom_and_never_at_what_it_began_with() -> None:
    """F-Y04: a look at every object there is would hold up everybody's payments."""
    program = (
        "import gc\nfrom cross.garbage import look_seldom\nimport cross.bootstrap\n"
        "look_seldom()\nprint(gc.get_threshold()[0], gc.get_freeze_count() > 100_000)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert said.stdout.split() == ["50000", "True"]
