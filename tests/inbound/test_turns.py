"""Who asks with thousands of others: the known at once, strangers in turn (F-R03, S-API-11)."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from cross.capacity import Capacity
from cross.inbound import guests as places
from cross.inbound.connection import InboundConnection
from cross.inbound.guests import Guests
from cross.inbound.turns import BETWEEN, Turns
from tests.conftest import Run
from tests.inbound.door import answer, door_to, echo, request

STRANGERS = ("127.0.0.2", "127.0.0.3")


def test_strangers_are_begun_one_at_a_turn_and_each_address_in_its_turn(run: Run) -> None:
    begun: list[str] = []

    async def scenario() -> list[int]:
        turns, seen = Turns(), []
        for name in ("a1", "a2", "a3", "b1", "c1", "c2"):
            turns.take(name[0], partial(begun.append, name))
        while len(begun) < 6:
            seen.append(len(begun))
            await asyncio.sleep(0)
        for _ in range(BETWEEN + 1):  # nobody waits: the next one is begun at once, again
            await asyncio.sleep(0)
        turns.take("a", lambda: begun.append("a4"))
        return seen

    assert run(scenario()) == [count for count in range(1, 6) for _ in range(BETWEEN + 1)]
    assert begun == ["a1", "a2", "b1", "c1", "a3", "c2", "a4"]


def test_who_has_shown_a_key_waits_behind_no_stranger(run: Run) -> None:
    """Fifty strangers ask at the same moment; each of their requests takes a turn of the loop."""
    begun: list[str] = []

    async def keyed(scope: Any, _: Any, send: Any) -> None:
        begun.append(scope["client"][0])
        scope["has_key"] = scope["path"] == "/with-a-key"
        await answer(send)

    async def scenario() -> None:
        guests = Guests(Capacity(local_connections=False))
        async with door_to(keyed, guests=guests) as door:
            known = await door.client()
            known.say(request("/with-a-key"))
            await known.answer()
            crowd = [await door.client(STRANGERS[place % 2]) for place in range(50)]
            del begun[:]
            for client in crowd:
                client.say(request())
            known.say(request())
            await asyncio.gather(known.answer(), *(client.answer() for client in crowd))

    run(scenario())
    assert begun.index("127.0.0.1") < 25
    assert len(begun) == 51


def test_what_a_stranger_says_is_looked_at_in_turn_and_whole(run: Run) -> None:
    """A body in many pieces, and a second request behind the first, from who is not known."""
    size = 300_000

    async def scenario() -> list[Any]:
        guests = Guests(Capacity(local_connections=False))
        async with door_to(echo, guests=guests) as door:
            client = await door.client()

            def occupied() -> None:  # there is always somebody else who had this turn
                door.shared.turns.take("192.0.2.1", lambda: None)
                asyncio.get_running_loop().call_soon(occupied)

            occupied()
            client.say(request("/first", method="POST", body=b"a" * size) + request("/second"))
            found = [json.loads((await client.answer())[2]) for _ in range(2)]
            client.leave()
            await door.emptied()
            return [(told["path"], len(told["body"])) for told in found]

    assert run(scenario()) == [("/first", size), ("/second", 0)]


def test_the_known_find_room_where_strangers_find_none() -> None:
    """S-API-11: an eighth of the connections is not for strangers."""
    now = [0.0]
    guests = Guests(Capacity(connections_max=8, local_connections=False), clock=lambda: now[0])
    guests.came_with_key("192.0.2.9")
    assert [guests.enter("192.0.2.1") for _ in range(8)] == [True] * 7 + [False]
    assert [guests.enter("192.0.2.9"), guests.enter("192.0.2.9")] == [True, False]
    guests.leave("192.0.2.9")
    now[0] = places.KNOWN_SECONDS
    assert not guests.enter("192.0.2.9")


def test_no_more_addresses_are_known_than_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "KNOWN_MAX", 2)
    now = [0.0]
    guests = Guests(Capacity(local_connections=False), clock=lambda: now[0])
    for place, address in enumerate(("192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.3")):
        now[0] = place * places.KNOWN_FRESH_SECONDS
        guests.came_with_key(address)
    assert [guests.knows(f"192.0.2.{number}") for number in (1, 2, 3)] == [True, False, True]


def leave(connection: InboundConnection) -> None:
    """Its client is gone."""
    connection._transport.abort()


def come_late(connection: InboundConnection) -> None:
    """The time for its body is over."""
    connection._due = 0.0
    connection._look_at_clock()


@pytest.mark.parametrize("end", [leave, come_late])
def test_strangers_who_end_together_are_seen_off_one_at_a_turn(
    run: Run, end: Callable[[InboundConnection], None]
) -> None:
    """F-R02: 5 000 whose bodies are awaited end at one moment; each wakes whoever waits."""
    woken: list[int] = []

    async def scenario() -> None:
        turn = 0

        async def reads(_: Any, receive: Any, __: Any) -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            woken.append(turn)

        async with door_to(reads, guests=Guests(Capacity(local_connections=False))) as door:
            crowd = [await door.client() for _ in range(20)]
            for client in crowd:
                client.say(request("/", "Content-Length: 9", "Expect: 100-continue"))
            while len(door.shared.tasks) < len(crowd):
                await asyncio.sleep(0)
            for connection in list(door.shared.connections):
                end(connection)
            while len(woken) < len(crowd):
                turn += 1
                await asyncio.sleep(0)

    run(scenario())
    assert len(set(woken)) == 20
