"""What the server takes for a request, and how it answers: RFC 9112 on a real socket."""

import asyncio
import json
from typing import Any

import pytest

from tests.conftest import Run
from tests.inbound.door import answer, door_to, echo, request

LAST = "Connection: close"


async def _told(data: bytes) -> dict[str, Any]:
    async with door_to(echo) as door:
        client = await door.client()
        client.say(data)
        status, _, body = await client.answer()
    assert status == 200
    told: dict[str, Any] = json.loads(body)
    return told


def test_a_request_is_told_as_it_came(run: Run) -> None:
    told = run(_told(request("/v1/a%2Fb?x=1&y=%20", "X-Two: 2", method="POST", body=b"{}")))

    assert told == {
        "method": "POST",
        "path": "/v1/a/b",
        "raw_path": "/v1/a%2Fb",
        "query_string": "x=1&y=%20",
        "http_version": "1.1",
        "scheme": "http",
        "headers": [["host", "cross.example"], ["x-two", "2"], ["content-length", "2"]],
        "body": "{}",
    }


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/a?", "/a", ""),
        ("/a?b?c", "/a", "b?c"),
        ("/a#b", "/a", ""),
        ("http://cross.example/a?b", "/a", "b"),
        ("/%C3%A9", "/é", ""),
    ],
)
def test_the_target_has_a_path_and_a_query(run: Run, target: str, path: str, query: str) -> None:
    told = run(_told(request(target)))

    assert (told["path"], told["query_string"]) == (path, query)


def test_a_request_in_single_bytes_is_one_request(run: Run) -> None:
    async def scenario() -> None:
        async with door_to(echo) as door:
            client = await door.client()
            for place in range(len(data := request(method="POST", body=b"pay 5000"))):
                client.say(data[place : place + 1])
                await asyncio.sleep(0)
            _, _, body = await client.answer()
            assert json.loads(body)["body"] == "pay 5000"

    run(scenario())


def test_a_body_in_chunks_is_one_body_and_its_trailers_are_no_headers(run: Run) -> None:
    chunked = request(method="POST").replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n")
    told = run(_told(chunked + b"4\r\npay \r\n4\r\n5000\r\n0\r\nHost: other\r\n\r\n"))

    assert told["body"] == "pay 5000"
    assert [value for name, value in told["headers"] if name == "host"] == ["cross.example"]


def test_a_connection_is_used_again(run: Run) -> None:
    async def scenario() -> None:
        async with door_to(echo) as door:
            client = await door.client()
            for place in range(3):
                client.say(request(f"/{place}"))
                _, headers, body = await client.answer()
                assert json.loads(body)["path"] == f"/{place}"
                assert "connection" not in headers
            assert len(door.shared.connections) == 1

    run(scenario())


def test_requests_sent_at_once_are_answered_in_their_order(run: Run) -> None:
    async def slow_first(scope: Any, receive: Any, send: Any) -> None:
        under_way.append(scope["path"])
        await asyncio.sleep(0.02 if scope["path"] == "/0" else 0)
        assert under_way.pop() == scope["path"]
        await echo(scope, receive, send)

    async def scenario() -> None:
        async with door_to(slow_first) as door:
            client = await door.client()
            client.say(b"".join(request(f"/{p}", method="POST", body=b"a") for p in range(9)))
            for place in range(9):
                _, _, body = await client.answer()
                assert json.loads(body)["path"] == f"/{place}"

    under_way: list[str] = []
    run(scenario())


def test_of_many_requests_sent_at_once_only_one_is_looked_at(run: Run) -> None:
    """F-R03, F-R08: those behind it are bytes, as few as may wait, until it is answered."""

    async def scenario() -> int:
        let_go = asyncio.Event()

        async def held(_: Any, __: Any, send: Any) -> None:
            await let_go.wait()
            await answer(send)

        async with door_to(held) as door:
            client = await door.client()
            client.say(request() * 20_000)
            while not (door.shared.connections and door.shared.tasks):
                await asyncio.sleep(0)
            (connection,) = door.shared.connections
            while not connection._read_paused:
                await asyncio.sleep(0)
            waiting, kept = len(connection._waiting), len(connection._unseen)
            assert (waiting, len(door.shared.tasks)) == (0, 1)
            let_go.set()
            for _ in range(1_000):
                assert (await client.answer())[0] == 200
            return kept

    assert run(scenario()) < 600_000


@pytest.mark.parametrize(
    "data",
    [
        request("/", LAST),
        request("/", version="1.0"),
        request("/", "Connection: keep-alive", version="1.0"),
    ],
)
def test_the_connection_ends_where_the_client_said_so(run: Run, data: bytes) -> None:
    async def scenario() -> bytes:
        async with door_to(echo) as door:
            said = await door.say(data)
            await door.emptied()
            return said

    assert b"\r\nconnection: close\r\n" in run(scenario())


def test_what_comes_after_the_last_request_is_not_answered(run: Run) -> None:
    async def scenario() -> bytes:
        async with door_to(echo) as door:
            return await door.say(request("/1", LAST) + request("/2"))

    said = run(scenario())
    assert said.count(b"HTTP/1.1 ") == 1
    assert b'"path": "/1"' in said


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET\r\n\r\n",
        b"GET / HTTP/3.0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\naa",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        b"GET / HTTP/1.1\r\nA : b\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\0c\r\n\r\n",
        b"CONNECT cross.example:443 HTTP/1.1\r\n\r\n",
        b"GET /pay/a%00b HTTP/1.1\r\n\r\n",  # F-I11: no text of PostgreSQL holds a NUL
    ],
)
def test_what_is_not_http_is_refused_once_and_hung_up_on(run: Run, data: bytes) -> None:
    """F-I11, S-API-12."""

    async def scenario() -> bytes:
        async with door_to(echo) as door:
            said = await door.say(data)
            await door.emptied()
            return said

    said = run(scenario())
    assert said.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert said.count(b"HTTP/1.1 ") == 1
    assert b"\r\nconnection: close\r\n" in said


def test_a_bad_request_is_not_the_answer_to_the_one_before(run: Run) -> None:
    """F-N06: who reads 400 for a transfer that was accepted would send it again."""

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.02)
        await echo(scope, receive, send)

    async def scenario() -> bytes:
        async with door_to(slow) as door:
            return await door.say(request(method="POST", body=b"pay 5000") + b"\0\0\0\r\n\r\n")

    said = run(scenario())
    first, second = said.split(b"HTTP/1.1 ")[1:]
    assert first.startswith(b"200 OK")
    assert second.startswith(b"400 Bad Request")


def test_an_upgrade_is_not_made(run: Run) -> None:
    async def scenario() -> bytes:
        async with door_to(echo) as door:
            return await door.say(request("/", "Connection: Upgrade", "Upgrade: websocket"))

    assert run(scenario()).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    "lines",
    [[f"X-Pad: {'a' * 40_000}"], [f"X-{place}: {'a' * 90}" for place in range(400)]],
)
def test_a_head_without_measure_is_refused(run: Run, lines: list[str]) -> None:
    """F-R05."""

    async def scenario(data: bytes) -> bytes:
        async with door_to(echo) as door:
            return await door.say(data)

    whole = request("/", *lines)
    assert run(scenario(whole)).startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert run(scenario(whole[:-4])).startswith(b"HTTP/1.1 431 ")


def test_a_body_is_asked_for_where_the_client_waits_to_be(run: Run) -> None:
    head = request("/", "Expect: 100-continue", "Content-Length: 8", method="POST")

    async def scenario() -> None:
        async with door_to(echo) as door:
            client = await door.client()
            client.say(head)
            assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            client.say(b"pay 5000")
            _, _, body = await client.answer()
            assert json.loads(body)["body"] == "pay 5000"

    run(scenario())


def test_a_body_that_was_never_asked_for_is_not_taken_for_a_request(run: Run) -> None:
    async def unread(_: Any, __: Any, send: Any) -> None:
        await answer(send, status=401)

    async def scenario() -> bytes:
        async with door_to(unread) as door:
            return await door.say(
                request("/", "Expect: 100-continue", "Content-Length: 8", method="POST")
            )

    said = run(scenario())
    assert said.startswith(b"HTTP/1.1 401 ")
    assert b"\r\nconnection: close\r\n" in said
    assert b"100 Continue" not in said


def test_a_body_that_nobody_read_does_not_spoil_the_connection(run: Run) -> None:
    async def unread(scope: Any, _: Any, send: Any) -> None:
        await answer(send, scope["path"].encode())

    async def scenario() -> None:
        async with door_to(unread) as door:
            client = await door.client()
            for place in range(3):
                client.say(request(f"/{place}", method="POST", body=b"a" * 500_000))
                assert (await client.answer())[2] == b"/%d" % place

    run(scenario())
