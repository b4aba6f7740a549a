"""Where no whole answer comes, the client says so once, and whether a request may have left."""

import asyncio
from pathlib import Path

import pytest

from cross.outbound import ANSWER_BYTES_MAX, NoAnswer
from tests.conftest import Run
from tests.outbound.servers import Line, certificate_for, door_out, post, serving

TORN = {
    "nothing": b"",
    "half a status line": b"HTTP/1.1 20",
    "half the headers": b"HTTP/1.1 200 OK\r\nContent-Le",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npaid",
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\npaid",
    "chunks without an end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npaid\r\n",
    "an interim answer alone": b"HTTP/1.1 100 Continue\r\n\r\n",
}
NOT_HTTP = {
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "no number": b"HTTP/1.1 OK\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 2\r\n\r\npaid",
    "a length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
    "a chunk without a size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n",
    "an upgrade that nobody asked for": b"HTTP/1.1 101 Switching Protocols\r\n"
    b"Connection: upgrade\r\nUpgrade: other\r\n\r\n",
}


@pytest.mark.parametrize("ending", ["close", "reset"])
@pytest.mark.parametrize("torn", TORN)
def test_an_answer_torn_off_is_no_answer_and_the_request_went_once(
    run: Run, torn: str, ending: str
) -> None:
    """F-N04, F-N05: it was sent, it may have had its effect, and it is never sent again."""

    async def talk(line: Line) -> None:
        await line.request()
        line.say(TORN[torn])
        if ending == "reset":
            await line.reset()
        line.close()

    async def scenario() -> tuple[NoAnswer, list[bytes]]:
        async with serving(talk) as served, door_out() as outbound:
            with pytest.raises(NoAnswer) as raised:
                await post(outbound, served.url)
            return raised.value, served.requests

    silence, requests = run(scenario())

    assert silence.sent
    assert len(requests) == 1


@pytest.mark.parametrize("answer", NOT_HTTP)
def test_what_is_not_http_is_no_answer(
    run: Run, caplog: pytest.LogCaptureFixture, answer: str
) -> None:
    async def talk(line: Line) -> None:
        await line.request()
        line.say(NOT_HTTP[answer])
        await line.hung_up()

    async def scenario() -> tuple[NoAnswer, int]:
        async with serving(talk) as served, door_out() as outbound:
            with pytest.raises(NoAnswer) as raised:
                await post(outbound, served.url)
            return raised.value, len(served.requests)

    silence, requests = run(scenario())

    assert silence.sent
    assert "deadline" not in silence.detail
    assert requests == 1
    assert not caplog.records


def test_an_answer_in_drips_is_stopped_by_the_deadline(run: Run) -> None:
    """F-N08: each byte comes soon; the whole never does."""

    async def talk(line: Line) -> None:
        await line.request()
        line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            line.say(b".")
            await asyncio.sleep(0.01)

    async def scenario() -> NoAnswer:
        async with serving(talk) as served, door_out() as outbound:
            with pytest.raises(NoAnswer) as raised:
                await post(outbound, served.url, seconds=0.1)
            return raised.value

    silence = run(scenario())

    assert silence.sent
    assert "deadline" in silence.detail


def test_an_endless_body_is_stopped_by_its_length(run: Run) -> None:
    async def talk(line: Line) -> None:
        await line.request()
        line.say(b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * (ANSWER_BYTES_MAX + 1))
        await line.hung_up()

    async def scenario() -> NoAnswer:
        async with serving(talk) as served, door_out() as outbound:
            with pytest.raises(NoAnswer) as raised:
                await post(outbound, served.url)
            return raised.value

    silence = run(scenario())

    assert silence.sent
    assert "too long" in silence.detail


@pytest.mark.parametrize("endless", [b"X-A: a\r\n", b"X" * 8, b"X-A: "])
def test_an_endless_head_is_stopped_by_its_length(run: Run, endless: bytes) -> None:
    async def talk(line: Line) -> None:
        await line.request()
        line.say(b"HTTP/1.1 200 OK\r\n" + endless)
        line.say(endless * ANSWER_BYTES_MAX)
        await line.hung_up()

    async def scenario() -> NoAnswer:
        async with serving(talk) as served, door_out() as outbound:
            with pytest.raises(NoAnswer) as raised:
                await post(outbound, served.url, seconds=3)
            return raised.value

    silence = run(scenario())

    assert silence.sent
    assert "deadline" not in silence.detail


def test_a_refused_port_means_that_nothing_left(run: Run) -> None:
    """F-N10."""

    async def scenario() -> NoAnswer:
        async with serving(Line.hung_up) as served:
            url = served.url
        async with door_out() as outbound:
            with pytest.raises(NoAnswer) as raised:
                await post(outbound, url)
            return raised.value

    assert not run(scenario()).sent


@pytest.mark.parametrize(
    "url",
    ["http://operator.invalid/pay", "http://operator..invalid", f"http://{'a' * 64}.invalid"],
)
def test_a_name_without_an_address_means_that_nothing_left(run: Run, url: str) -> None:
    """F-N10; RFC 6761: `.invalid` has no address, whoever is asked."""

    async def scenario() -> NoAnswer:
        async with door_out() as outbound:
            with pytest.raises(NoAnswer) as raised:
                await post(outbound, url)
            return raised.value

    assert not run(scenario()).sent


def test_tls_with_the_right_certificate_is_spoken(run: Run, tmp_path: Path) -> None:
    server_tls, client_tls = certificate_for("127.0.0.1", tmp_path)

    async def talk(line: Line) -> None:
        await line.request()
        line.answer(b"paid")
        await line.request()
        line.answer(b"paid again")
        await line.hung_up()

    async def scenario() -> tuple[list[bytes], int]:
        async with (
            serving(talk, tls=server_tls) as served,
            door_out(tls=client_tls) as outbound,
        ):
            answers = [await post(outbound, served.url) for _ in range(2)]
            return [answer.body for answer in answers], served.connections

    assert run(scenario()) == ([b"paid", b"paid again"], 1)


@pytest.mark.parametrize("wrong", ["nobody vouches for it", "it is another's"])
def test_a_wrong_certificate_means_that_nothing_left(run: Run, tmp_path: Path, wrong: str) -> None:
    """F-N10: no byte of the request is given to whoever cannot prove who he is."""
    address = "127.0.0.2" if wrong == "it is another's" else "127.0.0.1"
    server_tls, trusting = certificate_for(address, tmp_path)

    async def talk(line: Line) -> None:
        await line.hung_up()

    async def scenario() -> tuple[NoAnswer, bytes]:
        tls = trusting if wrong == "it is another's" else None
        async with serving(talk, tls=server_tls) as served, door_out(tls=tls) as outbound:
            with pytest.raises(NoAnswer) as raised:
                await post(outbound, served.url)
            return raised.value, served.heard

    silence, heard = run(scenario())

    assert not silence.sent
    assert heard == b""


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_server_without_tls_gets_nothing_of_the_request(run: Run, greeting: bytes) -> None:
    """F-N10: the handshake fails before there is anybody to speak to."""

    async def talk(line: Line) -> None:
        if greeting:
            line.say(greeting)
        line.close()

    async def heard_by(line: Line) -> None:
        await asyncio.gather(talk(line), line.hung_up())

    async def scenario() -> tuple[NoAnswer, bytes]:
        async with serving(heard_by) as served, door_out() as outbound:
            with pytest.raises(NoAnswer) as raised:
                await post(outbound, served.url.replace("http:", "https:"), b"secret sum")
            return raised.value, served.heard

    silence, heard = run(scenario())

    assert not silence.sent
    assert b"secret sum" not in heard


def test_the_deadline_covers_connecting(run: Run) -> None:
    """F-N10: a server that accepts and never shakes hands."""

    async def scenario() -> NoAnswer:
        async with serving(Line.hung_up) as served, door_out() as outbound:
            with pytest.raises(NoAnswer) as raised:
                await post(outbound, served.url.replace("http:", "https:"), seconds=0.1)
            return raised.value

    silence = run(scenario())

    assert not silence.sent
    assert "deadline" in silence.detail
