"""How answers are written, and what becomes of those that cannot be."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Run
from tests.inbound.door import answer, door_to, echo, request

START = {"type": "http.response.start", "status": 200, "headers": []}


def body_of(data: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def said_by(
    run: Run, *messages: dict[str, Any], data: bytes = request("/", "Connection: close")
) -> bytes:
    async def app(_: Any, __: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    async def scenario() -> bytes:
        async with door_to(app) as door:
            said = await door.say(data)
            await door.emptied()
            return said

    return run(scenario())


def test_an_answer_without_a_length_gets_one(run: Run) -> None:
    assert said_by(run, START, body_of(b"paid")) == (
        b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\npaid"
    )


def test_an_answer_in_pieces_is_chunked(run: Run) -> None:
    pieces = (body_of(b"pa", more=True), body_of(b"", more=True), body_of(b"id"))

    assert said_by(run, START, *pieces) == (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
        b"2\r\npa\r\n2\r\nid\r\n0\r\n\r\n"
    )


def test_an_old_client_gets_pieces_until_the_end(run: Run) -> None:
    pieces = (body_of(b"pa", more=True), body_of(b"id"))

    assert said_by(run, START, *pieces, data=request(version="1.0")) == (
        b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\npaid"
    )


def test_head_gets_the_head(run: Run) -> None:
    start = {**START, "headers": [(b"content-length", b"4")]}
    said = said_by(
        run, start, body_of(b"paid"), data=request("/", "Connection: close", method="HEAD")
    )

    assert said == b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\n"


@pytest.mark.parametrize("status", [204, 304])
def test_some_answers_have_no_body(run: Run, status: int) -> None:
    said = said_by(run, {**START, "status": status}, body_of(b"paid"))

    assert said.endswith(b"\r\nconnection: close\r\n\r\n")
    assert b"content-length" not in said


@pytest.mark.parametrize(
    "messages",
    [
        (),
        (START,),
        (body_of(b"paid"),),
        (START, START),
        ({**START, "headers": [(b"x", b"a\r\nx-forged: b")]}, body_of(b"")),
        ({**START, "headers": [(b"x", b"a\nb")]}, body_of(b"")),
        ({**START, "headers": [(b"content-length", b"3")]}, body_of(b"paid")),
        ({**START, "headers": [(b"content-length", b"5")]}, body_of(b"paid")),
    ],
)
def test_an_answer_that_cannot_be_is_500_and_the_end(run: Run, messages: tuple[Any, ...]) -> None:
    said = said_by(run, *messages, data=request())

    assert said.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert said.count(b"HTTP/1.1 ") == 1


def test_half_an_answer_stays_a_half(run: Run) -> None:
    start = {**START, "headers": [(b"content-length", b"8")]}

    assert said_by(run, start, body_of(b"paid", more=True), data=request()) == (
        b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\npaid"
    )


def test_what_fails_is_500_and_nobody_sees_why(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    async def failing(_: Any, __: Any, ___: Any) -> None:
        raise ValueError("the number 22890112233")

    async def scenario() -> bytes:
        async with door_to(failing) as door:
            return await door.say(request())

    said = run(scenario())
    logged = "".join(capfd.readouterr())
    assert said.startswith(b"HTTP/1.1 500 ")
    assert "ValueError" in logged
    assert "22890112233" not in said.decode() + logged


def test_a_client_that_leaves_is_told_of(run: Run) -> None:
    left: list[str] = []

    async def waiting(_: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "http.request"
        left.append((await receive())["type"])
        await answer(send)  # nobody hears it, and nothing is wrong with that

    async def scenario() -> None:
        async with door_to(waiting) as door:
            client = await door.client()
            client.say(request())
            while not door.shared.tasks:
                await asyncio.sleep(0)
            client.leave()
            await door.emptied()

    run(scenario())
    assert left == ["http.disconnect"]


def test_after_the_answer_there_is_nobody_to_receive_from(run: Run) -> None:
    said: list[str] = []

    async def curious(_: Any, receive: Any, send: Any) -> None:
        await answer(send)
        said.append((await receive())["type"])

    async def scenario() -> None:
        async with door_to(curious) as door:
            client = await door.client()
            client.say(request())
            assert (await client.answer())[0] == 200
            client.say(request())
            assert (await client.answer())[0] == 200

    run(scenario())
    assert said == ["http.disconnect"] * 2


def test_a_server_that_ends_finishes_what_it_has_begun(run: Run) -> None:
    async def scenario() -> None:
        let_go = asyncio.Event()

        async def held(_: Any, __: Any, send: Any) -> None:
            await let_go.wait()
            await answer(send, b"paid")

        async with door_to(held) as door:
            idle, asking = await door.client(), await door.client()
            asking.say(request() * 2)
            while not door.shared.tasks:
                await asyncio.sleep(0)
            door.shut_down()
            assert await idle.rest() == b""
            let_go.set()
            said = await asking.rest()
            assert said.count(b"HTTP/1.1 200 OK\r\n") == 2
            assert said.count(b"connection: close") == 1
            await door.emptied()

    run(scenario())


def test_a_server_that_ends_waits_for_the_rest_of_a_body(run: Run) -> None:
    """Who is in the middle of asking is answered, and knows that it was the last time."""

    async def scenario() -> bytes:
        async with door_to(echo) as door:
            client = await door.client()
            client.say(request("/", "Content-Length: 4") + b"pa")
            (connection,) = await door.someone()
            while connection._reading is None:
                await asyncio.sleep(0)
            door.shut_down()
            client.say(b"id")
            return await client.rest()

    said = run(scenario())
    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"connection: close" in said
