"""The guarded door: names that lead elsewhere, and servers that mean harm (S-OUT-02, S-OUT-03)."""

import asyncio
import ssl
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cross.domain.webhook_address import Rules, WebhookUrlRefused
from cross.outbound import HttpRequest, HttpResponse, NoAnswer
from cross.outbound_guard import READ_BYTES_MAX, GuardedOutbound
from cross.outbound_http import HttpOutbound
from tests.conftest import Run
from tests.outbound.servers import Line, Served, certificate_for, serving

URL = "https://shop.example.com/hook"


class Names:
    """A resolver that answers as it is told, each time with the next answer."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        del port
        self.asked.append(host)
        if len(self._answers) > 1:
            return self._answers.pop(0)
        return self._answers[0]


class Door:
    """Keeps where it was sent to, and answers."""

    def __init__(self) -> None:
        self.sent: list[tuple[str | None, str]] = []

    async def send_to(self, address: str | None, request: HttpRequest) -> HttpResponse:
        self.sent.append((address, request.url))
        return HttpResponse(204, b"")


def post(url: str = URL, *, seconds: float = 5.0) -> HttpRequest:
    return HttpRequest("POST", url, body=b"{}", deadline_seconds=seconds)


HOSTILE: tuple[Sequence[str], ...] = (
    ["127.0.0.1"],
    ["10.1.2.3"],
    ["169.254.169.254"],
    ["100.64.1.1"],
    ["::1"],
    ["fe80::1%eth0"],
    ["::ffff:10.0.0.1"],
    ["64:ff9b::a00:1"],
    ["2002:a00:1::"],
    ["224.0.0.1"],
    ["0.0.0.0"],  # noqa: S104  nothing is bound: it is refused
    ["8.8.8.8", "127.0.0.1"],
    ["2a00:1450:4007:80c::200e", "fc00::1"],
    [],
)


@pytest.mark.parametrize("addresses", HOSTILE)
def test_a_name_that_leads_inside_is_refused_at_save_and_at_connect(
    run: Run, addresses: Sequence[str]
) -> None:
    """F-S01, F-S02: one bad address of several is enough."""
    door = Door()
    guard = GuardedOutbound(Rules(), resolve=Names(addresses), door=door)

    with pytest.raises(WebhookUrlRefused):
        run(guard.check(URL))
    with pytest.raises(NoAnswer) as refused:
        run(guard.send(post()))

    assert not refused.value.sent
    assert door.sent == []


def test_a_name_that_leads_elsewhere_a_moment_later_leads_nowhere(run: Run) -> None:
    """F-S02: looked up once an attempt, and the connection goes to what was checked."""
    door, names = Door(), Names(["8.8.8.8"], ["8.8.4.4"], ["127.0.0.1"])
    guard = GuardedOutbound(Rules(), resolve=names, door=door)

    run(guard.check(URL))
    run(guard.send(post()))
    with pytest.raises(NoAnswer):
        run(guard.send(post()))

    assert door.sent == [("8.8.4.4", URL)]
    assert len(names.asked) == 3


def test_where_this_switch_answers_nothing_is_sent_whatever_the_name(run: Run) -> None:
    """F-S04."""

    async def names(host: str, port: int) -> Sequence[str]:
        del host, port
        return ["8.8.8.8"]

    guard = GuardedOutbound(Rules(own=(("cross.example.com", 443),)), resolve=names, door=Door())

    with pytest.raises(NoAnswer, match="this switch itself"):
        run(guard.send(post()))


def test_a_name_that_hangs_ends_with_the_deadline(run: Run) -> None:
    async def names(host: str, port: int) -> Sequence[str]:
        del host, port
        await asyncio.Event().wait()
        return []

    guard = GuardedOutbound(Rules(), resolve=names, door=Door())

    with pytest.raises(NoAnswer, match="in time"):
        run(guard.send(post(seconds=0.05)))


def test_the_connection_goes_to_the_address_and_the_name_is_what_is_said(
    run: Run, tmp_path: Path
) -> None:
    """The certificate is still that of the name: an address that was checked is not enough."""
    server_tls, client_tls = certificate_for("127.0.0.1", tmp_path)

    async def scenario(tls: ssl.SSLContext, host: str) -> Served:
        async with serving(_answers, tls=server_tls) as served:
            outbound = HttpOutbound(tls=tls)
            port = urlsplit(served.url).port
            try:
                await outbound.send_to("127.0.0.1", post(f"https://{host}:{port}/hook"))
            finally:
                await outbound.close()
            return served

    assert b"Host: 127.0.0.1:" in run(scenario(client_tls, "127.0.0.1")).requests[0]
    with pytest.raises(NoAnswer):
        run(scenario(client_tls, "shop.example.com"))


@pytest.mark.parametrize("framed", [b"Content-Length: 1073741824\r\n", b""])
def test_an_answer_without_end_is_cut(run: Run, framed: bytes) -> None:
    """F-S05: a GiB, or a body that never ends: so much is read, and the status counts."""

    async def flood(line: Line) -> None:
        await line.request()
        line.say(b"HTTP/1.1 200 OK\r\n" + framed + b"\r\n")
        while True:
            line.say(b"x" * 4096)
            await asyncio.sleep(0)

    answer = run(_sent_to(flood))

    assert (answer.status, len(answer.body)) == (200, READ_BYTES_MAX)


def test_an_answer_that_comes_drop_by_drop_ends_with_the_deadline(run: Run) -> None:
    """F-S05."""

    async def drip(line: Line) -> None:
        await line.request()
        line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        while True:
            line.say(b"x")
            await asyncio.sleep(0.02)

    with pytest.raises(NoAnswer):
        run(_sent_to(drip, seconds=0.3))


def test_a_redirect_is_an_answer_and_not_followed(run: Run) -> None:
    """S-OUT-02, F-S05."""

    async def away(line: Line) -> None:
        await line.request()
        line.answer(b"", b"Location: http://169.254.169.254/latest/", status=b"307 Away")
        await line.hung_up()

    assert run(_sent_to(away)).status == 307


async def _sent_to(talk: object, *, seconds: float = 5.0) -> HttpResponse:
    async with serving(talk) as served:  # type: ignore[arg-type]
        guard = GuardedOutbound(Rules(private=True, own=(("127.0.0.1", 1),)))
        try:
            return await guard.send(post(f"{served.url}/hook", seconds=seconds))
        finally:
            await guard.close()
            await asyncio.sleep(0)


async def _answers(line: Line) -> None:
    await line.request()
    line.answer()
    await line.hung_up()
