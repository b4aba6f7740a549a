"""Two processes on one PostgreSQL, and events of every path that writes them."""

import asyncio
import secrets
from collections import Counter, defaultdict
from pathlib import Path

from cross.bootstrap import Surroundings, close_switch, open_switch
from cross.clock import system_clock
from cross.domain.money import xof
from cross.domain.order import OrderTerms
from cross.storage.postgres import PostgresStore
from cross.switch import orders
from tests.conftest import NewStore, Run, short_pause
from tests.switch import asking
from tests.switch.receiving import Receiver, verified
from tests.switch.test_webhooks import heard_world, subscribed
from tests.world import MERCHANT, quick_settings, until, wallet, with_master_key

PAYER = wallet("flooz", "+22896112121")
OTHERS = (wallet("flooz", "+22896112122"), wallet("flooz", "+22896112123"))
PAYEE = wallet("tmoney", "+22890112233")


def test_two_processes_deliver_everything_once(schema_url: str, tmp_path: Path, run: Run) -> None:
    """Claims are rows: while both live, no event is sent by both."""

    def store() -> PostgresStore:
        return PostgresStore(schema_url, clock=system_clock, pause=short_pause)

    async def both() -> None:
        receiver = Receiver()
        async with heard_world(tmp_path, receiver, store=store()) as world:
            _, secret = await subscribed(world)
            settings = with_master_key(
                quick_settings(only=("flooz", "tmoney"), webhook_private_networks=True), tmp_path
            )
            around = Surroundings(system_clock, secrets.randbits, world.network, store())
            other, worker = await open_switch(settings, around)
            try:
                async with asyncio.TaskGroup() as asked:
                    for place in range(40):
                        switch = (world.switch, other)[place % 2]
                        asked.create_task(asking.payout(switch, PAYEE))
                await until(lambda: len(receiver.ids()) == 80)
                often = Counter(one.headers["webhook-id"] for one in receiver.heard)
                assert set(often.values()) == {1}
                for one in receiver.accepted:
                    verified(secret, one)
            finally:
                await close_switch(other, worker)

    run(both())


def test_every_path_that_writes_events_is_delivered_and_counts_without_gaps(
    tmp_path: Path, new_store: NewStore, run: Run
) -> None:
    """I-38: transfers, collections, payouts, orders; each object counts from 1."""

    async def everything() -> None:
        receiver = Receiver()
        async with heard_world(tmp_path, receiver, store=new_store()) as world:
            switch = world.switch
            await subscribed(world)
            await asking.transfer(switch, PAYER, PAYEE)
            await asking.transfer(switch, OTHERS[0], wallet("tmoney", "+22890112214"))
            await asking.collection(switch, OTHERS[1])
            await asking.payout(switch, PAYEE)
            terms = OrderTerms(reference="R-1", title="T", operators=("flooz",))
            opened = await orders.open_order(switch, xof(500), terms, asking.request(), minutes=5)
            await orders.cancel(switch, opened.order.id, merchant=MERCHANT)

            async def is_told() -> bool:
                kept = await switch.store.rows("SELECT id FROM events", {})
                return receiver.ids() == {row[0] for row in kept} and not switch.live

            async with asyncio.timeout(20):
                while not await is_told():
                    await asyncio.sleep(0.02)
            assert {"order.canceled", "transfer.completed", "collection.succeeded"} <= set(
                receiver.types()
            )
            counted: dict[str, list[int]] = defaultdict(list)
            for one in receiver.accepted:
                counted[one.event["data"]["object"]["id"]].append(one.event["sequence"])
            for sequences in counted.values():
                assert sorted(sequences) == list(range(1, len(sequences) + 1))

    run(everything())


def test_nothing_is_sent_where_a_merchant_has_no_endpoint(
    tmp_path: Path, new_store: NewStore, run: Run
) -> None:
    async def quiet() -> None:
        async with heard_world(tmp_path, Receiver(), store=new_store()) as world:
            await asking.payout(world.switch, PAYEE)
            await until(lambda: not world.switch.live)
            assert await world.switch.store.rows("SELECT 1 FROM deliveries", {}) == []

    run(quiet())
