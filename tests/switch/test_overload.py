"""Where there is no room a movement is refused before anything is stored, never afterwards."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cross.capacity import Capacity
from cross.domain.movement import MovementKind
from cross.outbound import HttpRequest, HttpResponse
from cross.storage import movements as stored
from cross.switch.bulkhead import Gate
from tests.switch.hindering import SilentBooks, hindered
from tests.world import MERCHANT, SWITCH_ADDRESS, World, quick_settings, small_world, until

NUMBERS = [f"+228901122{last:02}" for last in range(21, 99)]


def payout_of(number: str = "+22890112233", operator: str = "tmoney") -> dict[str, Any]:
    return {"amount": 500, "currency": "XOF", "operator": operator, "msisdn": number}


def collection_of(number: str, operator: str = "tmoney") -> dict[str, Any]:
    return {"amount": 500, "currency": "XOF", "operator": operator, "msisdn": number}


def with_room(**capacity: Any) -> Any:
    return quick_settings(capacity=Capacity(**capacity))


def require_refused(answer: HttpResponse, problem: Any, code: str, status: int = 503) -> None:
    assert (answer.status, problem["code"]) == (status, code), problem
    assert problem["retryable"] is True
    assert int(dict(answer.headers)["retry-after"]) > 0


async def rows_of(world: World) -> int:
    found = await world.switch.store.rows("SELECT count(*) FROM movements", {})
    return int(found[0][0])


async def called_back(world: World, body: bytes) -> HttpResponse:
    url = f"{SWITCH_ADDRESS}/callbacks/tmoney/{world.switch.callback_tokens['tmoney']}"
    headers = (("Content-Type", "application/json"),)
    return await world.network.send(HttpRequest("POST", url, headers, body))


def test_where_the_books_are_slow_nothing_is_accepted_and_nothing_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-D12, I-31: a 503 left no row; reads go on, and a repeat is told what was accepted."""

    async def scenario() -> None:
        async with small_world(tmp_path, settings=with_room(writes_seconds_max=0.05)) as world:
            _, first = await world.ask("POST", "/v1/payouts", payout_of(), key="first")
            await until(lambda: first["id"] not in world.switch.live)
            books, before = SilentBooks(world, monkeypatch), await rows_of(world)
            with books.silent():
                pending = asyncio.create_task(
                    world.ask("POST", "/v1/payouts", payout_of(), key="slow")
                )
                await until(lambda: world.switch.recorder.delay_seconds() > 0.05)
                for number in range(5):
                    answer, problem = await world.ask(
                        "POST", "/v1/payouts", payout_of(), key=f"refused-{number}"
                    )
                    require_refused(answer, problem, "overloaded")
                answer, found = await world.ask("GET", f"/v1/payouts/{first['id']}")
                assert (answer.status, found["status"]) == (200, "succeeded")
                answer, again = await world.ask("POST", "/v1/payouts", payout_of(), key="first")
                assert (answer.status, again["id"]) == (202, first["id"])
            assert (await pending)[0].status == 202
            await until(lambda: not world.switch.live)
            assert await rows_of(world) == before + 1
            answer, _ = await world.ask("POST", "/v1/payouts", payout_of(), key="refused-0")
            assert answer.status == 202
            await until(lambda: not world.switch.live)
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_a_caller_of_silent_books_is_told_in_time_what_may_be_accepted_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-D04, I-31: 503 within the time, naming the movement; nothing was cancelled."""

    async def scenario() -> None:
        settings = with_room(answer_seconds_max=0.2, writes_seconds_max=30.0)
        async with small_world(tmp_path, settings=settings) as world:
            books = SilentBooks(world, monkeypatch)
            with books.silent():
                answer, problem = await world.ask("POST", "/v1/payouts", payout_of(), key="one")
                require_refused(answer, problem, "acceptance_unknown")
                answer, _ = await world.ask("POST", "/v1/payouts", payout_of(), key="one")
                assert answer.status == 409  # still being accepted
            await until(lambda: not world.switch.accepting)
            answer, accepted = await world.ask("POST", "/v1/payouts", payout_of(), key="one")
            assert answer.status == 202
            assert accepted["id"] == problem["existing_id"]
            assert ("idempotent-replayed", "true") in answer.headers
            await until(lambda: not world.switch.live)
            assert await rows_of(world) == 1
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_no_more_movements_are_open_than_there_is_room_for(tmp_path: Path) -> None:
    """F-R08: bounded everywhere, 503 rather than growth; what was accepted ends."""

    async def scenario() -> None:
        async with small_world(tmp_path, settings=with_room(movements_max=4)) as world:
            tmoney = hindered(world, "tmoney")
            tmoney.door.clear()
            answers = [
                await world.ask("POST", "/v1/payouts", payout_of(), key=f"many-{number}")
                for number in range(7)
            ]
            assert [answer.status for answer, _ in answers] == [202] * 4 + [503] * 3
            for answer, problem in answers[4:]:
                require_refused(answer, problem, "overloaded")
            tmoney.door.set()
            await until(lambda: not world.switch.live)
            assert await rows_of(world) == 4
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_a_process_that_is_late_accepts_nothing_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_world(tmp_path, settings=with_room(lag_seconds_max=0.5)) as world:
            world.switch.measures.lag_seconds = 0.6
            answer, problem = await world.ask("POST", "/v1/payouts", payout_of(), key="late")
            require_refused(answer, problem, "overloaded")
            world.switch.measures.lag_seconds = 0.1
            answer, _ = await world.ask("POST", "/v1/payouts", payout_of(), key="late")
            assert answer.status == 202

    asyncio.run(scenario())


def test_a_callback_that_cannot_be_kept_is_answered_503_so_that_it_comes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-15, F-R08: never 2xx for what is not durable; never more of them than there is room for."""

    async def scenario() -> None:
        settings = with_room(answer_seconds_max=0.2, callbacks_max=2)
        async with small_world(tmp_path, settings=settings) as world:
            books = SilentBooks(world, monkeypatch)
            with books.silent():
                bodies = [b'{"idRequete": "%d"}' % number for number in range(5)]
                answers = await asyncio.gather(*[called_back(world, body) for body in bodies])
                assert [answer.status for answer in answers] == [503] * 5
                assert all(int(dict(answer.headers)["retry-after"]) > 0 for answer in answers)
            assert world.switch.callbacks_waiting == 0
            again = [await called_back(world, body) for body in bodies]
            assert [answer.status for answer in again] == [200] * 5
            kept = await world.switch.store.rows("SELECT count(*) FROM callbacks", {})
            assert kept[0][0] == 5

    asyncio.run(scenario())


async def collected(world: World, number: str) -> str:
    answer, content = await world.ask(
        "POST", "/v1/collections", collection_of(number), key=f"slow-{number}"
    )
    assert answer.status == 202
    return str(content["id"])


def test_a_slow_operator_takes_its_own_slots_and_nobody_elses(tmp_path: Path) -> None:
    """F-O01: a bulkhead an operator; queries have slots of their own; waiting is not sending."""

    async def scenario() -> None:
        settings = with_room(calls_max=3, calls_waiting_max=4)
        async with small_world(tmp_path, settings=settings) as world:
            tmoney = hindered(world, "tmoney")
            tmoney.door.clear()
            taken = [await collected(world, number) for number in NUMBERS[:7]]
            await until(lambda: world.switch.bulkheads.is_full("tmoney"))
            assert (len(tmoney.sent), tmoney.most) == (3, 3)
            answer, problem = await world.ask(
                "POST", "/v1/collections", collection_of(NUMBERS[9]), key="full"
            )
            require_refused(answer, problem, "operator_unavailable")
            waiting = await world.stored(MovementKind.COLLECTION, taken[-1])
            assert not waiting.legs[0].reached
            elsewhere = payout_of("+22896112233", "flooz")
            _, quick = await world.ask("POST", "/v1/payouts", elsewhere, key="other")
            await until(lambda: quick["id"] not in world.switch.live)
            await until(lambda: len(tmoney.asked) >= 3)  # those that were sent are asked about
            assert set(tmoney.asked) <= set(tmoney.sent)
            tmoney.door.set()
            await until(lambda: not world.switch.live)
            assert tmoney.most == 3
            assert len(set(tmoney.sent)) == len(tmoney.sent) == 7
            ended = [await stored.get(world.switch.store, one) for one in taken]
            assert {one.state for one in ended if one is not None} == {"succeeded"}
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_what_waits_for_its_turn_ends_where_the_process_ends_and_is_taken_up(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        async with small_world(tmp_path, settings=with_room(calls_max=1)) as world:
            hindered(world, "tmoney").door.clear()
            for number in NUMBERS[:3]:
                await world.ask("POST", "/v1/collections", collection_of(number), key=number)
            world.switch.stopping = True
            world.switch.operators["tmoney"].door.set()  # type: ignore[attr-defined]
            await until(lambda: not any(live.waits for live in world.switch.live.values()))
        async with small_world(tmp_path) as world:
            await until(lambda: not world.switch.live)
            found = await world.switch.store.rows(
                "SELECT status FROM movements WHERE merchant = :merchant", {"merchant": MERCHANT}
            )
            assert [row[0] for row in found] == ["succeeded"] * 3

    asyncio.run(scenario())


def test_requests_are_spaced_where_a_contract_says_how_many_a_second() -> None:
    """F-O15: a second's worth at once, then one after the other; whoever leaves takes no turn."""

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        gate = Gate(100, apart_seconds=0.02)
        began_at = loop.time()
        turns = [asyncio.create_task(gate.enter()) for _ in range(60)]
        await asyncio.sleep(0)
        assert gate.running == 50
        turns[-1].cancel()
        await asyncio.wait(turns)
        assert loop.time() - began_at >= 8 * 0.02
        assert (gate.running, gate.waiting) == (59, 0)

    asyncio.run(scenario())
