"""Sockets slow to say their request (F-R01, F-R02): each is closed in time, and delays nobody."""

import asyncio
import gc
import weakref
from dataclasses import replace
from typing import Any

import pytest

from cross.inbound.exchange import BODY_AWAITED_BYTES
from cross.inbound.patience import Patience
from tests.conftest import Run
from tests.inbound.door import LONG, SOON, answer, door_to, echo, request


@pytest.mark.parametrize(
    ("data", "patience", "told"),
    [
        (b"", replace(LONG, head_seconds=SOON), b""),
        (b"GET / HT", replace(LONG, head_seconds=SOON), b"HTTP/1.1 408 Request Timeout\r\n"),
        (request()[:-2], replace(LONG, head_seconds=SOON), b"HTTP/1.1 408 "),
        (request("/", "Content-Length: 9"), replace(LONG, body_seconds=SOON), b"HTTP/1.1 408 "),
        (request(), replace(LONG, idle_seconds=SOON), b"HTTP/1.1 200 OK\r\n"),
        (request() + b"G", replace(LONG, head_seconds=SOON), b"HTTP/1.1 200 OK\r\n"),
    ],
)
def test_a_socket_that_says_no_more_is_closed(
    run: Run, data: bytes, patience: Patience, told: bytes
) -> None:
    async def scenario() -> bytes:
        async with door_to(echo, patience=patience) as door:
            said = await door.say(data)
            await door.emptied()
            return said

    assert run(scenario()).startswith(told)


@pytest.mark.parametrize(
    ("start", "patience"),
    [
        (b"GET / HTTP/1.1\r\nX: ", replace(LONG, head_seconds=SOON)),
        (request("/", "Content-Length: 99999"), replace(LONG, body_seconds=SOON)),
    ],
)
def test_a_byte_now_and_then_does_not_keep_a_socket_open(
    run: Run, start: bytes, patience: Patience
) -> None:
    async def scenario() -> bytes:
        async with door_to(echo, patience=patience) as door:
            client = await door.client()
            client.say(start)

            async def drip() -> None:
                while True:
                    await asyncio.sleep(SOON / 10)
                    client.say(b"a")

            dripping = asyncio.create_task(drip())
            said = await client.reader.read(12)
            dripping.cancel()
            await door.emptied()
            return said

    assert run(scenario()) == b"HTTP/1.1 408"


def test_a_first_byte_just_in_time_buys_no_second_deadline(run: Run) -> None:
    """F-R01: the head's time runs from the connection, whenever the first byte comes."""

    async def scenario() -> float:
        async with door_to(echo, patience=replace(LONG, head_seconds=SOON * 4)) as door:
            client = await door.client()
            (connection,) = await door.someone()
            due = connection._due
            await asyncio.sleep(SOON)  # the clock of a loop stands still within a millisecond
            client.say(b"GET / HT")
            while not connection._in_request:
                await asyncio.sleep(0)
            bought: float = connection._due - due
            await client.rest()
            return bought

    assert run(scenario()) == 0


def test_nobody_works_for_a_body_of_usual_size_until_it_is_whole(run: Run) -> None:
    """F-R02: 5 000 that are awaited would be 5 000 requests under way."""
    size = BODY_AWAITED_BYTES

    async def scenario() -> tuple[int, int, int]:
        async with door_to(echo, patience=LONG) as door:
            client = await door.client()
            client.say(request("/", f"Content-Length: {size}") + b"a" * (size - 1))
            (connection,) = await door.someone()
            while connection._reading is None or len(connection._reading._body) < size - 1:
                await asyncio.sleep(0)
            awaited = len(door.shared.tasks)
            client.say(b"a")
            status, _, _ = await client.answer()
            client.say(request("/", f"Content-Length: {size + 9}") + b"a" * (size + 1))
            while not door.shared.tasks:
                await asyncio.sleep(0)
            begun = len(door.shared.tasks)
            client.say(b"a" * 8)
            assert (await client.answer())[0] == 200
            return awaited, status, begun

    assert run(scenario()) == (0, 200, 1)


def test_a_large_body_that_is_being_read_has_no_longer_than_any_other(run: Run) -> None:
    """F-R02: its time runs since its head came, whenever the application was asked."""

    async def scenario() -> float:
        async with door_to(echo, patience=LONG) as door:
            client = await door.client()
            client.say(request("/", "Content-Length: 99999"))
            (connection,) = await door.someone()
            while connection._reading is None:
                await asyncio.sleep(0)
            due = connection._due
            await asyncio.sleep(SOON)  # the clock of a loop stands still within a millisecond
            client.say(b"a" * (BODY_AWAITED_BYTES + 1))
            while not door.shared.tasks:
                await asyncio.sleep(0)
            bought: float = connection._due - due
            client.leave()
            return bought

    assert run(scenario()) == 0


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\nX: ",
        request("/", "Content-Length: 9") + b"a",
        request("/", "Content-Length: 9", "Expect: 100-continue"),
    ],
    ids=["head", "body", "asked for"],
)
def test_who_leaves_midway_leaves_nothing_for_the_collector(run: Run, said: bytes) -> None:
    """F-R02: what 5 000 had left was found in one look of a quarter of a second."""

    async def reads(_: Any, receive: Any, __: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async def scenario() -> bool:
        async with door_to(reads, patience=LONG) as door:
            client = await door.client()
            client.say(said)
            (connection,) = await door.someone()
            while not connection._in_request:
                await asyncio.sleep(0)
            left = weakref.ref(connection)
            del connection
            client.leave()
            await door.emptied()
            for _ in range(3):  # the loop's own steps at the end of a connection
                await asyncio.sleep(0)
            return left() is None

    gc.disable()
    try:
        assert run(scenario())
    finally:
        gc.enable()


def test_the_application_may_take_its_time(run: Run) -> None:
    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(SOON * 4)
        await echo(scope, receive, send)

    async def scenario() -> int:
        async with door_to(slow, patience=Patience(SOON, SOON, SOON, SOON)) as door:
            client = await door.client()
            client.say(request(method="POST", body=b"pay 5000"))
            return (await client.answer())[0]

    assert run(scenario()) == 200


def test_slow_sockets_by_the_hundred_delay_nobody(run: Run) -> None:
    """S-API-11."""

    async def scenario() -> None:
        async with door_to(echo, patience=replace(LONG, head_seconds=1.0)) as door:
            slow = [await door.client() for _ in range(200)]
            for client in slow:
                client.say(b"GET / HTTP/1.1\r\n")
            quick = await door.client()
            async with asyncio.timeout(1.0):
                for _ in range(20):
                    quick.say(request())
                    assert (await quick.answer())[0] == 200
            quick.leave()
            await door.emptied()
            for client in slow:
                client.leave()

    run(scenario())


def test_bodies_are_not_piled_up_where_the_application_reads_slowly(run: Run) -> None:
    sizes: list[int] = []

    async def patient(_: Any, receive: Any, send: Any) -> None:
        more = True
        while more:
            await asyncio.sleep(0.002)
            message = await receive()
            sizes.append(len(message["body"]))
            more = message["more_body"]
        await answer(send)

    async def scenario() -> None:
        async with door_to(patient) as door:
            client = await door.client()
            client.say(request(method="POST", body=bytes(3_000_000)))
            assert (await client.answer())[0] == 200

    run(scenario())
    assert sum(sizes) == 3_000_000
    assert max(sizes) < 400_000
