"""A success that comes after a definite failure is booked to suspense, and never lost (I-25)."""

import asyncio
from pathlib import Path
from typing import Any

from cross.outbound import HttpRequest
from cross.storage import breaks, callbacks
from tests.switch import asking
from tests.world import World, small_world, until, wallet

PAYER = wallet("flooz", "+22896110100")
SUSPENSE = "suspense:XOF"


async def refuse_then_execute(world: World) -> None:
    """F-N14: a second copy of a request that the operator had refused comes through later.

    The first question about it, when the operator calls back, gets no answer.
    """
    sent: list[HttpRequest] = []
    carry = world.network.send

    async def carry_and_keep(request: HttpRequest) -> Any:
        if request.url.endswith("/debit"):
            sent.append(request)
        return await carry(request)

    world.network.send = carry_and_keep  # type: ignore[method-assign]
    await asking.collection(world.switch, PAYER)
    await until(lambda: bool(sent))
    first = await prompt(world)
    world.switch.prompts.clear()  # as if somebody else's switch had asked the payer first
    refused = await asking.collection(world.switch, PAYER)
    await until(lambda: refused.id not in world.switch.live)
    await answer(world, first, "refuse")
    reference = refused.legs[0].reference
    down = {"operator": "flooz", "fault": "status_query_down", "count": 1, "match": reference}
    await world.control("POST", "/faults", down)
    await carry(sent[1])
    await answer(world, await prompt(world), "approve")


async def prompt(world: World) -> str:
    async with asyncio.timeout(10):
        while True:
            handset = await world.control("GET", f"/handsets/{PAYER.msisdn.digits}")
            if handset["prompts"]:
                return str(handset["prompts"][0]["id"])


async def answer(world: World, prompt_id: str, action: str) -> None:
    path = f"/handsets/{PAYER.msisdn.digits}/prompts/{prompt_id}"
    await world.control("POST", path, {"action": action, "pin": "1234"})


def test_a_debit_made_after_its_refusal_is_in_suspense_though_the_first_query_was_lost(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            await refuse_then_execute(world)
            async with asyncio.timeout(10):
                while (await world.balances()).get(SUSPENSE) != asking.AMOUNT.amount:
                    await asyncio.sleep(0.01)
            async with asyncio.timeout(10):
                while await callbacks.waiting(world.switch.store):
                    await asyncio.sleep(0.01)
            await world.assert_in_agreement()
            (found,) = await breaks.opened(world.switch.store)
            assert (found.kind, found.expected) == ("status_differs", "failed")

    asyncio.run(scenario())
