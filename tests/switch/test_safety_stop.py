"""I-46: what breaks the books stops new money at once; what is owed, asked and read goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cross.domain.movement import MovementKind
from cross.domain.steps import is_final
from cross.domain.stop import OperatorStopped
from cross.storage import alarms as stored_alarms
from cross.storage import stops as stored
from cross.switch import movements
from tests.conftest import NewStore
from tests.switch import asking
from tests.switch.receiving import Receiver
from tests.switch.vandal import Vandal, does, on_postgres, on_sqlite
from tests.world import MERCHANT, World, quick_settings, small_world, until, wallet

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


@pytest.mark.parametrize(
    ("sql", "operator", "cause"),
    [
        pytest.param(BALANCE, "tmoney", "I-33", id="a balance is edited"),
        pytest.param(GONE, "*", "I-01", id="a posting is deleted"),
        pytest.param(HALF, "flooz", "I-01", id="an unbalanced entry is put in"),
        pytest.param(ALTERED, "*", "I-34", id="an entry is altered"),
    ],
)
def test_broken_books_stop_new_money_and_nothing_else(  # noqa: PLR0913  fixtures
    tmp_path: Path, new_store: NewStore, vandal: Vandal, sql: str, operator: str, cause: str
) -> None:
    """I-46, I-01, I-33, I-34: on both engines, in a world at work."""

    async def break_them() -> None:
        async with watched_world(tmp_path, new_store) as (world, pager):
            switch = world.switch
            paid = await asking.collection(switch, PAYER)
            assert (await ended(world, paid.kind, paid.id)).state == "succeeded"
            if cause == "I-34":
                await until(lambda: switch.chain is not None and switch.chain.blocks > 0)
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
