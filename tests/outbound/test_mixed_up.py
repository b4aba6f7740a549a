"""One request's answer is never another's: every way in which a connection may mix them up."""

import asyncio

import pytest

from cross.outbound import NoAnswer
from tests.conftest import Run
from tests.outbound.servers import Line, Served, door_out, post, serving
from tests.world import until


@pytest.mark.parametrize(
    "before",
    [b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 304 Not Modified\r\n\r\n"],
)
@pytest.mark.parametrize("torn", [b"", b"HTTP/1.1 200 OK\r\nConte"])
def test_an_earlier_answer_is_never_the_answer_to_a_later_request(
    run: Run, before: bytes, torn: bytes
) -> None:
    """F-N06: the connection closed without a word, and the last word was a success."""

    async def talk(line: Line) -> None:
        await line.request()
        line.say(before)
        await line.request()
        line.say(torn)

    async def scenario() -> NoAnswer:
        async with serving(talk) as served, door_out() as outbound:
            await post(outbound, served.url)
            with pytest.raises(NoAnswer) as raised:
                await post(outbound, served.url)
            assert len(served.requests) == 2
            return raised.value

    assert run(scenario()).sent


@pytest.mark.parametrize("cut", [1, 20, 45, 50, None])
def test_a_second_answer_to_one_request_is_not_the_answer_to_the_next(
    run: Run, cut: int | None
) -> None:
    """F-N06: it comes right behind the first, whole or in part, the rest of it later."""
    other = b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nanother's body"
    at_once, later = other[:cut], other[len(other[:cut]) :]

    async def talk(line: Line) -> None:
        body = (await line.request()).partition(b"\r\n\r\n")[2]
        mine = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        line.say(mine + at_once)
        await line.request()
        line.say(later)

    async def scenario() -> list[bytes]:
        async with serving(talk) as served, door_out() as outbound:
            first = await post(outbound, served.url, b"first")
            second = await post(outbound, served.url, b"second")
            return [first.body, second.body]

    assert run(scenario()) == [b"first", b"second"]


def test_bytes_that_nobody_asked_for_close_an_idle_connection(run: Run) -> None:
    """F-N06: such as the late answer of an operator that had answered already."""
    asked = asyncio.Event()

    async def talk(line: Line) -> None:
        body = (await line.request()).partition(b"\r\n\r\n")[2]
        line.answer(body)
        await asked.wait()
        line.answer(b"another's body")
        await line.hung_up()

    async def scenario() -> tuple[bytes, Served]:
        async with serving(talk) as served, door_out() as outbound:
            await post(outbound, served.url, b"first")
            asked.set()
            await until(lambda: served.open == 0)
            return (await post(outbound, served.url, b"second")).body, served

    body, served = run(scenario())

    assert body == b"second"
    assert served.connections == 2
