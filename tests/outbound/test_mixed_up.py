"""One request's answer is never another's: every way in which a connection may mix them up."""

import asyncio

import pytest
from tests.conftest import Run
from tests.outbound.servers import Line, Served, door_out, post, serving
from tests.world import until

from cross.outbound import NoAnswer


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
