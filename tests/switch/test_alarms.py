"""S-LOG-05: what is wrong is told once when it begins and once when it ends."""

import asyncio
import base64
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from cross.domain.operator import LegRequest, LookUp, Unknown
from cross.storage import alarms as stored
from cross.storage.monitors import WatchTurn
from cross.storage.store import Saved, Stale, Store
from cross.switch import alarms, pager
from cross.switch.alarms import ALARMS, Alarm
from cross.switch.trouble import OF_BOOKS, OF_PROCESS, Looker
from tests.conftest import NewStore, Run
from tests.switch import asking
from tests.switch.receiving import Answer, Receiver
from tests.switch.vandal import does, on_sqlite
from tests.world import World, quick_settings, small_world, until, wallet

PAGER = "http://pager"
PAYER = wallet("flooz", "+22896112121")
PAYEE = wallet("tmoney", "+22890112233")


async def standing(world: World, name: str) -> list[tuple[str, str]]:
    found = await stored.standing(world.switch.store)
    return [(one.subject, one.detail) for one in found if one.name == name]


async def until_told(world: World, name: str, *, raised: bool = True) -> list[tuple[str, str]]:
    async with asyncio.timeout(20):
        while bool(found := await standing(world, name)) is not raised:
            await asyncio.sleep(0.02)
    return found


def test_every_alarm_has_a_name_for_ever_and_words() -> None:
    assert {*OF_BOOKS, *OF_PROCESS} <= set(ALARMS)
    page = (Path(__file__).parents[2] / "docs/reference/alarms.md").read_text("utf-8")
    for name, means in ALARMS.items():
        assert f"| `{name}` | {means} |" in page, name


def test_a_turn_is_told_once_and_its_page_until_it_is_taken(
    tmp_path: Path, new_store: NewStore, run: Run
) -> None:
    """S-LOG-05: signed as a webhook is, on both engines; a receiver that is away loses nothing."""

    async def page() -> None:
        receiver, broken = Receiver(), True

        async def behaviour(_: Any) -> Answer:
            return Answer(503 if broken else 204)

        receiver.behaviour = behaviour
        settings = quick_settings(only=("flooz",), watch={"alarm_url": f"{PAGER}/page"})
        async with small_world(tmp_path, store=new_store(), settings=settings) as world:
            world.network._routes[PAGER] = receiver  # type: ignore[index]
            switch, alarm = world.switch, Alarm("safety_stop", "*", "a drill")
            assert await alarms.turn(switch, alarm, raised=True)
            assert not await alarms.turn(switch, alarm, raised=True)
            await until(lambda: len(receiver.heard) > 1)
            broken = False
            await until(lambda: len(receiver.accepted) >= 1)
            assert await alarms.turn(switch, alarm, raised=False)
            await until(lambda: len(receiver.accepted) >= 2)

            said = [one.event["type"] for one in receiver.accepted]
            assert said == ["alarm.raised", "alarm.cleared"]
            key = base64.b64encode(pager.keys_of(switch)[0]).decode()
            for one in receiver.accepted:
                Webhook(f"whsec_{key}").verify(one.body, one.headers)

    run(page())


def test_an_outcome_that_stays_unknown_is_an_alarm_until_it_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-LOG-05: unknown for longer than it may be; I-21: open for too long is told of each."""

    async def wait() -> None:
        watch = {"unknown_seconds": 1, "paged_seconds": 1}
        settings = quick_settings(only=("flooz",), watch=watch)
        async with small_world(tmp_path, settings=settings) as world:
            flooz = world.switch.operators["flooz"]

            async def silence(_: LegRequest) -> LookUp:
                return Unknown("no answer")

            with monkeypatch.context() as patched:
                patched.setattr(flooz, "collect", silence)
                patched.setattr(flooz, "look_up_collection", silence)
                paid = await asking.collection(world.switch, PAYER)
                [(operator, detail)] = await until_told(world, "unknown_old")
                assert operator == "flooz"
                assert paid.id in detail
                assert (await until_told(world, "open_too_long"))[0][0] == paid.id
            await until(lambda: paid.id not in world.switch.live)
            await until_told(world, "unknown_old", raised=False)
            await until_told(world, "open_too_long", raised=False)

    asyncio.run(wait())


def test_events_that_are_not_all_there_are_an_alarm(tmp_path: Path) -> None:
    """I-16: of each object numbered without a gap; somebody deletes one."""

    async def lose() -> None:
        async with small_world(tmp_path, settings=quick_settings(only=("tmoney",))) as world:
            paid = await asking.payout(world.switch, PAYEE)
            await until(lambda: paid.id not in world.switch.live)
            sql = f"DELETE FROM events WHERE sequence = 1 AND movement = '{paid.id}'"  # noqa: S608
            await does(on_sqlite(tmp_path / "books.db"), sql)
            looker = Looker(world.switch)
            await looker.look(watches=True)
            assert (await standing(world, "events_gap"))[0][0] == paid.id

    asyncio.run(lose())


def test_one_beneficiary_paid_a_thousand_times_stops_its_operator(tmp_path: Path) -> None:
    """F-S29, I-46: whatever each merchant's own limits allow."""

    async def drain() -> None:
        settings = quick_settings(only=("tmoney",), watch={"beneficiary_hour_max": 5})
        async with small_world(tmp_path, settings=settings) as world:
            with suppress(Exception):
                for _ in range(400):
                    await asking.payout(world.switch, PAYEE)
                    if world.switch.stops.at("tmoney") is not None:
                        break
                    await asyncio.sleep(0.01)
            await until(lambda: world.switch.stops.by("tmoney", "F-S29") is not None)
            stop = world.switch.stops.by("tmoney", "F-S29")
            assert stop is not None
            assert PAYEE.msisdn.e164 not in stop.found
            assert await until_told(world, "beneficiary")

    asyncio.run(drain())


def test_callbacks_that_are_not_what_they_say_are_an_alarm(tmp_path: Path) -> None:
    """S-LOG-05: wrong signatures are counted, operator by operator."""

    async def forge() -> None:
        settings = quick_settings(only=("flooz",), watch={"doubted_callbacks": 3})
        async with small_world(tmp_path, settings=settings) as world:
            for _ in range(3):
                world.switch.measures.called_back("flooz", believed=False)
            assert (await until_told(world, "signature_failures"))[0][0] == "flooz"
            await until_told(world, "signature_failures", raised=False)

    asyncio.run(forge())


def test_of_two_processes_one_watches_until_it_is_gone(store: Store, run: Run) -> None:
    """By the database's own time (I-45); on SQLite there is one process."""
    if store.engine == "sqlite":
        return
    first = run(store.record([WatchTurn(1, 60)]))
    second = run(store.record([WatchTurn(2, 60)]))
    again = run(store.record([WatchTurn(1, -1)]))
    taken = run(store.record([WatchTurn(2, 60)]))

    assert (first, second, again, taken) == ([Saved()], [Stale()], [Saved()], [Saved()])
