"""Forged, altered and replayed notifications change nothing but counters (I-36, I-37).

F-C11 to F-C18 in their families; `make forged` does a million of them.
"""

import asyncio
from pathlib import Path
from typing import Final

from cross.domain.operator import RawCallback
from cross.switch import callbacks as receiving
from tests.properties.forgeries import UNDECIDED, all_books, at_rest, attack
from tests.properties.forging import Target, forged
from tests.switch.paying import (
    DMONEY,
    ONLINE,
    asked_for,
    ended,
    never_asked,
    pay_dmoney,
    pay_online,
)
from tests.world import World, small_world

COUNT: Final = 4_000
WAYS: Final = 29
UNHINDERED: Final = never_asked(callbacks_per_second=1_000_000_000.0)


def test_no_forged_notification_is_believed_and_the_books_stay_as_they_are(tmp_path: Path) -> None:
    async def scene() -> None:
        async with small_world(tmp_path, settings=UNHINDERED) as world:
            found = await attack(world, count=COUNT, seed=7, routed_of=20)

            assert found.accepted == []
            assert len(found.by_way) == WAYS

    asyncio.run(scene())


def test_the_same_seed_forges_the_same() -> None:
    """What gets through can be played again."""
    target = Target("tmoney", "CRX1", {"idRequete": "CRX1", "montant": 5_000})
    first, again = forged(5, [target]), forged(5, [target])

    assert [first() for _ in range(50)] == [again() for _ in range(50)]


async def _replayed(world: World, callback: RawCallback, operator: str) -> None:
    for peer in (callback.peer, "192.0.2.9"):
        await receiving.receive(world.switch, operator, callback._replace(peer=peer))


def test_yesterdays_genuine_notifications_change_nothing_when_they_come_again(
    tmp_path: Path,
) -> None:
    """F-C14, I-37: every one that the operators sent for what is paid by now, three times over."""

    async def scene() -> None:
        async with small_world(tmp_path, settings=UNHINDERED) as world:
            for operator, msisdn in UNDECIDED:
                paid = f"{msisdn[:-2]}33"
                opened = await asked_for(world, operator, msisdn=paid)
                await ended(world, opened)
            await pay_dmoney(world, shown := await asked_for(world, DMONEY))
            await ended(world, shown)
            await pay_online(world, shown := await asked_for(world, ONLINE))
            await ended(world, shown)
            await world.network.settle()
            await at_rest(world)
            books = await all_books(world)
            rows = await world.switch.store.rows(
                "SELECT operator, method, query, headers, body, peer FROM callbacks", {}
            )
            heard = [
                (row[0], RawCallback(row[1], row[2], (), bytes(row[4]), row[5])) for row in rows
            ]

            for operator, callback in heard * 3:
                await _replayed(world, callback, operator)
            await at_rest(world)

            assert {operator for operator, _ in heard} == set(world.switch.operators)
            assert await all_books(world) == books

    asyncio.run(scene())
