"""What the house tells of itself: operators down and up, floats that are low; each change once."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cross.domain.operator import Succeeded, Unknown
from cross.storage import events as stored
from cross.storage.events import HouseNews
from cross.storage.pages import Page
from cross.storage.store import ApiKeyRow, MerchantRow, Saved, Store
from cross.switch import events, house
from cross.switch.health import DOWN_AFTER
from tests.conftest import Run
from tests.switch import asking
from tests.switch.receiving import Receiver
from tests.switch.test_webhooks import heard_world, subscribed
from tests.world import MERCHANT, World, until, wallet

PAYEE = wallet("tmoney", "+22890112233")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SILENCE = Unknown("nobody answers")


async def told(world: World, name: str) -> list[tuple[str, int]]:
    found, _ = await events.page(
        world.switch,
        merchant=MERCHANT,
        part=Page(limit=100),
        only=stored.EventFilter(object=name),
    )
    return [(one.type, one.sequence) for one in reversed(found)]


def test_an_operator_that_is_down_is_told_once_and_so_is_its_return(tmp_path: Path) -> None:
    async def fall_silent() -> None:
        receiver = Receiver()
        async with heard_world(tmp_path, receiver) as world:
            await subscribed(world, "http://shop/hooks", "operator.down", "operator.up")
            for _ in range(2):
                for _ in range(DOWN_AFTER + 5):
                    world.switch.health.heard("tmoney", SILENCE)
                await until(lambda: receiver.types()[-1:] == ["operator.down"])
                world.switch.health.heard("tmoney", Succeeded("T1"))
                await until(lambda: receiver.types()[-1:] == ["operator.up"])

            kinds = ["operator.down", "operator.up"] * 2
            assert await told(world, "operator:tmoney") == list(
                zip(kinds, [1, 2, 3, 4], strict=True)
            )
            thing = receiver.accepted[0].event["data"]["object"]
            assert (thing["id"], thing["health"]) == ("operator:tmoney", "down")

    asyncio.run(fall_silent())


def test_what_the_house_tells_goes_out_at_once(tmp_path: Path) -> None:
    """I-38: whoever commits news of the house wakes its hearers' queues; no look is waited for."""

    async def fall_silent() -> None:
        receiver = Receiver()
        async with heard_world(tmp_path, receiver, look_every_seconds=3_600.0) as world:
            await subscribed(world, "http://shop/hooks", "operator.down")
            for _ in range(DOWN_AFTER):
                world.switch.health.heard("tmoney", SILENCE)
            await house.look(world.switch)
            await until(lambda: receiver.types() == ["operator.down"])

    asyncio.run(fall_silent())


def test_a_float_below_its_threshold_is_told_once_a_crossing(tmp_path: Path) -> None:
    async def spend() -> None:
        receiver = Receiver()
        low: dict[str, Any] = {"float_low": {"tmoney": 99_999_000}}
        async with heard_world(tmp_path, receiver, **low) as world:
            await subscribed(world, "http://shop/hooks", "float.low")
            await house.look(world.switch)  # it was low until the world's float was booked
            before = len(await told(world, "float:tmoney"))  # told then, if a look came first
            for _ in range(3):
                await asking.payout(world.switch, PAYEE)
            await until(lambda: receiver.types() == ["float.low"])
            await house.look(world.switch)

            after = (await told(world, "float:tmoney"))[before:]
            assert after == [("float.low", before + 1)]
            thing = receiver.accepted[0].event["data"]["object"]
            assert thing["balance"]["amount"] < thing["threshold"]["amount"] == 99_999_000

    asyncio.run(spend())


def test_of_two_processes_that_see_the_same_one_tells_it(store: Store, run: Run) -> None:
    for name in ("mer_a", "mer_b"):
        run(store.add_merchant(MerchantRow(name, name, NOW), _key(name)))

    def news(turn: int, state: str, *, at_rest: bool = False) -> HouseNews:
        told_to = (f"evt_{turn}a", "mer_a"), (f"evt_{turn}b", "mer_b")
        return HouseNews("operator:x", state, f"operator.{state}", "{}", NOW, told_to, at_rest)

    seen = [
        news(1, "up", at_rest=True),
        news(2, "down"),
        news(3, "down"),
        news(4, "up", at_rest=True),
        news(5, "up", at_rest=True),
    ]
    verdicts = [run(store.record([one]))[0] for one in seen]

    assert verdicts == [Saved(fresh) for fresh in (False, True, False, True, False)]
    rows = run(
        store.rows("SELECT id, movement, sequence FROM events ORDER BY movement, sequence", {})
    )
    assert [tuple(row) for row in rows] == [
        ("evt_2a", "operator:x@mer_a", 1),
        ("evt_4a", "operator:x@mer_a", 2),
        ("evt_2b", "operator:x@mer_b", 1),
        ("evt_4b", "operator:x@mer_b", 2),
    ]


def _key(merchant: str) -> ApiKeyRow:
    return ApiKeyRow(
        f"key_{merchant}", merchant, livemode=False, secret_hash=merchant, scopes=(), at=NOW
    )
