"""Who is let in first: the known at once, strangers one a turn (F-R03, F-R07, S-API-11)."""

import asyncio
import os
import resource
import socket
from contextlib import ExitStack
from itertools import pairwise

import pytest

from cross.capacity import Capacity
from cross.cli import listener
from cross.inbound.guests import Guests
from tests.conftest import Run
from tests.inbound.door import Door, door_to, echo, request

CROWD = 50


def strangers_to() -> Guests:
    """Nobody is known by where they are."""
    return Guests(Capacity(local_connections=False))


def come(door: Door, stack: ExitStack, address: str) -> socket.socket:
    """Somebody whom the system has let in; the loop has not looked yet."""
    client = stack.enter_context(socket.socket())
    client.bind((address, 0))
    client.connect(("127.0.0.1", door.port))
    return client


def test_who_is_known_comes_in_before_the_strangers_who_came_first(run: Run) -> None:
    async def scenario() -> int:
        guests = strangers_to()
        guests.came_with_key("127.0.0.9")
        async with door_to(echo, guests=guests) as door:
            with ExitStack() as stack:
                for place in range(CROWD):  # each address has its turn before one has a second
                    come(door, stack, f"127.0.1.{place}")
                come(door, stack, "127.0.0.9")
                while not any(one._peer == "127.0.0.9" for one in door.shared.connections):
                    await asyncio.sleep(0)
                return len(door.shared.connections) - 1

    assert run(scenario()) < CROWD / 5


def test_strangers_come_in_one_at_a_turn_and_all_of_them(run: Run) -> None:
    async def scenario() -> list[int]:
        async with door_to(echo, guests=strangers_to()) as door:
            with ExitStack() as stack:
                for _ in range(CROWD):
                    come(door, stack, "127.0.0.2")
                here = [0]
                while here[-1] < CROWD:
                    await asyncio.sleep(0)
                    here.append(len(door.shared.connections))
                return [after - before for before, after in pairwise(here)]

    assert max(run(scenario())) == 1


def test_who_waits_for_a_turn_is_counted_and_hung_up_on_at_the_end(run: Run) -> None:
    """S-API-11: nobody waits beyond the bound; a server that ends sets nobody up any more."""

    async def scenario() -> tuple[list[bytes], int, int]:
        guests = Guests(Capacity(connections_max=8, local_connections=False))
        async with door_to(echo, guests=guests) as door:
            with ExitStack() as stack:
                door.shared.turns.take("192.0.2.1", lambda: None)  # this turn is somebody's
                clients = [come(door, stack, "127.0.0.2") for _ in range(9)]
                while not guests.turned_away:
                    await asyncio.sleep(0)
                counted = guests.here
                door.listener.close()
                await door.emptied_of(guests)
                said = []
                for client in clients:
                    client.settimeout(10)
                    said.append(client.recv(1))
                return said, counted, guests.here

    said, counted, left = run(scenario())
    assert (said, counted, left) == ([b""] * 9, 7, 0)


def test_without_a_descriptor_left_newcomers_wait_and_nobody_is_lost(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-R07: who is here is served meanwhile."""
    monkeypatch.setattr(listener, "PAUSE_SECONDS", 0.02)

    async def scenario() -> tuple[int, int, int]:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        async with door_to(echo) as door:
            first = await door.client()
            with ExitStack() as stack:
                come(door, stack, "127.0.0.1")
                # A new descriptor has the lowest number that is free.
                lowest = os.open(os.devnull, os.O_RDONLY)
                os.close(lowest)
                resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
                stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
                first.say(request())
                served = (await first.answer())[0]
                here = len(door.shared.connections)
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
                async with asyncio.timeout(10):
                    while len(door.shared.connections) == here:
                        await asyncio.sleep(0.001)
                return served, here, len(door.shared.connections)

    assert run(scenario()) == (200, 1, 2)


def test_of_a_crowd_the_collector_looks_at_a_few_at_a_time(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-R01: 5 000 who left as others came were looked at in one go, in a tenth of a second."""
    monkeypatch.setattr(listener, "YOUNG_MAX", CROWD // 2)
    looks: list[int] = []

    async def scenario() -> None:
        async with door_to(echo, guests=strangers_to()) as door:
            here = door.shared.connections
            monkeypatch.setattr(listener, "look_at_young", lambda: looks.append(len(here)))
            with ExitStack() as stack:
                for _ in range(CROWD):
                    come(door, stack, "127.0.0.2")
                while len(here) < CROWD:
                    await asyncio.sleep(0)

    run(scenario())
    first, second = looks
    assert first <= CROWD // 2 < second


def test_who_cannot_be_let_in_is_not_counted_as_being_here(run: Run) -> None:
    """S-API-11: a place that nobody has would be lost until the next start."""

    async def scenario() -> tuple[int, int, int]:
        guests = strangers_to()
        async with door_to(echo, guests=guests) as door:
            assert guests.enter("127.0.0.2")
            no_stream = socket.socket(type=socket.SOCK_DGRAM)
            door.listener._let_in(no_stream, "127.0.0.2")
            await door.emptied_of(guests)
            client = await door.client()
            client.say(request())
            return (await client.answer())[0], guests.here, no_stream.fileno()

    assert run(scenario()) == (200, 1, -1)  # and it is closed
