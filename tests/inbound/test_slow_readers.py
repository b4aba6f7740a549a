"""Who asks and does not take the answer (F-R03): given up in time, and no memory is theirs."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cross.cli.serving import UNSENT_BYTES_MAX, drop, take_port
from cross.inbound.exchange import LARGE_BYTES
from cross.inbound.shared import App
from tests.conftest import Run
from tests.inbound.door import LONG, SOON, answer, door_to, request


async def given_up(app: App, asked: int = 1) -> None:
    """Who asks so many times and reads nothing is disconnected; waits for it."""
    async with door_to(app, patience=replace(LONG, write_seconds=SOON)) as door:
        deaf = socket.create_connection(("127.0.0.1", door.port))
        deaf.sendall(request() * asked)
        while not door.shared.connections:
            await asyncio.sleep(0)
        await door.emptied()
        deaf.close()


def test_an_answer_that_nobody_reads_is_given_up(run: Run) -> None:
    ended: list[str] = []

    async def generous(_: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1_000):
            await send({"type": "http.response.body", "body": bytes(100_000), "more_body": True})
        await receive()
        ended.append((await receive())["type"])

    run(given_up(generous))
    assert ended == ["http.disconnect"]


def test_who_asks_twice_and_reads_nothing_is_given_up_too(run: Run) -> None:
    """F-R03: the second question, asked at once, took the deadline of the first answer away."""

    async def large(_: Any, __: Any, send: Any) -> None:
        await answer(send, bytes(20_000_000))

    run(given_up(large, asked=3))


def test_a_question_behind_answers_that_nobody_takes_buys_no_time(run: Run) -> None:
    """F-R03: answers too small to be poured; the next head began the time of a body."""

    async def small(_: Any, __: Any, send: Any) -> None:
        await answer(send, bytes(LARGE_BYTES))

    run(given_up(small, asked=1_000))


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
