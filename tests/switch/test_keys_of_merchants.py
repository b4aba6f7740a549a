"""Keys are two at a time, rolled, revoked and seen in use; every process knows within a moment."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cross.clock import system_clock
from cross.domain.errors import NotFound
from cross.domain.merchant import MerchantStatus, MerchantSuspended, TooManyKeys
from cross.storage import audit
from cross.storage.postgres import PostgresStore
from cross.switch import keys, merchants
from cross.switch.keys import FreshKey, KeyWish, caller_of
from cross.switch.switch import Switch
from tests.conftest import NewStore, Run, short_pause
from tests.switch import asking, ordering
from tests.switch.ordering import shop, until_so
from tests.world import MERCHANT, until, wallet

PAYER = wallet("flooz", "+22896110101")


async def opened(switch: Switch, merchant: str, wish: KeyWish | None = None) -> FreshKey:
    return await keys.open_key(switch, merchant, wish or KeyWish("caisse"), who="ama")


async def merchant_of(switch: Switch) -> str:
    return (await merchants.open_merchant(switch, "Épicerie", who="ama")).id


def test_a_merchant_has_two_keys_at_a_time_however_many_are_asked_for_at_once(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    """S-API-01."""

    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            merchant = await merchant_of(world.switch)
            asked = [opened(world.switch, merchant) for _ in range(6)]
            found = await asyncio.gather(*asked, return_exceptions=True)
            made = [one for one in found if isinstance(one, FreshKey)]

            assert len(made) == 2
            assert sum(isinstance(one, TooManyKeys) for one in found) == 4
            await keys.revoke(world.switch, made[0].key.id, who="ama")
            assert await opened(world.switch, merchant)
            assert await opened(world.switch, await merchant_of(world.switch))

    run(scenario())


def test_a_key_opens_nothing_in_the_other_mode(run: Run, tmp_path: Path) -> None:
    """S-API-01: neither a test key where money is real, nor a live key where it is not."""

    async def scenario() -> None:
        async with shop(tmp_path) as world:
            switch = world.switch
            merchant, trying = await merchant_of(switch), switch.settings
            test = await opened(switch, merchant)
            assert await caller_of(switch, test.secret) is not None

            switch.settings = replace(trying, livemode=True)
            assert await caller_of(switch, test.secret) is None
            live = await opened(switch, merchant, KeyWish("real"))
            assert await caller_of(switch, live.secret) is not None

            switch.settings = trying
            assert await caller_of(switch, live.secret) is None
            assert await caller_of(switch, test.secret) is not None

    run(scenario())


def test_a_rolled_key_opens_for_a_while_and_the_new_one_at_once(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            switch = world.switch
            merchant = await merchant_of(switch)
            wish = KeyWish("caisse", ("read",), ("192.0.2.0/24",))
            old = await opened(switch, merchant, wish)
            new = await keys.roll(
                switch, old.key.id, who="ama", old_valid_for=timedelta(seconds=0.4)
            )

            both = [await caller_of(switch, one.secret) for one in (old, new)]
            assert [set(one.scopes) for one in both if one] == [{"read"}, {"read"}]
            assert [one.networks for one in both if one] == [("192.0.2.0/24",)] * 2
            with pytest.raises(TooManyKeys):
                await keys.roll(switch, new.key.id, who="ama", old_valid_for=timedelta(hours=24))
            await until(lambda: switch.clock() >= new.key.created_at + timedelta(seconds=0.4))
            assert await caller_of(switch, old.secret) is None
            with pytest.raises(NotFound):
                await keys.roll(switch, old.key.id, who="ama", old_valid_for=timedelta(hours=24))

            newest = await keys.roll(switch, new.key.id, who="ama", old_valid_for=timedelta())
            assert await caller_of(switch, new.secret) is None
            assert await caller_of(switch, newest.secret) is not None

    run(scenario())


def test_a_revoked_key_opens_nothing_from_then_on(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    """Also where it was looked up at that very moment."""

    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            switch = world.switch
            fresh = await opened(switch, await merchant_of(switch))
            assert await caller_of(switch, fresh.secret)

            looking = asyncio.gather(*(caller_of(switch, fresh.secret) for _ in range(5)))
            revoked = await keys.revoke(switch, fresh.key.id, who="ama")
            await looking
            assert revoked.revoked_at is not None
            assert await caller_of(switch, fresh.secret) is None
            again = await keys.revoke(switch, fresh.key.id, who="ama")
            assert again.revoked_at == revoked.revoked_at
            acts = [line.action for line in await audit.newest(switch.store)]
            assert acts == ["keys.revoke", "keys.create", "merchants.add"]

    run(scenario())


def test_another_process_knows_in_a_moment(run: Run, postgres_url: str, tmp_path: Path) -> None:
    """Revoked, suspended, reinstated: without a question to the books for each call."""

    def store() -> PostgresStore:
        return PostgresStore(postgres_url, clock=system_clock, pause=short_pause)

    async def scenario() -> None:
        async with shop(tmp_path, store()) as one, shop(tmp_path, store()) as other:
            merchant = await merchant_of(one.switch)
            fresh = await opened(one.switch, merchant)
            assert await caller_of(other.switch, fresh.secret)

            await merchants.suspend(one.switch, merchant, who="ama")
            with pytest.raises(MerchantSuspended):
                one.switch.directory.require_active(merchant)
            await until(lambda: merchant in other.switch.directory.suspended)
            await merchants.reinstate(other.switch, merchant, who="ama")
            await until(lambda: merchant not in one.switch.directory.suspended)

            assert await caller_of(other.switch, fresh.secret)
            await keys.revoke(one.switch, fresh.key.id, who="ama")

            async def is_nobodys() -> bool:
                return await caller_of(other.switch, fresh.secret) is None

            await until_so(is_nobodys)

    run(scenario())


def test_the_last_use_of_a_key_is_written_once_a_minute(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            switch = world.switch
            fresh = await opened(switch, await merchant_of(switch))
            assert (await keys.find(switch, fresh.key.id)).last_used_at is None

            async def is_noted() -> bool:
                return (await keys.find(switch, fresh.key.id)).last_used_at is not None

            await caller_of(switch, fresh.secret)
            await until_so(is_noted)
            await caller_of(switch, fresh.secret)
            now = switch.clock()
            assert switch.directory.uses_to_note(at=now) is None
            due = switch.directory.uses_to_note(at=now + timedelta(minutes=1))
            assert due is not None
            assert due.keys == (fresh.key.id,)

    run(scenario())


def test_what_a_suspended_merchant_asked_for_before_goes_on(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    """And nothing new is begun: not by its key, not by the page of an order that it had made."""

    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            switch = world.switch
            order = await ordering.order(switch)
            under_way = await asking.transfer(switch, wallet("tmoney", "+22890112233"), PAYER)
            suspended = await merchants.suspend(switch, MERCHANT, who="ama")
            assert suspended.status is MerchantStatus.SUSPENDED

            for asked in (
                ordering.attempt(switch, order),
                asking.collection(switch, PAYER),
                asking.payout(switch, PAYER),
            ):
                with pytest.raises(MerchantSuspended):
                    await asked
            await until(lambda: not switch.live)
            ended = await world.stored(under_way.kind, under_way.id)
            assert str(ended.state) == "completed"

            await merchants.reinstate(switch, MERCHANT, who="ama")
            await ordering.attempt(switch, order)
            await ordering.until_stored(switch, order, "paid")

    run(scenario())
