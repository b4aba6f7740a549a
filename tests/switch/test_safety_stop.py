"""I-46: what breaks the books stops new money at once; what is owed, asked and read goes on."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cross.bootstrap import Surroundings, close_switch, open_switch
from cross.clock import system_clock
from cross.domain.approval import Person
from cross.domain.movement import MovementKind
from cross.domain.steps import is_final
from cross.domain.stop import OperatorStopped
from cross.simulation.settings import SimulationSettings
from cross.storage import alarms as stored_alarms
from cross.storage import monitors as stored_monitors
from cross.storage import stops as stored
from cross.storage.postgres import PostgresStore
from cross.switch import admins, monitors, movements, stops
from cross.switch.standing_stops import StandingStops
from cross.switch.stops import Finding
from tests.conftest import NewStore, Run, short_pause
from tests.switch import asking
from tests.switch.receiving import Receiver
from tests.switch.vandal import Vandal, does, on_postgres, on_sqlite
from tests.world import (
    MERCHANT,
    World,
    quick_settings,
    small_world,
    until,
    wallet,
    with_master_key,
)

PAGER = "http://pager"
PAYER = wallet("flooz", "+22896112121")
PAYEE = wallet("tmoney", "+22890112233")
WATCH = {"alarm_url": f"{PAGER}/page"}

BALANCE = "UPDATE accounts SET balance = balance + 500 WHERE name = 'float:tmoney'"
GONE = "DELETE FROM postings WHERE line = 1 AND entry = (SELECT max(id) FROM entries)"
HALF = (
    "INSERT INTO postings (entry, line, account, amount) SELECT 99999999, 1, id, 7"
    " FROM accounts WHERE name = 'float:flooz'"
)
MORE = (
    "UPDATE postings SET amount = amount + 5 WHERE line = 1"
    " AND entry = (SELECT max(id) FROM entries)"
)
ALTERED = "UPDATE entries SET at = at + 1 WHERE id = 1"


@pytest.fixture
def vandal(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Vandal:
    if engine == "sqlite":
        return on_sqlite(tmp_path / "cross.db")
    return on_postgres(request.getfixturevalue("schema_url"))


@asynccontextmanager
async def watched_world(folder: Path, new_store: NewStore) -> AsyncIterator[tuple[World, Receiver]]:
    pager = Receiver()
    settings = quick_settings(only=("flooz", "tmoney"), watch=WATCH)
    async with small_world(folder, store=new_store(), settings=settings) as world:
        world.network._routes[PAGER] = pager  # type: ignore[index]
        yield world, pager


async def ended(world: World, kind: MovementKind, movement_id: str) -> Any:
    await until(lambda: movement_id not in world.switch.live)
    return await world.stored(kind, movement_id)


async def until_linked(world: World) -> None:
    async with asyncio.timeout(20):
        while not await stored_monitors.chain_length(world.switch.store):
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("sql", "operator", "cause"),
    [
        pytest.param(BALANCE, "tmoney", "I-33", id="a balance is edited"),
        pytest.param(GONE, "*", "I-01", id="a posting is deleted"),
        pytest.param(HALF, "flooz", "I-01", id="an unbalanced entry is put in"),
        pytest.param(MORE, "flooz", "I-01", id="a posting is edited"),
        pytest.param(ALTERED, "*", "I-34", id="an entry is altered"),
    ],
)
def test_broken_books_stop_new_money_and_nothing_else(  # noqa: PLR0913, PLR0917  fixtures
    tmp_path: Path, new_store: NewStore, vandal: Vandal, sql: str, operator: str, cause: str
) -> None:
    """I-46, I-01, I-33, I-34: on both engines, in a world at work."""

    async def break_them() -> None:
        async with watched_world(tmp_path, new_store) as (world, pager):
            switch = world.switch
            paid = await asking.collection(switch, PAYER)
            assert (await ended(world, paid.kind, paid.id)).state == "succeeded"
            if cause == "I-34":
                await until_linked(world)
            await does(vandal, sql)
            await until(lambda: any(stop.cause == cause for stop in switch.stops))

            assert (operator, cause) in [(one.operator, one.cause) for one in switch.stops]
            refused = PAYER if operator != "tmoney" else PAYEE
            with pytest.raises(OperatorStopped):
                await asking.collection(switch, refused)
            with pytest.raises(OperatorStopped):
                await asking.payout(switch, refused)
            read = await movements.read(
                switch, paid.id, merchant=MERCHANT, kind=MovementKind.COLLECTION
            )
            assert is_final(read)
            back = await asking.refund(switch, paid.id)
            assert (await ended(world, back.kind, back.id)).state == "succeeded"
            await until(lambda: pager.accepted != [])
            assert pager.accepted[0].event["name"] == "safety_stop"
            assert pager.accepted[0].headers["webhook-signature"].startswith("v1,")
            kept = await stored.in_force(switch.store)
            assert (operator, cause) in [(one.operator, one.cause) for one in kept]
            raised = await stored_alarms.standing(switch.store)
            assert f"{operator} {cause}" in [one.subject for one in raised]

    asyncio.run(break_them())


async def two_people(world: World) -> tuple[str, str]:
    """The tokens of two admins, the first of an installation."""
    found = [await admins.add(world.switch, name, by=Person("root")) for name in ("ama", "kofi")]
    return found[0].token, found[1].token


def test_two_people_lift_a_stop_once_its_monitor_sees_nothing_any_more(
    tmp_path: Path, new_store: NewStore, vandal: Vandal
) -> None:
    """I-46, I-35: not while it is broken, never one person alone; then money moves again."""

    async def repair() -> None:
        async with watched_world(tmp_path, new_store) as (world, pager):
            switch = world.switch
            ama, kofi = await two_people(world)
            await does(vandal, BALANCE)
            await until(lambda: switch.stops.by("tmoney", "I-33") is not None)
            stop = switch.stops.by("tmoney", "I-33")
            assert stop is not None
            await until(lambda: not switch.stops.unsaved)
            lift = f"/admin/stops/{stop.id}/lift"

            answer, told = await world.ask("POST", lift, {"reason": "checked"}, secret=ama)
            assert (answer.status, told["code"]) == (409, "stop_still_needed")
            await does(vandal, BALANCE.replace("+ 500", "- 500"))
            answer, proposed = await world.ask("POST", lift, {"reason": "repaired"}, secret=ama)
            assert (answer.status, proposed["status"]) == (201, "proposed"), proposed
            approve = f"/admin/approvals/{proposed['id']}/approve"
            answer, told = await world.ask("POST", approve, secret=ama)
            assert told["code"] == "second_person_needed"
            assert switch.stops.at("tmoney") is not None

            answer, told = await world.ask("POST", approve, secret=kofi)
            assert (answer.status, told["status"]) == (200, "applied"), told
            assert switch.stops.at("tmoney") is None
            paid = await asking.collection(switch, PAYEE)
            assert (await ended(world, paid.kind, paid.id)).state == "succeeded"
            _, listed = await world.ask("GET", "/admin/stops?status=all", secret=ama)
            [kept] = listed["data"]
            assert (kept["lifted_by"], kept["lift_reason"]) == ("ama, kofi", "repaired")
            await until(lambda: "alarm.cleared" in [one.event["type"] for one in pager.accepted])

    asyncio.run(repair())


def test_what_is_lifted_over_its_monitor_is_not_stopped_for_again(
    tmp_path: Path, new_store: NewStore, vandal: Vandal
) -> None:
    """I-46: overridden by two people, for that one finding alone; also after a restart."""

    async def override() -> None:
        async with watched_world(tmp_path, new_store) as (world, _):
            switch = world.switch
            ama, kofi = await two_people(world)
            await does(vandal, BALANCE)
            await until(lambda: switch.stops.by("tmoney", "I-33") is not None)
            await until(lambda: not switch.stops.unsaved)
            stop = switch.stops.by("tmoney", "I-33")
            assert stop is not None
            content = {"reason": "known, booked tomorrow", "override": True}
            _, asked = await world.ask("POST", f"/admin/stops/{stop.id}/lift", content, secret=ama)
            await world.ask("POST", f"/admin/approvals/{asked['id']}/approve", secret=kofi)
            assert switch.stops.at("tmoney") is None

            await monitors.Watch(switch).look()  # as a process that has just begun
            assert switch.stops.at("tmoney") is None
            await does(vandal, BALANCE)
            await until(lambda: switch.stops.by("tmoney", "I-33") is not None)

    asyncio.run(override())


def test_a_stop_is_in_force_in_every_process_and_after_a_restart(
    tmp_path: Path, schema_url: str, run: Run
) -> None:
    """I-46: placed by hand in one process, within half a look in the others; none forgets it."""

    def store() -> PostgresStore:
        return PostgresStore(schema_url, clock=system_clock, pause=short_pause)

    async def both() -> None:
        async with watched_world(tmp_path, store) as (world, _):
            ama, _ = await two_people(world)
            settings = with_master_key(quick_settings(only=("flooz", "tmoney")), tmp_path)
            around = Surroundings(system_clock, secrets.randbits, world.network, store())
            other, worker = await open_switch(settings, around)
            content = {"operator": "flooz", "reason": "the operator asked us to"}
            answer, placed = await world.ask("POST", "/admin/stops", content, secret=ama)
            assert (answer.status, placed["cause"]) == (201, "by_hand")
            await until(lambda: other.stops.at("flooz") is not None)
            with pytest.raises(OperatorStopped):
                await asking.collection(other, PAYER)
            await close_switch(other, worker)

            again = Surroundings(system_clock, secrets.randbits, world.network, store())
            other, worker = await open_switch(settings, again)
            assert other.stops.at("flooz") is not None  # before anything was sent
            await close_switch(other, worker)

    run(both())


def test_what_was_accepted_waits_and_what_is_owed_goes_on(tmp_path: Path) -> None:
    """I-46: a planned debit is not sent; the credit of what was debited is; queries are asked."""

    async def wait() -> None:
        settings = quick_settings(only=("flooz", "tmoney"))
        simulation = SimulationSettings(prompt_delay_seconds=0.3)
        async with small_world(tmp_path, settings=settings, simulation=simulation) as world:
            switch = world.switch
            debited = await asking.transfer(switch, PAYER, PAYEE)
            await until(lambda: switch.live[debited.id].movement.legs[0].status == "pending")
            finding = Finding("*", "by_hand", "a drill")
            stop = await stops.place(switch, finding, by="ama")

            done = await ended(world, debited.kind, debited.id)
            assert done.state == "completed"
            answer, told = await world.ask(
                "POST",
                "/v1/collections",
                {"operator": "flooz", "msisdn": "22896112121", "amount": 500, "currency": "XOF"},
                key="k1",
            )
            assert (answer.status, told["code"]) == (503, "operator_stopped"), told
            assert dict(answer.headers).get("retry-after") is not None
            await stops.lift(switch, stop.id, by="ama, kofi", reason="over", override=False)
            paid = await asking.collection(switch, PAYER)
            assert (await ended(world, paid.kind, paid.id)).state == "succeeded"

    asyncio.run(wait())


def test_a_leg_that_waits_for_its_turn_when_a_stop_comes_leaves_when_it_is_lifted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-46: planned payouts and debits wait; what is in doubt holds credits, too."""
    monkeypatch.setattr(StandingStops, "require_none", lambda *_: None)  # as if accepted before

    async def hold() -> None:
        settings = quick_settings(only=("flooz", "tmoney"))
        async with small_world(tmp_path, settings=settings) as world:
            switch = world.switch
            stop = await stops.place(
                switch, Finding("tmoney", "I-03", "differs", holds_credits=True)
            )
            moved = await asking.transfer(switch, PAYER, PAYEE)
            payout = await asking.payout(switch, PAYEE)
            await until(lambda: switch.live[payout.id].waits)
            await until(lambda: switch.live[moved.id].waits)
            await asyncio.sleep(0.2)
            assert len(world.simulators.journal) == 0

            await stops.lift(switch, stop.id, by="ama, kofi", reason="over", override=False)
            assert (await ended(world, moved.kind, moved.id)).state == "completed"
            assert (await ended(world, payout.kind, payout.id)).state == "succeeded"

    asyncio.run(hold())
