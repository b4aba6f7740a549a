"""Sockets that are slow on purpose (F-R01 to F-R03): each is closed in time, and delays nobody."""

import asyncio
import gc
import socket
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cross.cli.serving import UNSENT_BYTES_MAX, drop, take_port
from cross.inbound.exchange import BODY_AWAITED_BYTES, LARGE_BYTES
from cross.inbound.patience import Patience
from tests.conftest import Run
from tests.inbound.door import answer, door_to, echo, request

LONG = Patience(60.0, 60.0, 60.0, 60.0)
SOON = 0.05


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


def test_an_answer_that_nobody_reads_is_given_up(run: Run) -> None:
    ended: list[str] = []

    async def generous(_: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1_000):
            await send({"type": "http.response.body", "body": bytes(100_000), "more_body": True})
        await receive()
        ended.append((await receive())["type"])

    async def scenario() -> None:
        async with door_to(generous, patience=replace(LONG, write_seconds=SOON)) as door:
            deaf = socket.create_connection(("127.0.0.1", door.port))
            deaf.sendall(request())
            while not door.shared.connections:
                await asyncio.sleep(0)
            await door.emptied()
            deaf.close()

    run(scenario())
    assert ended == ["http.disconnect"]


def test_who_asks_twice_and_reads_nothing_is_given_up_too(run: Run) -> None:
    """F-R03: the second question, asked at once, took the deadline of the first answer away."""

    async def large(_: Any, __: Any, send: Any) -> None:
        await answer(send, bytes(20_000_000))

    async def scenario() -> None:
        async with door_to(large, patience=replace(LONG, write_seconds=SOON)) as door:
            deaf = socket.create_connection(("127.0.0.1", door.port))
            deaf.sendall(request() * 3)
            while not door.shared.connections:
                await asyncio.sleep(0)
            await door.emptied()
            deaf.close()

    run(scenario())


def test_a_question_behind_answers_that_nobody_takes_buys_no_time(run: Run) -> None:
    """F-R03: answers too small to be poured; the next head began the time of a body."""

    async def small(_: Any, __: Any, send: Any) -> None:
        await answer(send, bytes(LARGE_BYTES))

    async def scenario() -> None:
        async with door_to(small, patience=replace(LONG, write_seconds=SOON)) as door:
            deaf = socket.create_connection(("127.0.0.1", door.port))
            deaf.sendall(request() * 1_000)
            while not door.shared.connections:
                await asyncio.sleep(0)
            await door.emptied()
            deaf.close()

    run(scenario())


def test_a_whole_answer_has_its_time_to_be_read_however_short_idle_ones_live(run: Run) -> None:
    """F-R03: 30 s to take an answer are not the 5 s of who has been answered."""

    async def large(_: Any, __: Any, send: Any) -> None:
        await answer(send, bytes(20_000_000))

    async def scenario() -> int:
        async with door_to(large, patience=replace(LONG, idle_seconds=SOON)) as door:
            client = await door.client()
            client.say(request())
            await asyncio.sleep(SOON * 4)
            return len((await client.answer())[2])

    assert run(scenario()) == 20_000_000


def test_of_an_answer_that_nobody_takes_no_copy_is_kept(run: Run) -> None:
    """F-R03, F-R08: 5 000 who ask for the contract and read nothing fill no memory."""
    body = bytes(20_000_000)

    async def large(_: Any, __: Any, send: Any) -> None:
        await answer(send, body)

    async def scenario() -> int:
        async with door_to(large, patience=LONG) as door:
            client = await door.client()
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]
            client.say(request())
            while not any(connection.write_paused for connection in door.shared.connections):
                await asyncio.sleep(0)
            (connection,) = door.shared.connections
            kept: int = connection._transport.get_write_buffer_size()
            client.leave()
            await door.emptied()
            return kept

    assert run(scenario()) <= 4 * LARGE_BYTES


def test_a_byte_now_and_then_taken_of_an_answer_buys_no_time(run: Run) -> None:
    """F-R03: 30 s are for the whole of an answer, not for each piece of it."""

    async def large(_: Any, __: Any, send: Any) -> None:
        await answer(send, bytes(200_000_000))

    async def scenario() -> None:
        async with door_to(large, patience=replace(LONG, write_seconds=SOON * 4)) as door:
            client = await door.client()
            client.say(request())
            while not door.shared.connections:
                await asyncio.sleep(0)
            async with asyncio.timeout(10):
                while door.shared.connections:
                    await client.reader.read(200_000)
                    await asyncio.sleep(SOON / 4)

    run(scenario())


def test_who_is_dropped_leaves_nothing_in_the_kernel(run: Run) -> None:
    """F-R03: what was not taken is thrown away, not offered for minutes more."""

    async def scenario() -> None:
        accepted = asyncio.get_running_loop().create_future()
        server = await asyncio.get_running_loop().create_server(
            lambda: Held(accepted.set_result), "127.0.0.1", 0
        )
        deaf = socket.create_connection(server.sockets[0].getsockname())
        transport = await accepted
        transport.write(bytes(10_000_000))
        drop(transport)
        await asyncio.sleep(0)
        deaf.settimeout(10)
        with deaf, pytest.raises(ConnectionResetError):
            _take_all(deaf)
        server.close()

    run(scenario())


def test_what_a_deaf_socket_is_not_sent_does_not_fill_the_kernel(run: Run) -> None:
    """F-R03: by itself a socket's buffer grows to 4 MiB, times 5 000."""

    async def scenario() -> int:
        listener = take_port("127.0.0.1", 0, flag="")
        accepted = asyncio.get_running_loop().create_future()
        connected = socket.create_connection(listener.getsockname())
        server = await asyncio.get_running_loop().create_server(
            lambda: Held(accepted.set_result), sock=listener
        )
        transport = await accepted
        size: int = transport.get_extra_info("socket").getsockopt(
            socket.SOL_SOCKET, socket.SO_SNDBUF
        )
        connected.close()
        server.close()
        return size

    assert run(scenario()) <= 2 * UNSENT_BYTES_MAX  # Linux doubles it, for its own needs


def _take_all(client: socket.socket) -> None:
    while client.recv(1_000_000):
        pass


class Held(asyncio.Protocol):
    """One that tells of its transport."""

    def __init__(self, tell: Callable[[Any], None]) -> None:
        self._tell = tell

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio: somebody has connected."""
        self._tell(transport)


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
