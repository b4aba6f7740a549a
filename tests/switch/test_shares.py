"""What somebody has used up is used up after a restart too; wrong PINs are counted by the day."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cross.domain.admission_refusals import TooManyWrongPins
from cross.domain.leg import Failure
from cross.domain.movement import Movement
from cross.storage import admission as stored
from cross.storage.admission import PromptsSwept, Share, SharesKept
from cross.storage.store import Saved, Store
from cross.switch import shares, wrong_pins
from cross.switch.wrong_pins import MOST_A_DAY, WrongPins
from tests.conftest import Run
from tests.storage.making import a_transfer
from tests.switch.test_overload import collection_of, require_refused
from tests.world import World, quick_settings, small_world, until

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MISTYPES = "+22890112219"  # sandbox.md section 3: the payer gets the PIN wrong three times


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_shares_are_kept_until_they_are_free_again(store: Store, run: Run) -> None:
    first = (Share("key", "key_1", later(30)), Share("stranger", "192.0.2.1", later(5)))
    assert run(store.record([SharesKept(first, NOW)])) == [Saved()]
    run(store.record([SharesKept((Share("key", "key_1", later(20)),), NOW)]))  # another process
    assert sorted(run(stored.shares(store, now=NOW))) == sorted(first)
    run(store.record([SharesKept((), later(10))]))
    assert run(stored.shares(store, now=NOW)) == [first[0]]


@pytest.mark.parametrize("engine", ["postgres"])
def test_prompts_of_long_ago_are_swept(store: Store, run: Run) -> None:
    assert run(store.record([PromptsSwept(NOW)])) == [Saved()]


def test_a_key_that_called_too_often_still_waits_after_a_restart(tmp_path: Path) -> None:
    """S-API-08: limits survive a restart."""
    settings = quick_settings(key_calls_per_second=0.5)

    async def used_up(world: World) -> int:
        for asked in range(60):
            answer, _ = await world.ask("GET", "/v1/balances")
            if answer.status == 429:
                assert int(dict(answer.headers)["retry-after"]) > 0
                return asked
        raise AssertionError("no limit")

    async def scenario() -> None:
        async with small_world(tmp_path, settings=settings) as world:
            assert await used_up(world) > 1
            await shares.keep(world.switch)
        async with small_world(tmp_path, settings=settings) as world:
            await until(lambda: world.switch.keeper.began)
            await until(lambda: bool(world.switch.key_limit.owed_seconds(least_seconds=1.0)))
            assert await used_up(world) == 0

    asyncio.run(scenario())


def failed(movement: Movement, code: str) -> Movement:
    leg = replace(movement.legs[0], failure=Failure(code, "refused"))
    return movement.with_leg(leg)


def test_five_wrong_pins_a_day_are_the_most_across_merchants() -> None:
    """S-WEB-10: whoever asks; tomorrow is another day; other failures do not count."""
    seen, wallet = WrongPins(), ("tmoney", "+22890112233")
    for number in range(MOST_A_DAY):
        movement = replace(a_transfer(), merchant=f"mer_{number}")
        at = movement.created_at
        seen.require_few(wallet, at=at)
        seen.note(failed(movement, "wrong_pin"))
        seen.note(failed(movement, "wrong_pin"))  # the same once more
        seen.note(failed(a_transfer(), "insufficient_funds"))
    with pytest.raises(TooManyWrongPins) as refused:
        seen.require_few(wallet, at=at)
    assert 0 < refused.value.retry_after_seconds <= 86_400
    seen.require_few(("flooz", "+22890112233"), at=at)
    seen.require_few(wallet, at=at + timedelta(days=1))


def test_a_number_that_mistyped_too_often_is_asked_no_more_that_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-S17: refused before acceptance, and still after a restart."""
    monkeypatch.setattr(wrong_pins, "MOST_A_DAY", 1)

    async def refused(world: World, key: str) -> None:
        answer, problem = await world.ask(
            "POST", "/v1/collections", collection_of(MISTYPES), key=key
        )
        require_refused(answer, problem, "too_many_wrong_pins", 429)

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            answer, content = await world.ask(
                "POST", "/v1/collections", collection_of(MISTYPES), key="wrong"
            )
            assert answer.status == 202, content
            await until(lambda: not world.switch.live)
            _, last = await world.ask("GET", f"/v1/collections/{content['id']}")
            assert last["failure"]["code"] == "wrong_pin"
            await refused(world, "once-too-often")
        async with small_world(tmp_path) as world:
            await world.switch.wrong_pins.look(world.switch.store, world.switch.clock())
            await refused(world, "after-a-restart")

    asyncio.run(scenario())
