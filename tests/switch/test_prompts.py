"""A payer is asked for one payment at a time: a second prompt could be paid for the first."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cross.domain.leg import LegKind
from cross.domain.movement import MovementKind
from cross.switch import admission
from tests.conftest import NewStore
from tests.switch.hindering import hindered
from tests.switch.test_overload import collection_of, payout_of, require_refused, rows_of
from tests.world import World, small_world, until

PAYER = "+22890112233"


def transfer_of(payer: str) -> dict[str, Any]:
    return {
        "source": {"operator": "tmoney", "msisdn": payer},
        "destination": {"operator": "flooz", "msisdn": "+22896112233"},
        "amount": 500,
        "currency": "XOF",
    }


async def collected(world: World, number: str, key: str) -> tuple[int, Any]:
    answer, content = await world.ask("POST", "/v1/collections", collection_of(number), key=key)
    if answer.status == 409:
        require_refused(answer, content, "prompt_already_open", 409)
    return answer.status, content


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_of_many_that_ask_one_wallet_at_once_one_is_accepted(
    tmp_path: Path, new_store: NewStore
) -> None:
    """Refused before acceptance, with no row; the same key again is a replay; others go on."""

    async def scenario() -> None:
        async with small_world(tmp_path, store=new_store()) as world:
            tmoney = hindered(world, "tmoney")
            tmoney.door.clear()
            asked = [collected(world, PAYER, f"key-{number}") for number in range(50)]
            answers = await asyncio.gather(*asked)
            statuses = [status for status, _ in answers]
            assert (statuses.count(202), statuses.count(409)) == (1, 49)
            assert await rows_of(world) == 1
            first = statuses.index(202)
            status, again = await collected(world, PAYER, f"key-{first}")
            assert (status, again["id"]) == (202, answers[first][1]["id"])
            answer, problem = await world.ask(
                "POST", "/v1/transfers", transfer_of(PAYER), key="transfer"
            )
            require_refused(answer, problem, "prompt_already_open", 409)
            assert problem["operator"]["name"] == "tmoney"
            assert "existing_id" not in problem  # it may be another merchant's
            assert (await collected(world, "+22890119921", "another"))[0] == 202
            answer, _ = await world.ask("POST", "/v1/payouts", payout_of(PAYER), key="payout")
            assert answer.status == 202
            tmoney.door.set()
            await until(lambda: not world.switch.live)
            assert (await collected(world, PAYER, "later"))[0] == 202
            await until(lambda: not world.switch.live)
            assert world.switch.prompts == {}
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_a_transfer_holds_its_payer_until_the_debit_is_over_and_no_longer(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            flooz = hindered(world, "flooz")
            flooz.door.clear()
            answer, content = await world.ask(
                "POST", "/v1/transfers", transfer_of(PAYER), key="transfer"
            )
            assert answer.status == 202
            await until(lambda: flooz.under_way == 1)  # its credit is under way
            moved = await world.stored(MovementKind.TRANSFER, content["id"])
            assert moved.leg(LegKind.DEBIT).is_final
            assert (await collected(world, PAYER, "next"))[0] == 202
            flooz.door.set()
            await until(lambda: not world.switch.live)
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_a_prompt_that_nobody_can_see_any_more_holds_no_wallet(tmp_path: Path) -> None:
    """What became of it is still unknown; the payer may be asked for something else."""

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            tmoney = hindered(world, "tmoney")
            tmoney.door.clear()
            _, first = await collected(world, PAYER, "first")
            live = world.switch.live[first["id"]]
            past = world.switch.clock() - admission.PROMPT_GRACE - timedelta(seconds=1)
            object.__setattr__(live.movement, "approve_by", past)
            assert (await collected(world, PAYER, "second"))[0] == 202
            tmoney.door.set()
            await until(lambda: not world.switch.live)
            await world.assert_in_agreement()

    asyncio.run(scenario())


def test_after_a_restart_the_wallet_is_still_held(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            answer, _ = await world.ask(
                "POST", "/v1/collections", collection_of("+22890112200"), key="waits"
            )
            assert answer.status == 202  # ..00: the payer is a person, who takes her time
            await until(lambda: bool(world.switch.live))
        async with small_world(tmp_path) as world:
            await until(lambda: bool(world.switch.live))
            assert ("tmoney", "+22890112200") in world.switch.prompts

    asyncio.run(scenario())
