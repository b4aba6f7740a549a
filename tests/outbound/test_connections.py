"""Connections are used again where nothing speaks against it, and never two requests at a time."""

import asyncio

import pytest

from cross import outbound_http
from cross.outbound import NoAnswer
from tests.conftest import Run
from tests.outbound.servers import Line, Served, door_out, echo, post, serving
from tests.world import until


def test_a_connection_is_used_again(run: Run) -> None:
    async def scenario() -> Served:
        async with serving(echo) as served, door_out() as outbound:
            for _ in range(5):
                await post(outbound, served.url)
            return served

    served = run(scenario())

    assert (served.connections, len(served.requests)) == (1, 5)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_connection_that_the_server_will_close_is_not_used_again(run: Run, answer: bytes) -> None:
    async def talk(line: Line) -> None:
        await line.request()
        line.say(answer)
        await line.request()

    async def scenario() -> Served:
        async with serving(talk) as served, door_out() as outbound:
            await post(outbound, served.url)
            await post(outbound, served.url)
            return served

    served = run(scenario())

    assert (served.connections, len(served.requests)) == (2, 2)


def test_a_connection_closed_while_idle_is_not_used_again(run: Run) -> None:
    closed = asyncio.Event()

    async def talk(line: Line) -> None:
        await line.request()
        line.answer(b"paid")
        await closed.wait()

    async def scenario() -> Served:
        async with serving(talk) as served, door_out() as outbound:
            await post(outbound, served.url)
            closed.set()
            await until(lambda: served.open == 0)
            await asyncio.sleep(0.01)  # the end crosses the wire
            assert (await post(outbound, served.url)).body == b"paid"
            return served

    served = run(scenario())

    assert (served.connections, len(served.requests)) == (2, 2)


def test_a_connection_idle_for_long_is_not_trusted(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its server may be about to close it, and then a request would be lost on the way."""

    async def scenario() -> Served:
        async with serving(echo) as served, door_out() as outbound:
            await post(outbound, served.url)
            monkeypatch.setattr(outbound_http, "IDLE_SECONDS", 0.0)
            await asyncio.sleep(0.001)
            await post(outbound, served.url)
            return served

    served = run(scenario())

    assert (served.connections, len(served.requests)) == (2, 2)


def test_a_request_on_a_used_connection_that_ends_unanswered_is_not_sent_again(run: Run) -> None:
    """F-N04: what other clients repeat by themselves would be a second payment."""

    async def talk(line: Line) -> None:
        await line.request()
        line.answer(b"paid")
        await line.request()

    async def scenario() -> tuple[NoAnswer, Served]:
        async with serving(talk) as served, door_out() as outbound:
            await post(outbound, served.url, b"first")
            with pytest.raises(NoAnswer) as raised:
                await post(outbound, served.url, b"second")
            return raised.value, served

    silence, served = run(scenario())

    assert silence.sent
    assert [request[-6:] for request in served.requests] == [b"\nfirst", b"second"]
    assert served.connections == 1


def test_no_more_connections_than_allowed_and_who_waits_too_long_has_sent_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound_http, "CONNECTIONS_MAX", 2)

    async def talk(line: Line) -> None:
        await line.request()
        await line.hung_up()

    async def scenario() -> tuple[list[bool], Served]:
        async with serving(talk) as served, door_out() as outbound:
            held = [asyncio.create_task(post(outbound, served.url)) for _ in range(2)]
            await until(lambda: len(served.requests) == 2)
            waiting = [post(outbound, served.url, seconds=0.05) for _ in range(3)]
            silences = await asyncio.gather(*waiting, return_exceptions=True)
            for task in held:
                task.cancel()
            await asyncio.gather(*held, return_exceptions=True)
            return [s.sent for s in silences if isinstance(s, NoAnswer)], served

    sent, served = run(scenario())

    assert sent == [False, False, False]
    assert (served.open_most, len(served.requests)) == (2, 2)


def test_a_caller_that_goes_away_closes_its_connection_and_frees_its_place(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound_http, "CONNECTIONS_MAX", 1)

    async def talk(line: Line) -> None:
        if (await line.request()).endswith(b"first"):
            await line.hung_up()
        else:
            line.answer(b"paid")

    async def scenario() -> tuple[bytes, Served]:
        async with serving(talk) as served, door_out() as outbound:
            first = asyncio.create_task(post(outbound, served.url, b"first"))
            await until(lambda: len(served.requests) == 1)
            second = asyncio.create_task(post(outbound, served.url, b"second"))
            await asyncio.sleep(0)
            first.cancel()
            body = (await second).body
            await until(lambda: served.open == 0)
            return body, served

    body, served = run(scenario())

    assert body == b"paid"
    assert served.connections == 2


def test_a_caller_that_goes_away_as_its_turn_comes_leaves_the_turn_to_the_next(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound_http, "CONNECTIONS_MAX", 1)

    async def scenario() -> bytes:
        async with serving(echo) as served, door_out() as outbound:

            async def first() -> None:
                await post(outbound, served.url, b"first")
                second.cancel()  # its turn has come, and it has not run yet

            ending = asyncio.create_task(first())
            await asyncio.sleep(0)
            second = asyncio.create_task(post(outbound, served.url, b"second"))
            third = asyncio.create_task(post(outbound, served.url, b"third", seconds=3))
            await ending
            return (await third).body

    assert run(scenario()) == b"third"


@pytest.mark.parametrize("turns", range(6))
def test_a_caller_may_go_away_at_any_moment(
    run: Run, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    """F-Y02: whatever it was waiting for, its place is free for the next."""
    monkeypatch.setattr(outbound_http, "CONNECTIONS_MAX", 1)

    async def scenario() -> bytes:
        async with serving(echo) as served, door_out() as outbound:
            first = asyncio.create_task(post(outbound, served.url, b"first"))
            for _ in range(turns):
                await asyncio.sleep(0)
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            return (await post(outbound, served.url, b"second", seconds=3)).body

    assert run(scenario()) == b"second"


def test_closing_ends_the_idle_connections(run: Run) -> None:
    async def scenario() -> None:
        async with serving(echo) as served, door_out() as outbound:
            await asyncio.gather(*(post(outbound, served.url) for _ in range(3)))
            await outbound.close()
            await until(lambda: served.open == 0)

    run(scenario())
