"""Processes die: `kill -9`, twice, forty times; SIGTERM; too long a sleep; a second one started.

The short form of `make crash`; what is checked throughout is in `invariants` and `ending`.
"""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.crash.ending import final_states, violations_at_rest
from tests.crash.invariants import Watch
from tests.crash.load import Orders
from tests.crash.playing import DRAIN_SECONDS, SEED, merchant_on, on_stage, same_random
from tests.crash.process import Nursery, ProcessRefused
from tests.crash.stage import Stage, drained, staged
from tests.crash.sweep import Figures, Plan, sweep

KILLS: Final = 12
"""For two processes half as many: each is away for longer."""
SIGTERM_SECONDS: Final = 20.0  # money-safety.md, F-P04


def test_killed_at_random_moments_nothing_is_lost_and_nothing_is_done_twice(
    nursery: Nursery, tmp_path: Path, books_url: str
) -> None:
    """F-P01, F-P02: I-02 to I-07, I-12, I-14, I-27, I-33, I-38."""
    figures = asyncio.run(_sweep(nursery, tmp_path, books_url, _short_plan(places=1)))

    assert figures.violations == ()
    assert {"transfer completed", "transfer failed", "transfer refunded"} <= set(figures.states)
    assert figures.worst.apart > 0  # the looks did fall between an effect and its posting


def test_two_processes_on_one_database_take_over_from_each_other(
    nursery: Nursery, tmp_path: Path, shared_url: str
) -> None:
    """I-26: leases, fencing and adoption, each process killed while the other lives."""
    figures = asyncio.run(_sweep(nursery, tmp_path, shared_url, _short_plan(places=2)))

    assert figures.violations == ()
    assert {"transfer completed", "transfer failed", "transfer refunded"} <= set(figures.states)


def test_forty_crashes_in_a_row_do_not_wear_a_transfer_out(
    nursery: Nursery, tmp_path: Path, sqlite_url: str
) -> None:
    """F-P03: it goes on when the crashes stop, its debit and its credit sent once each."""

    async def crash_often(stage: Stage) -> None:
        watch, merchant, moments = Watch(stage), merchant_on(stage), same_random()
        process = stage.start()
        placing = asyncio.get_running_loop().create_task(
            merchant.place(Orders(moments).of("transfer", "tmoney", "21", "flooz", "21"))
        )
        for _ in range(40):
            await asyncio.wait([process.ready], timeout=0.4)  # some die before they are ready
            await asyncio.sleep(moments.uniform(0.0, 0.1))
            await stage.kill(process)
            process = stage.start()
        await process.told_ready()
        await placing
        assert await drained(stage, seconds=DRAIN_SECONDS)

        assert await violations_at_rest(stage, watch, merchant) == []
        assert final_states(stage) == {"transfer completed": 1}

    on_stage(nursery, tmp_path, sqlite_url, crash_often)


def test_sigterm_under_load_loses_nothing_and_ends_in_time(
    nursery: Nursery, tmp_path: Path, books_url: str
) -> None:
    """F-P04: within 20 s, and no answer but 503 to what was not accepted."""

    async def end_and_start_again(stage: Stage) -> None:
        watch, merchant, moments = Watch(stage), merchant_on(stage), same_random()
        process, over = stage.start(), asyncio.Event()
        await process.told_ready()
        async with asyncio.TaskGroup() as under_load:
            wanted = Orders(moments, payers={"21": 3, "07": 1}, payees={"21": 3, "14": 1})
            under_load.create_task(merchant.place_many(wanted, a_second=40.0, until=over))
            await _until(lambda: len(merchant.accepted) >= 40)
            process.signal(signal.SIGTERM)
            async with asyncio.timeout(SIGTERM_SECONDS):
                assert await process.ended == 0, process.last_words()
            stage.books.let_go()
            process = stage.start()
            await process.told_ready()
            over.set()
        assert await drained(stage, seconds=DRAIN_SECONDS)

        assert await violations_at_rest(stage, watch, merchant) == []

    on_stage(nursery, tmp_path, books_url, end_and_start_again)


def test_a_process_that_slept_longer_than_its_lease_sends_nothing_of_before(
    nursery: Nursery, tmp_path: Path, shared_url: str
) -> None:
    """F-P05: another takes over; the woken one sends nothing, then starts anew by itself."""

    async def fall_asleep(stage: Stage) -> None:
        watch, merchant, orders = Watch(stage), merchant_on(stage, urls=1), Orders(same_random())
        sleeper = stage.start(0)
        await sleeper.told_ready()
        await asyncio.gather(
            *(
                merchant.place(orders.of("transfer", source, "21", destination, payee))
                for payee in ("21", "14") * 5
                for source, destination in (("tmoney", "flooz"), ("flooz", "tmoney"))
            )
        )
        sleeper.signal(signal.SIGSTOP)
        assert stage.books.open_count() == 20  # every payer is still deciding
        await stage.start(1).told_ready()
        assert await drained(stage, seconds=DRAIN_SECONDS)
        effects = await stage.control.get("/tap?all")
        sleeper.signal(signal.SIGCONT)
        await _until(lambda: "lease_lost" in sleeper.last_words())
        await _until(lambda: "movement_stale" in sleeper.last_words())

        assert await stage.control.get("/tap?all") == effects
        assert await violations_at_rest(stage, watch, merchant) == []
        assert final_states(stage) == {"transfer completed": 10, "transfer refunded": 10}

        await merchant.place(orders.of("transfer", "tmoney", "21", "flooz", "21"))
        assert await drained(stage, seconds=DRAIN_SECONDS)
        assert final_states(stage)["transfer completed"] == 11

    on_stage(nursery, tmp_path, shared_url, fall_asleep, places=2, prompt_delay_seconds=2.0)


def test_a_second_process_on_the_same_sqlite_file_is_refused(
    nursery: Nursery, tmp_path: Path, sqlite_url: str
) -> None:
    """F-P09: and the first one goes on as if nothing had been."""

    async def start_twice(stage: Stage) -> None:
        watch, merchant = Watch(stage), merchant_on(stage, urls=1)
        await stage.start(0).told_ready()
        second = stage.start(1)
        with pytest.raises(ProcessRefused, match="another process of Cross holds this database"):
            await second.told_ready()
        assert await second.ended == 1
        await merchant.place(Orders(same_random()).of("transfer", "tmoney", "21", "flooz", "21"))
        assert await drained(stage, seconds=DRAIN_SECONDS)

        assert await violations_at_rest(stage, watch, merchant) == []
        assert final_states(stage) == {"transfer completed": 1}

    on_stage(nursery, tmp_path, sqlite_url, start_twice, places=2)


def _short_plan(*, places: int) -> Plan:
    return Plan(KILLS // places, SEED, places=places, uptime_seconds=(0.1, 0.6))


async def _sweep(nursery: Nursery, folder: Path, url: str, plan: Plan) -> Figures:
    async with staged(nursery, folder, url, places=plan.places) as stage:
        return await sweep(stage, plan)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DRAIN_SECONDS):
        while not condition():
            await asyncio.sleep(0.02)
