"""The way to an operator's page: when it is told, to whom, and that it is the same each time."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cross.domain.changed import changed
from cross.switch import requests, visits
from tests.switch import paying
from tests.switch.paying import DMONEY, ONLINE
from tests.world import World, small_world

Scene = Callable[[World], Awaitable[None]]


def play(folder: Path, scene: Scene) -> None:
    async def run() -> None:
        async with small_world(folder) as world:
            await scene(world)

    asyncio.run(run())


@pytest.mark.parametrize("operator", [ONLINE, DMONEY])
def test_a_repeated_request_is_answered_with_the_same_way(tmp_path: Path, operator: str) -> None:
    """I-28."""

    async def scene(world: World) -> None:
        currency = world.switch.profile(operator).currency.code
        body = {"operator": operator, "amount": 500, "currency": currency}
        asked = [world.ask("POST", "/v1/collections", body, key="same") for _ in range(5)]
        together = await asyncio.gather(*asked)
        later = await world.ask("POST", "/v1/collections", body, key="same")

        answers = [answer for answer, _ in (*together, later)]
        assert {answer.status for answer in answers} == {202}
        assert dict(answers[-1].headers)["idempotent-replayed"] == "true"
        contents = [content for _, content in (*together, later)]
        assert len({content["id"] for content in contents}) == 1
        assert contents[0]["next_action"]["type"] == "redirect"
        ways = [content["next_action"]["fields"] for content in contents]
        assert all(way == ways[0] for way in ways)

    play(tmp_path, scene)


def test_a_way_that_is_late_is_told_to_whoever_asks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer waits for the operator, and not for ever."""
    monkeypatch.setattr(visits, "WAY_SECONDS_MAX", 0.05)

    async def scene(world: World) -> None:
        slow = {"operator": DMONEY, "fault": "latency", "value": 300, "count": 1}
        await world.control("POST", "/faults", slow)
        opened = await paying.asked_for(world, DMONEY)
        assert opened["next_action"] is None
        assert not world.switch.watched
        async with asyncio.timeout(10):
            while (found := await paying.now(world, opened))["next_action"] is None:
                await asyncio.sleep(0.02)
        assert found["next_action"]["type"] == "redirect"

    play(tmp_path, scene)


@pytest.mark.parametrize("fault", ["drop_after", "truncate_body", "error_500"])
def test_a_way_whose_answer_was_lost_is_found_by_asking(tmp_path: Path, fault: str) -> None:
    """F-N02: the order is there, and its page can still be paid on."""

    async def scene(world: World) -> None:
        lost = {"operator": DMONEY, "fault": fault, "count": 1, "match": "preOrder"}
        await world.control("POST", "/faults", lost)
        opened = await paying.asked_for(world, DMONEY)
        async with asyncio.timeout(10):
            while (found := await paying.now(world, opened))["status"] == "pending":
                if found["next_action"] is not None:
                    break
                await asyncio.sleep(0.02)
            while found["next_action"] is None and found["status"] in ("pending", "unknown"):
                await asyncio.sleep(0.02)
                found = await paying.now(world, opened)
        if found["next_action"] is not None:
            await paying.pay_dmoney(world, found)
            found = await paying.ended(world, opened)
        assert found["status"] in ("succeeded", "failed")
        await world.assert_in_agreement()

    play(tmp_path, scene)


def test_an_orders_attempt_shows_the_merchant_no_way(tmp_path: Path) -> None:
    """The order's page writes down whom it sends there; nobody else may."""

    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, ONLINE)
        movement = world.switch.live[opened["id"]].movement
        attempt = changed(movement, terms=changed(movement.terms, original="ord_1", place=1))

        assert visits.way_of(world.switch, movement) is not None
        assert visits.way_of(world.switch, attempt) is None
        assert requests.hand_over_of(world.switch, attempt) is not None

    play(tmp_path, scene)


def test_a_way_ends_with_its_time(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, DMONEY)
        movement = world.switch.live[opened["id"]].movement
        over = changed(movement, approve_by=world.switch.clock())

        assert requests.hand_over_of(world.switch, over) is None

    play(tmp_path, scene)


def test_a_push_is_told_no_way(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, "tmoney", msisdn="90110100")
        movement = world.switch.live[opened["id"]].movement

        assert opened["next_action"]["type"] == "approve_on_phone"
        assert requests.hand_over_of(world.switch, movement) is None
        assert not world.switch.watched

    play(tmp_path, scene)
