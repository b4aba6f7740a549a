"""A death at points that are numbered: the short form of `make sweep`, other points each time."""

import asyncio
import secrets
import signal
from pathlib import Path
from typing import Final

import pytest

from cross.storage.migrations import migrations_for
from cross.storage.sqlite_disk import DISK_FAILED
from tests.crash.crossing import Extent, Manner, sweep
from tests.crash.ending import final_states, violations_at_rest
from tests.crash.invariants import Watch
from tests.crash.load import Order, Orders
from tests.crash.playing import DRAIN_SECONDS, end_of, merchant_on, on_stage, same_random
from tests.crash.process import Nursery
from tests.crash.stage import Stage, drained, staged

SHORT: Final = Extent(points=2, pairs=1)
ACCEPTED: Final = "answer> POST v1 collections:1"


@pytest.mark.parametrize(
    ("engine", "power"),
    [("sqlite", "kill"), ("sqlite", "torn"), ("postgres", "kill")],
)
def test_whatever_point_it_dies_at_nothing_is_lost_and_nothing_is_done_twice(
    nursery: Nursery, tmp_path: Path, books_url: str, power: str
) -> None:
    """F-P01, F-P02, F-P06, F-P07, F-P08: I-02 to I-07, I-12 to I-14, I-33, I-38."""
    manner = Manner(power, seed=secrets.randbits(32))

    async def die_often() -> str:
        async with staged(
            nursery, tmp_path, books_url, prompt_delay_seconds=0.01, refuses_one_of=0
        ) as stage:
            tally = await sweep(stage, manner, SHORT)
        assert tally.violations == [], f"{manner}: {tally}"
        assert tally.points > 100
        return str(tally)

    asyncio.run(die_often())


@pytest.mark.parametrize(("synchronous", "is_kept"), [(None, True), ("NORMAL", False)])
def test_what_was_answered_survives_power_loss_with_synchronous_full_and_not_with_normal(
    nursery: Nursery,
    tmp_path: Path,
    sqlite_url: str,
    synchronous: str | None,
    is_kept: bool,  # noqa: FBT001
) -> None:
    """F-P07, I-14, and the control: what looks for a loss finds the one that NORMAL makes."""
    points = {
        "power": "lost",
        "synchronous": synchronous,
        "armed": ACCEPTED,
        "checkpoint_pages": 4_000,
    }

    async def lose_power(stage: Stage) -> None:
        watch, merchant = Watch(stage), merchant_on(stage)
        process = stage.start(points=points)
        await process.told_ready()
        name = await merchant.place(_collection())
        assert name
        assert await end_of(process) == -signal.SIGKILL
        await stage.start().told_ready()
        assert await drained(stage, seconds=DRAIN_SECONDS)

        found = await violations_at_rest(stage, watch, merchant)
        assert (name in stage.books.movements()) is is_kept
        assert (found == []) is is_kept
        assert any(told.startswith("I-14") for told in found) is not is_kept

    on_stage(nursery, tmp_path, sqlite_url, lose_power)


@pytest.mark.parametrize("side", ["answer<", "answer>"])
def test_a_callback_whose_answer_was_lost_by_a_death_is_kept_once(
    nursery: Nursery, tmp_path: Path, sqlite_url: str, side: str
) -> None:
    """F-C07: the operator tells it again, and the second one is absorbed."""

    async def die_between(stage: Stage) -> None:
        watch, merchant = Watch(stage), merchant_on(stage)
        process = stage.start(points={"armed": f"{side} POST callbacks flooz:1"})
        await process.told_ready()
        placing = asyncio.ensure_future(
            merchant.place(Orders(same_random()).of("collection", "flooz", "09", "tmoney", "21"))
        )
        assert await end_of(process) == -signal.SIGKILL
        await stage.start().told_ready()
        await placing
        assert await drained(stage, seconds=DRAIN_SECONDS)

        assert await violations_at_rest(stage, watch, merchant) == []
        kept = stage.books.read("SELECT digest, count(*) FROM callbacks GROUP BY digest")
        assert kept
        assert {count for _, count in kept} == {1}

    on_stage(nursery, tmp_path, sqlite_url, die_between)


def test_a_disk_that_fails_to_sync_ends_the_process_and_the_next_one_goes_on(
    nursery: Nursery, tmp_path: Path, sqlite_url: str
) -> None:
    """F-D14: no second try of a sync; nothing is acknowledged that was not synced."""

    async def fail_to_sync(stage: Stage) -> None:
        watch, merchant = Watch(stage), merchant_on(stage)
        await _furnished(stage)
        process = stage.start(points={"power": "broken", "armed": "sync:6"})
        placing = asyncio.ensure_future(merchant.place(_collection()))
        assert await end_of(process) == DISK_FAILED
        assert "disk_failed" in process.last_words()
        await stage.start().told_ready()
        await placing
        assert await drained(stage, seconds=DRAIN_SECONDS)

        assert await violations_at_rest(stage, watch, merchant) == []
        assert final_states(stage) == {"collection succeeded": 1}

    on_stage(nursery, tmp_path, sqlite_url, fail_to_sync)


def test_a_sync_of_two_seconds_is_waited_for_and_taken_for_no_failure(
    nursery: Nursery, tmp_path: Path, sqlite_url: str
) -> None:
    """F-D12: callers wait or are told to come back; nothing fails, nothing is sent twice."""

    async def wait_for_the_disk(stage: Stage) -> None:
        watch, merchant = Watch(stage), merchant_on(stage)
        await _furnished(stage)
        slow = stage.start(points={"power": "lost", "sync_seconds": 2.0}, lease_seconds=30.0)
        await slow.told_ready()
        orders = Orders(same_random())
        await asyncio.gather(
            *(
                merchant.place(orders.of(kind, "tmoney", "21", "flooz", "21"))
                for kind in ("collection", "payout", "collection")
            )
        )
        assert await drained(stage, seconds=DRAIN_SECONDS)

        assert await violations_at_rest(stage, watch, merchant) == []
        assert final_states(stage) == {"collection succeeded": 2, "payout succeeded": 1}

    on_stage(nursery, tmp_path, sqlite_url, wait_for_the_disk)


def test_a_migration_that_was_killed_half_way_is_done_by_the_next_start(
    nursery: Nursery, tmp_path: Path, books_url: str
) -> None:
    """F-D23: transactional; a death before every eighth, and in the middle of it."""
    scheme = "sqlite" if books_url.startswith("sqlite") else "postgres"

    async def die_migrating(stage: Stage) -> None:
        watch, merchant = Watch(stage), merchant_on(stage)
        for migration in migrations_for(scheme)[::8]:
            for side in "<~":
                process = stage.start(points={"armed": f"migrate{side} {migration.name}:1"})
                assert await end_of(process) == -signal.SIGKILL
        await stage.start().told_ready()
        await merchant.place(_collection())
        assert await drained(stage, seconds=DRAIN_SECONDS)

        assert await violations_at_rest(stage, watch, merchant) == []

    on_stage(nursery, tmp_path, books_url, die_migrating)


async def _furnished(stage: Stage) -> None:
    """Books that a switch has opened before, on a disk that works."""
    process = stage.start()
    await process.told_ready()
    process.signal(signal.SIGTERM)
    await end_of(process)


def _collection() -> Order:
    return Orders(same_random()).of("collection", "tmoney", "21", "flooz", "21")
