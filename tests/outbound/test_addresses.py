"""Where a request goes is what its URL says, and nothing smuggles a second line into its head."""

import pytest

from cross.outbound import HttpRequest, NoAnswer
from tests.conftest import Run
from tests.outbound.servers import door_out, echo, serving

TARGETS = {
    "": b"/",
    "/": b"/",
    "/pay": b"/pay",
    "/pay?x=1": b"/pay?x=1",
    "/pay?next=/a?b": b"/pay?next=/a?b",
    "?x=1": b"/?x=1",
    "?next=/pay": b"/?next=/pay",
    "/caf%C3%A9": b"/caf%C3%A9",
}
FORGED = {
    "line break in the path": HttpRequest("POST", "{}/pay\r\nX-Forged: 1"),
    "line break alone": HttpRequest("POST", "{}/pay\nX-Forged: 1"),
    "carriage return alone": HttpRequest("POST", "{}/pay\rX-Forged: 1"),
    "second request in the path": HttpRequest("POST", "{}/ HTTP/1.1\r\n\r\nGET /x"),
    "space in the path": HttpRequest("POST", "{}/pay now"),
    "tab in the path": HttpRequest("POST", "{}/pay\tnow"),
    "NUL in the path": HttpRequest("POST", "{}/pay\0"),
    "letters that a URL has not": HttpRequest("POST", "{}/pay€"),
    "line break in the query": HttpRequest("POST", "{}/pay?x=\r\nX-Forged: 1"),
    "line break in a value": HttpRequest("POST", "{}", (("X-A", "a\r\nX-Forged: 1"),)),
    "line feed in a value": HttpRequest("POST", "{}", (("X-A", "a\nX-Forged: 1"),)),
    "carriage return in a value": HttpRequest("POST", "{}", (("X-A", "a\rX-Forged: 1"),)),
    "NUL in a value": HttpRequest("POST", "{}", (("X-A", "a\0"),)),
    "letters that a header has not": HttpRequest("POST", "{}", (("X-A", "€"),)),
    "line break in a name": HttpRequest("POST", "{}", (("X-A: 1\r\nX-Forged", "1"),)),
    "line break in the method": HttpRequest("GET / HTTP/1.1\r\nX-Forged: 1\r\n\r\nPOST", "{}"),
}
ELSEWHERE = [
    "operator",
    "/pay",
    "",
    "ftp://operator/pay",
    "file:///etc/passwd",
    "http://",
    "http:///pay",
    "http://user:word@127.0.0.1:1/pay",
    "http://127.0.0.1:1@operator/pay",
    "http://127.0.0.1:99999/pay",
    "http://127.0.0.1:port/pay",
    "http://[::1/pay",
    "http://127.0.0.1:1\r\nX-Forged: 1/pay",
    "http://127.0.0.1:1\\@operator/pay",
]


@pytest.mark.parametrize("written", TARGETS)
def test_path_and_query_arrive_as_written(run: Run, written: str) -> None:
    async def scenario() -> list[bytes]:
        async with serving(echo) as served, door_out() as outbound:
            await outbound.send(HttpRequest("POST", served.url + written, deadline_seconds=5))
            return served.requests

    (request,) = run(scenario())

    assert request.split(b" ")[1] == TARGETS[written]


@pytest.mark.parametrize("how", FORGED)
def test_a_request_that_would_forge_another_line_is_not_sent(run: Run, how: str) -> None:
    """S-IN-04: refused before a connection is looked for."""
    forged = FORGED[how]

    async def scenario() -> tuple[NoAnswer, int]:
        async with serving(echo) as served, door_out() as outbound:
            url = forged.url.replace("{}", served.url)
            with pytest.raises(NoAnswer) as raised:
                await outbound.send(HttpRequest(forged.method, url, forged.headers, b"", 5))
            return raised.value, served.connections

    silence, connections = run(scenario())

    assert not silence.sent
    assert connections == 0


@pytest.mark.parametrize("url", ELSEWHERE)
def test_what_is_no_plain_http_address_is_refused(run: Run, url: str) -> None:
    async def scenario() -> NoAnswer:
        async with door_out() as outbound:
            with pytest.raises(NoAnswer) as raised:
                await outbound.send(HttpRequest("POST", url, deadline_seconds=5))
            return raised.value

    silence = run(scenario())

    assert not silence.sent
    assert silence.detail == "not an http address"
