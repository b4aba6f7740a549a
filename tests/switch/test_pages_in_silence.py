"""An operator that answers no queries and says nothing: silence is never failure (I-23)."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cross.clock import system_clock
from cross.domain.movement import Movement
from cross.operators.tmoney_online import client
from cross.settings import Settings
from cross.storage.sqlite import OwnThread, SqliteStore
from cross.switch import schedule
from cross.switch.switch import Switch
from tests.switch import paying
from tests.switch.paying import ONLINE, notice, tell
from tests.world import World, quick_settings, small_world

Scene = Callable[[World], Awaitable[None]]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A payer has a second, the operator no longer than that to tell, people two."""
    monkeypatch.setattr(client, "NOTIFYING_SECONDS", 0)
    monkeypatch.setattr(schedule, "SECONDS_OF_SILENCE", 2)


def settings() -> Settings:
    base = quick_settings()
    operators = dict(base.operators)
    operators[ONLINE] = {**operators[ONLINE], "prompt_seconds": "1"}
    return quick_settings(operators=operators)


def play(folder: Path, scene: Scene) -> None:
    async def run() -> None:
        async with small_world(folder, settings=settings()) as world:
            await scene(world)

    asyncio.run(run())


def books_in(folder: Path) -> SqliteStore:
    """The books that a small world left there, for the process after it."""
    return SqliteStore(
        folder / "books.db", clock=system_clock, writer=OwnThread("w"), reader=OwnThread("r")
    )


async def becomes(world: World, collection: dict[str, str], status: str) -> dict[str, object]:
    async with asyncio.timeout(10):
        while True:
            found: dict[str, object] = await paying.now(world, collection)
            if found["status"] == status:
                return found
            await asyncio.sleep(0.02)


async def never_handed_over(movement: Movement) -> bool:
    del movement
    return False


def test_a_payer_of_whom_nobody_tells_leaves_it_unknown_and_owned(tmp_path: Path) -> None:
    """I-21, I-23: never failed by silence; what is told later still counts."""

    async def scene(world: World) -> None:
        opened = await paying.asked_for(world, ONLINE)
        await paying.sent_on(world, opened)
        found = await becomes(world, opened, "unknown")
        assert found["next_action"] is None
        async with asyncio.timeout(10):
            while not found["needs_attention"]:
                await asyncio.sleep(0.02)
                found = await paying.now(world, opened)
        assert found["status"] == "unknown"
        assert found["attention"]["reason"] == "operator_silent"  # type: ignore[index]

        await tell(world, notice(opened))
        assert (await paying.ended(world, opened))["status"] == "succeeded"

    play(tmp_path, scene)


def test_whoever_was_provably_never_sent_there_cannot_have_paid(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.switch.handed_over = never_handed_over
        opened = await paying.asked_for(world, ONLINE)
        found = await paying.ended(world, opened)

        assert found["status"] == "expired"
        assert found["failure"]["code"] == "expired_session"

    play(tmp_path, scene)


def test_a_notification_counts_more_than_the_proof_that_nobody_went(tmp_path: Path) -> None:
    """I-25: told after the end it is in suspense, and a person sees why."""

    async def scene(world: World) -> None:
        world.switch.handed_over = never_handed_over
        opened = await paying.asked_for(world, ONLINE)
        await paying.ended(world, opened)
        await tell(world, notice(opened))
        async with asyncio.timeout(10):
            while (await world.balances()).get("suspense:XOF") != 5_000:
                await asyncio.sleep(0.02)

    play(tmp_path, scene)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_500", "error_502_html"])
def test_without_a_session_nobody_can_pay_and_it_fails(tmp_path: Path, fault: str) -> None:
    """Whether or not the request arrived: no payer can have been sent anywhere."""

    async def scene(world: World) -> None:
        await world.control("POST", "/faults", {"operator": ONLINE, "fault": fault, "count": 50})
        opened = await paying.asked_for(world, ONLINE)
        assert opened["next_action"] is None
        found = await paying.ended(world, opened)

        assert (found["status"], found["failure"]["code"]) == ("failed", "operator_unavailable")

    play(tmp_path, scene)


def test_the_way_to_the_page_is_the_same_after_a_restart(tmp_path: Path) -> None:
    """I-12: and what was told while nobody listened to its movement is found."""

    async def run() -> None:
        async with small_world(tmp_path, settings=paying.never_asked()) as world:
            opened = await paying.asked_for(world, ONLINE, description="Cahiers")
        books = books_in(tmp_path)
        async with small_world(tmp_path, store=books, settings=paying.never_asked()) as world:
            found = await paying.now(world, opened)
            assert found["next_action"] == opened["next_action"]
            await tell(world, notice(opened))
            assert (await paying.ended(world, opened))["status"] == "succeeded"

    asyncio.run(run())


def test_a_notification_kept_before_a_crash_is_acted_on_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-15: it was answered *OK*, so the operator will never tell it again."""

    async def run() -> None:
        async with small_world(tmp_path, settings=paying.never_asked()) as world:
            opened = await paying.asked_for(world, ONLINE)
            with monkeypatch.context() as dying:
                dying.setattr(Switch, "spawn", lambda _, work: work.close())
                await tell(world, notice(opened))
            assert (await paying.now(world, opened))["status"] == "pending"
        async with small_world(
            tmp_path, store=books_in(tmp_path), settings=paying.never_asked()
        ) as world:
            assert (await paying.ended(world, opened))["status"] == "succeeded"

    asyncio.run(run())
