"""A delivery that is ended at any of its waits is made by whoever begins next (F-Y01, I-38)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cross.switch.deliveries import Deliverer
from tests.properties.canceling import CanceledAt, sweep
from tests.switch.receiving import Receiver
from tests.switch.test_webhooks import heard_world, subscribed
from tests.world import until

PAYOUT = {"operator": "tmoney", "msisdn": "90112233", "amount": 500, "currency": "XOF"}
WHOLE = {"payout.created", "payout.succeeded"}


def types_told(receiver: Receiver, movement: str) -> set[str]:
    """What the merchant has accepted about a movement."""
    events = [request.event for request in receiver.accepted]
    return {event["type"] for event in events if event["data"]["object"]["id"] == movement}


def test_a_webhook_whose_sender_is_canceled_at_any_wait_arrives_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver, work = Receiver(), Deliverer._work

    async def scene() -> None:
        async with heard_world(tmp_path, receiver) as world:
            await subscribed(world)
            switch = world.switch

            async def one(at: int) -> bool:
                watched: list[CanceledAt[None]] = []

                async def canceled(deliverer: Deliverer, queue: Any) -> None:
                    watched.append(CanceledAt(work(deliverer, queue), at=at))
                    await watched[-1]

                monkeypatch.setattr(Deliverer, "_work", canceled)
                _, opened = await world.ask("POST", "/v1/payouts", PAYOUT, key=f"k{at}")
                await until(lambda: opened["id"] not in switch.live)
                old: Any = switch.deliveries
                await old.stop()
                switch.recorder.listeners.remove(old.committed)
                monkeypatch.setattr(Deliverer, "_work", work)
                await Deliverer(switch, world.network).start()
                await until(lambda: types_told(receiver, opened["id"]) == WHOLE)
                return max((one.waits for one in watched), default=0) < at

            assert await sweep(one) > 0

    asyncio.run(scene())
