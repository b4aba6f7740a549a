"""Who may act: a process without its lease sends nothing, and what it leaves another asks about."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from cross.bootstrap import Surroundings, close_switch, open_switch
from cross.clock import monotonic_seconds, system_clock
from cross.domain.errors import OutcomeUnknown, SwitchUnavailable
from cross.domain.movement import Movement, MovementKind
from cross.domain.operator import RawCallback
from cross.domain.status import status_of
from cross.randomness import RandomSource
from cross.storage import callbacks as stored
from cross.storage.postgres import PostgresStore
from cross.storage.sqlite import SqliteStore
from cross.storage.store import Store, StoreUnavailable
from cross.switch import callbacks, movements, recovery
from cross.switch.lease import RETRY_SECONDS, Lease
from cross.switch.switch import Switch
from tests.conftest import short_pause
from tests.switch import asking
from tests.world import MERCHANT, World, quick_settings, small_world, until, wallet

PAYEE = wallet("flooz", "+22896110101")
UNDECIDED = wallet("tmoney", "+22890110100")


async def effects(world: World) -> Sequence[str]:
    """The requests that move money, by the path they came to, oldest first."""
    got = (await world.control("GET", "/requests?limit=1000"))["data"]
    paths = [str(request["path"]).lower() for request in reversed(got)]
    return [path for path in paths if path.endswith(("debit", "credit", "cashin", "crediter"))]


async def state_of(world: World, movement: Movement) -> str:
    found = await movements.find(world.switch, movement.id, merchant=MERCHANT, kind=movement.kind)
    return status_of(found)


class Books:
    """Books that only know of leases."""

    def __init__(self, answers: Sequence[bool | None] = ()) -> None:
        self.answers = list(answers)
        self.enlisted = 0

    async def enlist(self, *, name: str, lease_seconds: float) -> int:
        assert name
        assert lease_seconds
        self.enlisted += 1
        return 40 + self.enlisted

    async def renew(self, owner: int, *, lease_seconds: float) -> bool:
        assert owner == 41
        assert lease_seconds
        held = self.answers.pop(0)
        if held is None:
            raise StoreUnavailable("no connection")
        return held


def lease_of(books: Books, *, seconds: float = 0.03) -> Lease:
    return Lease(cast(Store, books), name="switch", seconds=seconds)


def test_a_lease_is_not_held_before_it_began() -> None:
    async def scenario() -> bool:
        return lease_of(Books()).is_held

    assert not asyncio.run(scenario())


def test_a_renewal_that_failed_is_tried_again_before_a_third_of_the_lease_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F-D13: three renewals may each meet a full disk, which had room in between (seed 105526)."""
    pauses: list[float] = []

    async def at_once(seconds: float) -> None:
        pauses.append(seconds)

    async def scenario() -> None:
        lease = lease_of(Books([True, None, None, True, False]), seconds=600.0)
        await lease.begin()
        with monkeypatch.context() as patched:
            patched.setattr(asyncio, "sleep", at_once)
            await lease.keep()

    asyncio.run(scenario())
    assert pauses == [200.0, 200.0, RETRY_SECONDS, RETRY_SECONDS, 200.0]


def test_a_lease_is_kept_until_another_process_has_it() -> None:
    """I-26: renewed, not known to be lost, renewed, lost."""

    async def scenario() -> None:
        books = Books([True, None, True, False])
        lease = lease_of(books)
        await lease.begin()
        assert lease.is_held
        async with asyncio.timeout(10):
            await lease.keep()
        assert not lease.is_held
        assert not books.answers

    asyncio.run(scenario())


def test_a_lease_that_cannot_be_renewed_ends_by_itself() -> None:
    """F-P05, F-D03: whoever cannot ask must take it that another process has taken over."""

    async def scenario() -> None:
        lease = lease_of(Books([None] * 1_000))
        await lease.begin()
        keeping = asyncio.create_task(lease.keep())
        await until(lambda: not lease.is_held)
        assert not keeping.done()
        keeping.cancel()

    asyncio.run(scenario())


def test_a_lease_begun_anew_has_another_number() -> None:
    async def scenario() -> list[int]:
        lease = lease_of(Books())
        numbers = []
        for _ in range(2):
            await lease.begin()
            numbers.append(lease.owner)
        return numbers

    assert asyncio.run(scenario()) == [41, 42]


def test_without_the_lease_nothing_is_sent_and_with_it_all_is_sent_after_all(
    tmp_path: Path,
) -> None:
    """F-P05, I-21: the books were away for long, and came back before the lease was renewed."""

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            lease = world.switch.lease
            lease._held_until = 0.0
            opened = [
                await asking.payout(world.switch, PAYEE),
                await asking.collection(world.switch, wallet("tmoney", "+22890110101")),
                await asking.transfer(world.switch, wallet("tmoney", "+22890110201"), PAYEE),
            ]
            await until(lambda: not lease.is_held and len(world.switch.tasks) == 0)
            assert not await effects(world)

            lease._held_until = monotonic_seconds() + 60
            async with asyncio.timeout(20):
                while not {await state_of(world, each) for each in opened} <= {
                    "succeeded",
                    "completed",
                }:
                    await asyncio.sleep(0.02)
            assert len(world.simulators.journal.find()) == 4
            await world.assert_in_agreement()

    asyncio.run(scenario())


@asynccontextmanager
async def second_switch(world: World, url: str) -> AsyncIterator[Switch]:
    """Another process of the same switch: its own store on the same books, the same operators."""
    store = PostgresStore(url, clock=system_clock, pause=short_pause)
    around = Surroundings(system_clock, RandomSource(), world.network, store)
    switch, worker = await open_switch(quick_settings(), around)
    try:
        yield switch
    finally:
        await close_switch(switch, worker)


def first_store(url: str) -> Store:
    return PostgresStore(url, clock=system_clock, pause=short_pause)


def never_asked() -> Any:
    return quick_settings(query_schedule_seconds=(600.0,), query_every_seconds=600.0)


def raw(reference: str) -> RawCallback:
    return RawCallback("POST", "", (), b'{"idRequete": "%b"}' % reference.encode(), "192.0.2.9")


def test_what_one_process_leaves_another_asks_about_and_does_not_send_again(
    tmp_path: Path, schema_url: str
) -> None:
    """I-26, I-24: the first ends while the payer decides; the second sees it through."""

    async def scenario() -> None:
        async with small_world(
            tmp_path, store=first_store(schema_url), settings=never_asked()
        ) as world:
            opened = await asking.transfer(world.switch, UNDECIDED, PAYEE)
            await until(lambda: bool(world.switch.live) and not world.switch.tasks)
            assert len(await effects(world)) == 1
            await world.worker.stop()
            recovery.let_go_of_all(world.switch)
            assert await world.switch.store.renew(world.switch.lease.owner, lease_seconds=0)

            async with second_switch(world, schema_url) as second:
                await until(lambda: opened.id in second.live)
                await approve(world)
                await until(lambda: opened.id not in second.live)
                assert await state_of(world, opened) == "completed"
                assert len(await effects(world)) == 2  # the debit of the first, one credit
                assert len(world.simulators.journal.find()) == 2
                await world.assert_in_agreement()

    asyncio.run(scenario())


async def approve(world: World) -> None:
    number = UNDECIDED.msisdn.digits
    (prompt,) = (await world.control("GET", f"/handsets/{number}"))["prompts"]
    body = {"action": "approve", "pin": "1234"}
    await world.control("POST", f"/handsets/{number}/prompts/{prompt['id']}", body)


def test_a_callback_that_reaches_another_process_is_acted_on_by_the_owner(
    tmp_path: Path, schema_url: str
) -> None:
    """Two processes share the operators' address; a movement is one process's."""

    async def scenario() -> None:
        async with small_world(
            tmp_path, store=first_store(schema_url), settings=never_asked()
        ) as world:
            lost = {"operator": "tmoney", "fault": "lose_callback"}
            await world.control("POST", "/faults", lost)
            async with second_switch(world, schema_url) as second:
                opened = await asking.collection(world.switch, UNDECIDED)
                await until(lambda: bool(world.switch.live) and not world.switch.tasks)
                await approve(world)
                assert opened.id in world.switch.live

                reply = await callbacks.receive(second, "tmoney", raw(opened.legs[0].reference))
                assert reply.status == 200
                await until(lambda: opened.id not in world.switch.live)

                assert await state_of(world, opened) == "succeeded"
                async with asyncio.timeout(10):
                    while await stored.waiting(second.store):
                        await asyncio.sleep(0.01)
                await world.assert_in_agreement()

    asyncio.run(scenario())


def test_a_process_reads_and_does_not_touch_what_is_anothers(
    tmp_path: Path, schema_url: str
) -> None:
    async def scenario() -> None:
        async with small_world(
            tmp_path, store=first_store(schema_url), settings=never_asked()
        ) as world:
            opened = await asking.collection(world.switch, UNDECIDED)
            await until(lambda: bool(world.switch.live) and not world.switch.tasks)
            async with second_switch(world, schema_url) as second:
                kind = MovementKind.COLLECTION
                before = (await world.control("GET", "/requests?limit=1000"))["data"]
                found = await movements.recheck(second, opened.id, merchant=MERCHANT, kind=kind)
                assert (
                    await movements.read(second, opened.id, merchant=MERCHANT, kind=kind)
                ).id == found.id
                with pytest.raises((SwitchUnavailable, OutcomeUnknown)):
                    await movements.cancel(second, opened.id, merchant=MERCHANT, kind=kind)
                assert (await world.control("GET", "/requests?limit=1000"))["data"] == before
                assert opened.id not in second.live

    asyncio.run(scenario())


def test_a_full_disk_is_told_as_books_that_cannot_write_now(tmp_path: Path) -> None:
    """F-D13: the worker waits for such books; any other error would end its tasks for good."""

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            store = cast(SqliteStore, world.switch.store)

            async def pages_at_most(count: int) -> None:
                await store._in_writer(lambda: store._write.pragma("max_page_count", count))

            await pages_at_most(1)  # SQLite takes it as: no more than there are
            with pytest.raises(StoreUnavailable):
                await store.enlist(name="switch" * 10_000, lease_seconds=15)
            await pages_at_most(1 << 20)
            assert await store.enlist(name="switch", lease_seconds=15)

    asyncio.run(scenario())
