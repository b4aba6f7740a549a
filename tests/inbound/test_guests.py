"""Connections have a bound in all and one an address; who is over it delays nobody (S-API-11)."""

import asyncio
import resource
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from cross.capacity import Capacity
from cross.inbound.connection import HEAD_BYTES_MAX, HEADERS_MAX
from cross.inbound.guests import Guests
from tests.conftest import Run
from tests.inbound.door import door_to, echo, request

PROXY = (ip_network("127.0.0.0/8"),)


def of(*, proxies: Any = (), **capacity: Any) -> Guests:
    return Guests(Capacity(local_connections=False, **capacity), proxies)


@pytest.mark.parametrize(
    "bound", ["connections_max", "connections_per_address_max"], ids=["all", "address"]
)
def test_one_connection_too_many_is_closed_at_once_and_the_others_go_on(
    run: Run, bound: str
) -> None:
    guests = of(**{bound: 3})

    async def scenario() -> None:
        async with door_to(echo, guests=guests) as door:
            here = [await door.client() for _ in range(3)]
            for client in here:
                client.say(request())
                assert (await client.answer())[0] == 200
            assert await door.say(b"") == b""
            assert len(door.shared.connections) == 3
            here[0].leave()
            while guests.here == 3:
                await asyncio.sleep(0.001)
            again = await door.client()
            again.say(request())
            assert (await again.answer())[0] == 200
        assert (guests.here, guests.turned_away) == (0, 1)

    run(scenario())


def test_connections_from_this_machine_are_not_counted_by_address() -> None:
    guests = Guests(Capacity(connections_per_address_max=1))
    assert [guests.enter("127.0.0.1") for _ in range(5)] == [True] * 5
    assert [guests.enter("192.0.2.1") for _ in range(2)] == [True, False]
    assert [guests.enter("2001:db8::1"), guests.enter("2001:db8::2")] == [True, False]  # one /64


def test_behind_a_proxy_of_ours_callers_are_counted_and_not_the_proxy(run: Run) -> None:
    """Its connections are as many as it likes; each caller's requests under way are bounded."""

    async def scenario() -> None:
        let_go = asyncio.Event()

        async def held(scope: Any, receive: Any, send: Any) -> None:
            await let_go.wait()
            await echo(scope, receive, send)

        guests = of(connections_per_address_max=2, proxies=PROXY)
        async with door_to(held, guests=guests) as door:
            clients = [await door.client() for _ in range(4)]
            for client, caller in zip(clients, ("1", "1", "1", "2"), strict=True):
                client.say(request("/", f"X-Forwarded-For: 198.51.100.9, 192.0.2.{caller}"))
                await asyncio.sleep(0.01)
            assert (await clients[2].answer())[0] == 429
            let_go.set()
            for client in (clients[0], clients[1], clients[3]):
                assert (await client.answer())[0] == 200

    run(scenario())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([f"X-{number}: 1" for number in range(HEADERS_MAX - 2)], 200),
        ([f"X-{number}: 1" for number in range(HEADERS_MAX - 1)], 431),
        (["X: " + "a" * (HEAD_BYTES_MAX - 100)], 200),
        (["X: " + "a" * HEAD_BYTES_MAX], 431),
    ],
)
def test_a_head_has_64_fields_and_16_kib(run: Run, headers: list[str], status: int) -> None:
    """F-R05: one more is 431."""

    async def scenario() -> bytes:
        async with door_to(echo) as door:
            return await door.say(request("/", "Connection: close", *headers))

    assert run(scenario()).startswith(b"HTTP/1.1 %d " % status)


OUT_OF_DESCRIPTORS = """
import asyncio, json, resource, sys
sys.path.insert(0, sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (96, 96))
import uvloop
from cross.capacity import Capacity
from cross.inbound.guests import Guests
from tests.inbound.door import door_to, echo, request

async def main():
    guests = Guests(Capacity(local_connections=True))
    async with door_to(echo, guests=guests) as door:
        first = await door.client()
        first.say(request())
        assert (await first.answer())[0] == 200
        print(door.port, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        for _ in range(20):  # existing work continues, and may open what it needs
            first.say(request())
            assert (await first.answer())[0] == 200
            with open("/dev/null") as _:
                pass
        print(json.dumps({"here": guests.here, "turned_away": guests.turned_away}), flush=True)
        sys.stdin.readline()

uvloop.run(main())
"""


def test_descriptors_are_never_all_taken_by_guests(run: Run) -> None:
    """F-R07: new connections are refused, existing work continues; another process asks."""
    root = Path(__file__).parents[2]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft >= 256, hard

    async def crowd(port: int) -> list[asyncio.StreamWriter]:
        opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(150)]
        closed = [asyncio.create_task(reader.read()) for reader, _ in opened]
        async with asyncio.timeout(10):
            while sum(task.done() for task in closed) < 100:
                await asyncio.sleep(0.01)
        for task in closed:
            task.cancel()
        return [writer for _, writer in opened]

    with subprocess.Popen(
        [sys.executable, "-c", OUT_OF_DESCRIPTORS, str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        writers = run(crowd(int(child.stdout.readline())))
        child.stdin.write("\n")
        child.stdin.flush()
        told = child.stdout.readline()
        for writer in writers:
            writer.transport.abort()
        child.stdin.write("\n")
        child.stdin.flush()
    assert '"here": 48' in told, told
