"""Batches of payouts: each line on its own, at most once, whatever happens in the middle."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from cross.bootstrap import Surroundings, close_switch, front_door, open_switch
from cross.clock import system_clock
from cross.domain.batch import Line
from cross.domain.errors import BalanceTooLow
from cross.storage import batches as stored
from cross.storage.batch_writes import LineFailed
from cross.storage.postgres import PostgresStore
from cross.storage.store import Saved
from cross.switch import batches, recovery
from cross.switch.batch_check import check
from cross.switch.batch_views import batch_view
from cross.switch.movements import Request
from cross.switch.switch import Switch
from tests.conftest import NewStore, Run, short_pause
from tests.world import (
    MERCHANT,
    SWITCH_ADDRESS,
    World,
    quick_settings,
    small_world,
    until,
    with_master_key,
)

ONLY = ("tmoney", "flooz")
ENDED = {"completed", "canceled"}


def lines_of(count: int, *, suffixes: Iterable[int] = (1,)) -> list[Line]:
    """Lines at both operators in turn, whose numbers end in the suffixes in turn."""
    ends = list(suffixes)
    found = []
    for number in range(1, count + 1):
        operator, lead = (("tmoney", "90"), ("flooz", "96"))[number % 2]
        msisdn = f"{lead}{number:04}{ends[number % len(ends)]:02}"
        found.append(Line(number, operator, msisdn, 1_000 + number, "XOF", f"L-{number}"))
    return found


async def opened(world: World, lines: list[Line], *, key: str = "once") -> str:
    checked = await check(world.switch, lines, merchant=MERCHANT)
    request = Request(MERCHANT, False, key, "digest")  # noqa: FBT003  as the API makes it
    return (await batches.open_batch(world.switch, checked, "Salaires", request)).batch.id


async def view(world: World, batch: str) -> Any:
    return batch_view(*(await batches.find(world.switch, batch, merchant=MERCHANT)))


async def ended(world: World, batch: str, *, seconds: float = 90) -> Any:
    async with asyncio.timeout(seconds):
        while (found := await view(world, batch))["status"] not in ENDED:
            await asyncio.sleep(0.05)
    return found


def paid_by_operators(world: World) -> Counter[tuple[str, str]]:
    """How often each wallet was credited, by the operators' own journals."""
    return Counter(
        (line.operator, line.msisdn)
        for line in world.simulators.journal.find()
        if line.kind == "credit"
    )


def test_lines_of_every_outcome_end_each_on_its_own_and_the_books_agree(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def proof() -> None:
        async with small_world(
            tmp_path, store=new_store(), settings=quick_settings(only=ONLY)
        ) as world:
            batch = await opened(world, lines_of(120, suffixes=range(1, 21)))
            found = await ended(world, batch)
            await until(lambda: not world.switch.live)
            found = await view(world, batch)
            lines = await stored.lines(
                world.switch.store,
                (await batches.find(world.switch, batch, merchant=MERCHANT))[0],
                part=(0, 1_000),
            )

            assert found["status"] == "completed"
            assert found["counts"]["failed"] > 0
            assert sum(found["counts"].values()) == 120
            credited = paid_by_operators(world)
            assert set(credited.values()) == {1}
            assert len(credited) == found["counts"]["succeeded"]
            assert {one.status for one in lines} == {"succeeded", "failed"}
            assert all(one.failure for one in lines if one.status == "failed")
            await world.assert_in_agreement()

    run(proof())


def test_a_batch_left_in_the_middle_is_taken_up_and_pays_nobody_twice(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    """F-P01, I-27: the process goes away between any two lines; the next one goes on."""

    async def proof() -> None:
        settings = with_master_key(quick_settings(only=ONLY), tmp_path)
        async with small_world(tmp_path, store=new_store(), settings=settings) as first:
            batch = await opened(first, lines_of(150))
            await until(lambda: len(first.switch.live) > 5)
            await die(first.switch)
            assert (await view(first, batch))["counts"]["waiting"] > 50

        around = Surroundings(system_clock, secrets.randbits, first.network, new_store())
        switch, worker = await open_switch(settings, around)
        vars(first.network)["_routes"][SWITCH_ADDRESS] = front_door(switch, settings)
        second = World(switch, worker, first.simulators, first.network, first.totals_at_start)
        found = await ended(second, batch)
        await until(lambda: not switch.live)

        assert found["counts"]["succeeded"] == 150
        credited = paid_by_operators(first)
        assert (len(credited), set(credited.values())) == (150, {1})
        await second.assert_in_agreement()
        await close_switch(switch, worker)

    run(proof())


def test_two_processes_that_work_on_the_same_batch_pay_each_line_once(
    run: Run, tmp_path: Path, schema_url: str
) -> None:
    """I-26, I-27: the second believes it the first one's heir, and both go on at once."""

    def new() -> PostgresStore:
        return PostgresStore(schema_url, clock=system_clock, pause=short_pause)

    async def proof() -> None:
        settings = with_master_key(quick_settings(only=ONLY), tmp_path)
        async with small_world(tmp_path, store=new(), settings=settings) as world:
            around = Surroundings(system_clock, secrets.randbits, world.network, new())
            switch, worker = await open_switch(settings, around)
            batch = await opened(world, lines_of(100))
            whole = await stored.get(switch.store, batch)
            assert whole is not None
            await asyncio.gather(batches._pay_all(switch, whole), ended(world, batch))
            await until(lambda: not world.switch.live and not switch.live)

            assert (await view(world, batch))["counts"]["succeeded"] == 100
            credited = paid_by_operators(world)
            assert (len(credited), set(credited.values())) == (100, {1})
            await world.assert_in_agreement()
            await close_switch(switch, worker)

    run(proof())


def test_one_key_is_one_batch_however_often_and_at_once_it_is_asked(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    """I-27, I-28."""

    async def proof() -> None:
        async with small_world(
            tmp_path, store=new_store(), settings=quick_settings(only=ONLY)
        ) as world:
            checked = await check(world.switch, lines_of(20), merchant=MERCHANT)
            request = Request(MERCHANT, False, "once", "digest")  # noqa: FBT003  as the API makes it
            both = await asyncio.gather(
                *(batches.open_batch(world.switch, checked, "", request) for _ in range(5))
            )
            found = await ended(world, both[0].batch.id)

            assert len({one.batch.id for one in both}) == 1
            assert sorted(one.replayed for one in both) == [False, True, True, True, True]
            assert found["counts"]["succeeded"] == 20
            assert set(paid_by_operators(world).values()) == {1}

    run(proof())


def test_what_was_not_begun_is_taken_back_and_what_was_goes_on(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def proof() -> None:
        async with small_world(
            tmp_path, store=new_store(), settings=quick_settings(only=ONLY)
        ) as world:
            await world.control(
                "POST", "/faults", {"operator": "tmoney", "fault": "latency", "value": 100}
            )
            batch = await opened(world, lines_of(200))
            await until(lambda: bool(world.switch.live))
            await batches.cancel(world.switch, batch, merchant=MERCHANT)
            found = await ended(world, batch)
            await until(lambda: not world.switch.live)

            counts = found["counts"]
            assert found["status"] == "canceled"
            assert counts["canceled"] > 0
            assert counts["canceled"] + counts["succeeded"] == 200
            assert len(paid_by_operators(world)) == counts["succeeded"]
            await world.assert_in_agreement()

    run(proof())


def test_a_line_whose_refusal_was_lost_is_refused_again_and_the_batch_ends(
    new_store: NewStore, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that ended without it would say *waiting* for ever, and pay it never."""
    lost: list[Any] = []

    async def proof() -> None:
        async with small_world(
            tmp_path, store=new_store(), settings=quick_settings(only=ONLY)
        ) as world:
            opening, record = batches._open, world.switch.recorder.record

            async def refusing(switch: Any, batch: Any, line: Any, request: Any) -> Any:
                if line.number == 2:
                    raise BalanceTooLow
                return await opening(switch, batch, line, request)

            async def losing(write: Any) -> Any:
                if isinstance(write, LineFailed) and not lost:
                    lost.append(write)
                    return Saved()
                return await record(write)

            monkeypatch.setattr(batches, "_open", refusing)
            monkeypatch.setattr(world.switch.recorder, "record", losing)
            found = await ended(world, await opened(world, lines_of(3)), seconds=20)
            assert len(lost) == 1
            assert (found["counts"]["succeeded"], found["counts"]["failed"]) == (2, 1)

    run(proof())


async def die(switch: Switch) -> None:
    """Ends all that the process does, wherever it is; of its lease nothing is left."""
    switch.stopping = True
    for task in list(switch.tasks.values()):
        task.cancel()
    recovery.let_go_of_all(switch)
    assert await switch.store.renew(switch.lease.owner, lease_seconds=0)
