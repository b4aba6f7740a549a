"""An order at an operator that closes orders is taken back by the operator's own word, or not."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.switch import paying
from tests.switch.paying import DMONEY, ONLINE
from tests.world import World, small_world


def play(folder: Path, scene: Callable[[World], Awaitable[None]]) -> None:
    async def run() -> None:
        async with small_world(folder, settings=paying.never_asked()) as world:
            await scene(world)

    asyncio.run(run())


async def take_back(world: World, collection_id: str) -> tuple[int, dict[str, object]]:
    answer, content = await world.ask("POST", f"/v1/collections/{collection_id}/cancel", {})
    return answer.status, content


def test_an_order_that_nobody_has_paid_is_closed_and_cannot_be_paid_any_more(
    tmp_path: Path,
) -> None:
    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, DMONEY)
        status, content = await take_back(world, opened["id"])
        assert (status, content["status"]) == (200, "expired")

        visitor = await paying.sent_on(world, opened)
        assert visitor.page.form_with("pay") is None
        assert (await world.control("GET", "/journal"))["data"] == []

    play(tmp_path, scene)


def test_an_order_that_was_paid_meanwhile_is_not_taken_back(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await world.control(
            "POST", "/faults", {"operator": DMONEY, "fault": "lose_callback", "count": 9}
        )
        opened = await paying.asked_for(world, DMONEY)
        await paying.pay_dmoney(world, opened)
        status, content = await take_back(world, opened["id"])
        assert (status, content["code"]) == (409, "not_cancelable")
        assert (await paying.ended(world, opened))["status"] == "succeeded"

    play(tmp_path, scene)


def test_where_the_operator_closes_nothing_what_was_sent_stays_sent(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        on_a_page = await paying.asked_for(world, ONLINE)
        by_push = await paying.asked_for(world, "tmoney", msisdn="+22890110100")
        for opened in (on_a_page, by_push):
            status, content = await take_back(world, opened["id"])
            assert (status, content["code"]) == (409, "outcome_unknown")

    play(tmp_path, scene)


def test_a_close_that_nobody_answers_takes_nothing_back(tmp_path: Path) -> None:
    """F-N02: silence is unknown: the order may still be paid."""

    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, DMONEY)
        await world.control("POST", "/faults", {"operator": DMONEY, "fault": "drop_before"})
        status, content = await take_back(world, opened["id"])
        assert (status, content["code"]) == (409, "outcome_unknown")
        await world.control("DELETE", "/faults")
        await paying.pay_dmoney(world, opened)
        assert (await paying.ended(world, opened))["status"] == "succeeded"

    play(tmp_path, scene)
