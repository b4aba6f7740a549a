"""Two hundred at once, on both engines: one effect, and no balance is spent twice (I-27, F-S21)."""

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest

from cross.domain.money import xof
from cross.storage.store import ApiKeyRow, MerchantRow
from cross.switch.funding import fund_merchant
from cross.switch.keys import SCOPES, hash_of
from tests.conftest import NewStore
from tests.world import SECRET, World, quick_settings, small_world, until

CALLERS: Final = 200
OTHER: Final = "mer_01J0THER0THER0THER0THER0TH"
OTHERS_SECRET: Final = "sk_test_other"
PAYOUT: Final[dict[str, Any]] = {
    "operator": "tmoney",
    "msisdn": "90112233",
    "amount": 5_000,
    "currency": "XOF",
}


async def asked_at_once(
    world: World, bodies: list[Any], keys: list[str], *, secret: str = SECRET
) -> list[tuple[int, Any]]:
    """The status and the content of so many requests, all under way together."""
    calls = (
        world.ask("POST", "/v1/payouts", body, key=key, secret=secret)
        for body, key in zip(bodies, keys, strict=True)
    )
    return [(answer.status, content) for answer, content in await asyncio.gather(*calls)]


async def _count(world: World) -> int:
    rows = await world.switch.store.rows("SELECT count(*) FROM movements", {})
    return int(rows[0][0])


def test_two_hundred_callers_with_one_key_move_money_once(
    new_store: NewStore, tmp_path: Path
) -> None:
    """I-27: each gets that payout, or is told to come again."""

    async def scene() -> None:
        settings = quick_settings(only=("tmoney", "flooz"))
        async with small_world(tmp_path, store=new_store(), settings=settings) as world:
            answers = await asked_at_once(world, [PAYOUT] * CALLERS, ["one"] * CALLERS)
            await until(lambda: not world.switch.live)

            assert {status for status, _ in answers} <= {202, 409}
            assert len({content["id"] for status, content in answers if status == 202}) == 1
            assert await _count(world) == 1
            assert len(world.simulators.journal.find()) == 1
            await world.assert_in_agreement()

    asyncio.run(scene())


@pytest.mark.parametrize("share", [1, 7])
def test_two_hundred_payouts_of_one_balance_take_no_more_than_there_is(
    new_store: NewStore, tmp_path: Path, share: int
) -> None:
    """I-09, F-S21: exactly as many are accepted as the balance pays for.

    On a machine that is busy some may be told to come again, and then nothing of theirs is there.
    """

    async def scene() -> None:
        settings = quick_settings(only=("tmoney", "flooz"))
        async with small_world(tmp_path, store=new_store(), settings=settings) as world:
            await _another_merchant(world, holds=share * PAYOUT["amount"] + PAYOUT["amount"] - 1)
            keys = [f"k{number}" for number in range(CALLERS)]
            answers = await asked_at_once(world, [PAYOUT] * CALLERS, keys, secret=OTHERS_SECRET)
            await until(lambda: not world.switch.live)

            refused = [content["code"] for status, content in answers if status != 202]
            accepted = CALLERS - len(refused)
            assert set(refused) <= {"balance_too_low", "unavailable"}
            assert accepted == share or (accepted < share and "unavailable" in refused)
            assert await _count(world) == accepted
            await world.assert_in_agreement()

    asyncio.run(scene())


async def _another_merchant(world: World, *, holds: int) -> None:
    now = world.switch.clock()
    hashed = hash_of(OTHERS_SECRET)
    key = ApiKeyRow("key_o", OTHER, livemode=False, secret_hash=hashed, scopes=SCOPES, at=now)
    await world.switch.store.add_merchant(MerchantRow(OTHER, "Autre", now), key)
    await fund_merchant(world.switch, OTHER, "tmoney", xof(holds), name="other")
    partner = await world.control("GET", "/partner/tmoney")
    await world.control("PUT", "/partner/tmoney", {"balance": partner["balance"] + holds})
    world.totals_at_start = world.simulators.totals()
