"""Refunds by every way back: a credit, another operator's credit, the operator's own refund."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from cross.clock import system_clock
from cross.settings import EXAMPLE_RATES
from cross.storage import callbacks as stored
from cross.storage.sqlite import OwnThread, SqliteStore
from cross.storage.store import Store
from cross.switch import legs, requests
from tests.conftest import NewStore
from tests.switch import paying
from tests.switch.paying import DMONEY, ONLINE
from tests.world import World, quick_settings, small_world, until

Scene = Callable[[World], Awaitable[None]]


def play(folder: Path, scene: Scene, *, store: Store | None = None, **changed: Any) -> None:
    async def run() -> None:
        async with small_world(folder, store=store, settings=quick_settings(**changed)) as world:
            await scene(world)

    asyncio.run(run())


async def paid(world: World, operator: str, amount: int = 5_000) -> Any:
    """A collection on a page that has succeeded."""
    opened = await paying.asked_for(world, operator, amount)
    pay = paying.pay_online if operator == ONLINE else paying.pay_dmoney
    await pay(world, opened)
    found = await paying.ended(world, opened)
    assert found["status"] == "succeeded"
    return found


async def refunded(world: World, collection: Any, amount: int | None = None) -> Any:
    """A refund once it is final."""
    body: dict[str, Any] = {"collection": collection["id"]}
    if amount is not None:
        body |= {"amount": amount, "currency": collection["currency"]}
    key = f"refund-{len(world.simulators.journal.find())}-{amount}"
    answer, content = await world.ask("POST", "/v1/refunds", body, key=key)
    assert answer.status == 202, content
    return await ended(world, content["id"])


async def ended(world: World, refund_id: str) -> Any:
    await until(lambda: refund_id not in world.switch.live)
    _, content = await world.ask("GET", f"/v1/refunds/{refund_id}")
    return content


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_dmoney_gives_back_by_its_own_refund_whole_or_in_parts(
    tmp_path: Path, new_store: NewStore
) -> None:
    """The payer's number is D-Money's to know; the journal says refund."""

    async def scene(world: World) -> None:
        collection = await paid(world, DMONEY)
        first = await refunded(world, collection, 1_200)
        rest = await refunded(world, collection)

        assert (first["status"], rest["status"], rest["amount"]) == (
            "succeeded",
            "succeeded",
            3_800,
        )
        assert (first["operator"], first["msisdn"]) == (DMONEY, None)
        lines = world.simulators.journal.find(operator=DMONEY)
        assert [(line.kind, line.amount) for line in lines] == [
            ("debit", 5_000),
            ("refund", 1_200),
            ("refund", 3_800),
        ]
        await world.assert_in_agreement()

    play(tmp_path, scene, store=new_store())


def test_tmoney_online_gives_back_through_tmoney_to_the_wallet_that_paid(tmp_path: Path) -> None:
    """The wallet is known from the notification alone."""

    async def scene(world: World) -> None:
        collection = await paid(world, ONLINE)
        found = await refunded(world, collection, 2_000)

        assert (found["status"], found["operator"]) == ("succeeded", "tmoney")
        assert found["msisdn"] == "+22890112201"
        (line,) = world.simulators.journal.find(operator="tmoney")
        assert (line.kind, line.amount) == ("credit", 2_000)
        await world.assert_in_agreement()

    play(tmp_path, scene)


def test_without_the_operator_that_credits_there_is_no_way_back(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        collection = await paid(world, ONLINE)
        answer, content = await world.ask(
            "POST", "/v1/refunds", {"collection": collection["id"]}, key="nowhere"
        )
        assert (answer.status, content["code"]) == (409, "not_refundable")

    play(tmp_path, scene, only=(ONLINE,))


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_500", "truncate_body"])
@pytest.mark.parametrize("operator", [DMONEY, ONLINE])
def test_a_refund_whose_answer_is_lost_is_found_and_made_once(
    tmp_path: Path, operator: str, fault: str
) -> None:
    """F-N01, F-N02: unknown, asked about, and at most one movement."""

    async def scene(world: World) -> None:
        collection = await paid(world, operator)
        through = DMONEY if operator == DMONEY else "tmoney"
        await world.control("POST", "/faults", {"operator": through, "fault": fault, "count": 1})
        found = await refunded(world, collection, 2_000)
        given = [line for line in world.simulators.journal.find() if line.kind != "debit"]

        assert found["status"] in ("succeeded", "failed")
        assert len(given) == (1 if found["status"] == "succeeded" else 0)
        await world.assert_in_agreement()

    play(tmp_path, scene)


@pytest.mark.parametrize("operator", [DMONEY, ONLINE])
@pytest.mark.parametrize("sent", [True, False])
def test_a_refund_under_way_is_taken_up_after_a_crash_and_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operator: str, *, sent: bool
) -> None:
    """F-P01: the process ends after its intent was kept, with the request sent or not."""
    send = legs._send

    async def die(*given: Any) -> None:
        """The request goes out, and nobody hears the answer; or it does not."""
        if sent:
            switch, live, kind = given
            leg = live.movement.leg(kind)
            await requests.send(switch, live.movement, leg)

    async def run() -> None:
        async with small_world(tmp_path, settings=paying.never_asked()) as world:
            collection = await paid_slowly(world, operator)
            monkeypatch.setattr(legs, "_send", die)
            _, opened = await world.ask(
                "POST", "/v1/refunds", {"collection": collection["id"]}, key="crash"
            )
            await until(lambda: not world.switch.tasks)
            journal = [line.kind for line in world.simulators.journal.find()]
            world.switch.live.clear()
            simulators, network = world.simulators, world.network
        monkeypatch.setattr(legs, "_send", send)
        books = SqliteStore(
            tmp_path / "books.db", clock=system_clock, writer=OwnThread("w"), reader=OwnThread("r")
        )
        async with small_world(tmp_path, store=books) as world:
            here: Any = world.network._routes
            there: Any = network._routes
            there["http://switch"] = here["http://switch"]
            here["http://simulators"] = simulators
            found = await ended(world, opened["id"])
            lines = [line.kind for line in simulators.journal.find()]

            assert found["status"] == "succeeded"
            assert len(lines) == 2
            assert len(journal) == (2 if sent else 1)

    asyncio.run(run())


async def paid_slowly(world: World, operator: str) -> Any:
    """As `paid`, where the switch asks only because it was called."""
    found = await paid(world, operator)
    async with asyncio.timeout(10):
        while await stored.waiting(world.switch.store):
            await asyncio.sleep(0.01)
    return found


TO_TOGO = {
    "source": {"operator": DMONEY, "msisdn": "77112201"},
    "destination": {"operator": "flooz", "msisdn": "96112233"},
    "amount": 5_000,
    "currency": "DJF",
    "fixed": "debit",
}


async def transferred(world: World, payee: str) -> Any:
    """A transfer whose payer pays on D-Money's page, once it is final."""
    body = {**TO_TOGO, "destination": {"operator": "flooz", "msisdn": payee}}
    answer, opened = await world.ask("POST", "/v1/transfers", body, key=f"abroad-{payee}")
    assert answer.status == 202, opened
    assert opened["next_action"]["type"] == "redirect"
    assert opened["debit"]["status"] == "pending"
    await paying.pay_dmoney(world, opened)
    await until(lambda: opened["id"] not in world.switch.live)
    _, found = await world.ask("GET", f"/v1/transfers/{opened['id']}")
    assert found["next_action"] is None
    return found


def test_a_transfer_may_begin_on_a_page(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        found = await transferred(world, "96112233")

        assert found["status"] == "completed"
        assert [line.kind for line in world.simulators.journal.find()] == ["debit", "credit"]
        await world.assert_in_agreement()

    play(tmp_path, scene, rates=EXAMPLE_RATES)


def test_a_transfer_whose_credit_is_refused_is_given_back_by_the_operators_refund(
    tmp_path: Path,
) -> None:
    async def scene(world: World) -> None:
        found = await transferred(world, "96112205")

        assert found["status"] == "refunded"
        assert found["refund"]["status"] == "succeeded"
        lines = world.simulators.journal.find(operator=DMONEY)
        assert [(line.kind, line.amount) for line in lines] == [("debit", 5_000), ("refund", 5_000)]
        await world.assert_in_agreement()

    play(tmp_path, scene, rates=EXAMPLE_RATES)


def test_a_page_that_can_give_nothing_back_begins_no_transfer(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        source = {"operator": ONLINE, "msisdn": "90112233"}
        body = {**TO_TOGO, "source": source, "currency": "XOF"}
        answer, content = await world.ask("POST", "/v1/transfers", body, key="online")

        assert (answer.status, content["code"]) == (422, "operation_not_offered")
        assert content["param"] == "source.operator"

    play(tmp_path, scene)
