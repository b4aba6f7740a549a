"""An answer is read whole, in every form that HTTP/1.1 gives it, and nothing is done about it."""

import asyncio

import pytest

from cross.outbound import ANSWER_BYTES_MAX, HttpRequest, HttpResponse
from cross.outbound_http import CONNECTIONS_MAX
from tests.conftest import Run
from tests.outbound.servers import Line, door_out, echo, post, serving

WHOLE = {
    "with a length": (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npaid", 200, b"paid"),
    "in chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\npa\r\n2;x=y\r\nid\r\n0\r\n\r\n",
        200,
        b"paid",
    ),
    "in chunks, with a trailer": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npaid\r\n0\r\nX-Sum: 1\r\n\r\n",
        200,
        b"paid",
    ),
    "empty": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, b""),
    "without a body": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    "not modified": (b"HTTP/1.1 304 Not Modified\r\n\r\n", 304, b""),
    "after an interim answer": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\npaid",
        201,
        b"paid",
    ),
    "of an older server": (b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\npaid", 200, b"paid"),
    "an error in HTML": (
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>",
        502,
        b"<html>",
    ),
}
UNTIL_CLOSE = {
    "a body": (b"HTTP/1.1 200 OK\r\n\r\npaid", 200, b"paid"),
    "a body of an older server": (b"HTTP/1.0 200 OK\r\n\r\npaid", 200, b"paid"),
    "headers alone": (b"HTTP/1.1 500 Sorry\r\nX-A: b\r\n\r\n", 500, b""),
    "after an interim answer": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\npaid",
        200,
        b"paid",
    ),
}


@pytest.mark.parametrize("form", WHOLE)
def test_a_whole_answer_is_read_whether_it_comes_at_once_or_byte_by_byte(
    run: Run, form: str
) -> None:
    answer, status, body = WHOLE[form]

    async def talk(line: Line) -> None:
        await line.request()
        line.say(answer)
        await line.request()
        for byte in answer:
            line.say(bytes([byte]))
            await asyncio.sleep(0)
        await line.hung_up()

    async def scenario() -> list[HttpResponse]:
        async with serving(talk) as served, door_out() as outbound:
            first = await post(outbound, served.url)
            if form == "of an older server":
                return [first]  # it closes after every answer
            return [first, await post(outbound, served.url)]

    for response in run(scenario()):
        assert (response.status, response.body) == (status, body)


@pytest.mark.parametrize("form", UNTIL_CLOSE)
def test_an_answer_without_a_length_ends_where_the_connection_ends(run: Run, form: str) -> None:
    answer, status, body = UNTIL_CLOSE[form]

    async def talk(line: Line) -> None:
        await line.request()
        line.say(answer)
        line.close()

    async def scenario() -> HttpResponse:
        async with serving(talk) as served, door_out() as outbound:
            return await post(outbound, served.url)

    response = run(scenario())

    assert (response.status, response.body) == (status, body)


def test_headers_come_as_the_server_wrote_them(run: Run) -> None:
    async def talk(line: Line) -> None:
        await line.request()
        line.answer(b"", b"X-Two: a", b"X-Two: b", b"X-Text: caf\xe9")
        await line.hung_up()

    async def scenario() -> HttpResponse:
        async with serving(talk) as served, door_out() as outbound:
            return await post(outbound, served.url)

    headers = run(scenario()).headers

    assert headers[1:] == (("X-Two", "a"), ("X-Two", "b"), ("X-Text", "café"))


def test_a_redirect_is_an_answer_and_is_not_followed(run: Run) -> None:
    """F-N11: whoever can make us go elsewhere could make us pay elsewhere."""

    async def scenario() -> tuple[HttpResponse, int, int]:
        async with serving(echo) as elsewhere:

            async def talk(line: Line) -> None:
                await line.request()
                line.answer(b"", b"Location: " + elsewhere.url.encode(), status=b"307 Go")
                await line.hung_up()

            async with serving(talk) as served, door_out() as outbound:
                response = await post(outbound, served.url)
            return response, elsewhere.connections, len(served.requests)

    response, connections, requests = run(scenario())

    assert response.status == 307
    assert (connections, requests) == (0, 1)


def test_a_body_is_given_as_it_came_and_no_cookie_is_kept(run: Run) -> None:
    async def talk(line: Line) -> None:
        for _ in range(2):
            await line.request()
            line.answer(b"\x1f\x8b\x00", b"Content-Encoding: gzip", b"Set-Cookie: a=b")
        await line.hung_up()

    async def scenario() -> tuple[bytes, bytes]:
        async with serving(talk) as served, door_out() as outbound:
            await post(outbound, served.url)
            response = await post(outbound, served.url)
            return response.body, served.heard

    body, heard = run(scenario())

    assert body == b"\x1f\x8b\x00"
    assert b"ookie" not in heard


def test_the_longest_answer_allowed_is_read(run: Run) -> None:
    async def talk(line: Line) -> None:
        await line.request()
        line.answer(b"a" * ANSWER_BYTES_MAX)
        await line.hung_up()

    async def scenario() -> HttpResponse:
        async with serving(talk) as served, door_out() as outbound:
            return await post(outbound, served.url)

    assert len(run(scenario()).body) == ANSWER_BYTES_MAX


def test_what_is_sent_is_the_request_and_nothing_more(run: Run) -> None:
    async def scenario() -> list[bytes]:
        async with serving(echo) as served, door_out() as outbound:
            headers = (("Content-Type", "application/json"), ("Authorization", "Bearer t"))
            url = f"{served.url}/pay?x=%20&y=1"
            await outbound.send(HttpRequest("POST", url, headers, b"{}"))
            await outbound.send(HttpRequest("GET", served.url))
            return [
                request.replace(served.url.partition("//")[2].encode(), b"OPERATOR")
                for request in served.requests
            ]

    assert run(scenario()) == [
        b"POST /pay?x=%20&y=1 HTTP/1.1\r\nHost: OPERATOR\r\nContent-Type: application/json\r\n"
        b"Authorization: Bearer t\r\nContent-Length: 2\r\n\r\n{}",
        b"GET / HTTP/1.1\r\nHost: OPERATOR\r\nContent-Length: 0\r\n\r\n",
    ]


def test_five_hundred_at_once_get_each_its_own_answer(run: Run) -> None:
    """F-N06, without faults: more requests than connections."""

    async def scenario() -> tuple[list[bytes], int]:
        async with serving(echo) as served, door_out() as outbound:
            sent = (post(outbound, served.url, b"%d" % number) for number in range(500))
            answers = await asyncio.gather(*sent)
            return [answer.body for answer in answers], served.open_most

    bodies, open_most = run(scenario())

    assert bodies == [b"%d" % number for number in range(500)]
    assert open_most <= CONNECTIONS_MAX


def test_it_speaks_to_an_address_of_the_newer_internet(run: Run) -> None:
    async def scenario() -> tuple[bytes, bytes]:
        async with serving(echo, host="::1") as served, door_out() as outbound:
            response = await post(outbound, served.url)
            return response.body, served.heard

    body, heard = run(scenario())

    assert body == b"pay 5000"
    assert b"\r\nHost: [::1]:" in heard
