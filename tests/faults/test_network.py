"""Names that fail, hang or move, addresses that swallow everything, certificates that ended."""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from cross.outbound import HttpRequest, NoAnswer
from cross.outbound_http import HttpOutbound
from tests.conftest import Run
from tests.outbound.servers import Line, certificate_for, echo, serving

HERE = "127.0.0.1"
SWALLOWS = "127.0.0.2"


class Directory:
    """Where a name leads, as long as it says so; it may fail, hang, or be changed."""

    def __init__(self, *answers: Sequence[str] | OSError) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        del host, port
        self.asked += 1
        await self.may_answer.wait()
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer


async def ask(door: HttpOutbound, port: int, *, seconds: float = 5.0, scheme: str = "http") -> str:
    """What a service of that name answers."""
    url = f"{scheme}://operator.example:{port}/pay"
    request = HttpRequest("POST", url, body=b"5000", deadline_seconds=seconds)
    return (await door.send(request)).body.decode()


async def silence_of(door: HttpOutbound, port: int, *, seconds: float = 5.0) -> NoAnswer:
    """Why there is no answer."""
    with pytest.raises(NoAnswer) as raised:
        await ask(door, port, seconds=seconds)
    return raised.value


@contextmanager
def black_hole(port: int) -> Iterator[None]:
    """An address at which a connection is neither made nor refused: its queue is full."""
    listening = socket.socket()
    listening.bind((SWALLOWS, port))
    listening.listen(0)
    waiting = [socket.socket() for _ in range(4)]
    for one in waiting:
        one.settimeout(0)
        one.connect_ex((SWALLOWS, port))
    try:
        yield
    finally:
        for one in (*waiting, listening):
            one.close()


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def test_a_failed_look_up_is_not_remembered(run: Run) -> None:
    """F-N09: nothing left, and the very next request asks again."""

    async def scenario() -> tuple[NoAnswer, str]:
        directory = Directory(OSError("no such name"), [HERE])
        async with serving(echo) as served:
            door = HttpOutbound(resolve=directory)
            silence = await silence_of(door, port_of(served.url))
            answer = await ask(door, port_of(served.url))
            await door.close()
            return silence, answer

    silence, answer = run(scenario())

    assert not silence.sent
    assert answer == "5000"


def test_a_name_that_hangs_ends_with_the_deadline_and_is_asked_for_once(run: Run) -> None:
    """F-N09, F-Y05: twenty who wait for it hold one thread, and all of them end."""

    async def scenario() -> tuple[list[NoAnswer], int]:
        directory = Directory([HERE])
        directory.may_answer.clear()
        door = HttpOutbound(resolve=directory)
        silences = await asyncio.gather(*(silence_of(door, 9, seconds=0.1) for _ in range(20)))
        directory.may_answer.set()
        await asyncio.sleep(0)
        return silences, directory.asked

    silences, asked = run(scenario())

    assert not any(silence.sent for silence in silences)
    assert asked == 1


def test_an_address_that_changed_is_followed_at_the_next_connection(run: Run) -> None:
    """F-N09: the server moved; its old place refuses, and nobody remembers it."""

    async def one_answer(line: Line) -> None:
        await line.request()
        line.answer(b"moved", b"Connection: close")

    async def scenario() -> tuple[NoAnswer, str]:
        directory = Directory(["127.0.0.3"], [HERE])
        async with serving(one_answer) as served:
            door = HttpOutbound(resolve=directory)
            silence = await silence_of(door, port_of(served.url))
            answer = await ask(door, port_of(served.url))
            await door.close()
            return silence, answer

    silence, answer = run(scenario())

    assert (silence.sent, answer) == (False, "moved")


def test_an_address_that_swallows_everything_leaves_time_for_the_next(run: Run) -> None:
    """F-N15: as an IPv6 address that is black-holed; the other one answers within the deadline."""

    async def scenario() -> str:
        async with serving(echo) as served:
            port = port_of(served.url)
            door = HttpOutbound(resolve=Directory([SWALLOWS, HERE]))
            with black_hole(port):
                answer = await ask(door, port, seconds=1.0)
            await door.close()
            return answer

    assert run(scenario()) == "5000"


def test_where_every_address_swallows_everything_nothing_was_sent(run: Run) -> None:
    """F-N15: it ends with the deadline."""

    async def scenario() -> NoAnswer:
        async with serving(echo) as served:
            port = port_of(served.url)
            with black_hole(port):
                door = HttpOutbound(resolve=Directory([SWALLOWS, SWALLOWS]))
                return await silence_of(door, port, seconds=0.2)

    assert not run(scenario()).sent


@pytest.mark.parametrize("ended", ["at the operator", "at one address of two"])
def test_an_operator_whose_certificate_has_ended_gets_no_byte(
    run: Run, tmp_path: Path, ended: str
) -> None:
    """F-N10: the name is right, and who vouches for it; only its time is over."""
    server_tls, client_tls = certificate_for(HERE, tmp_path, ends_in=-timedelta(hours=1))
    addresses = [HERE] if ended == "at the operator" else [HERE, HERE]

    async def talk(line: Line) -> None:
        await line.hung_up()

    async def scenario() -> tuple[NoAnswer, bytes]:
        async with serving(talk, tls=server_tls) as served:
            door = HttpOutbound(tls=client_tls, resolve=Directory(addresses))
            with pytest.raises(NoAnswer) as raised:
                await ask(door, port_of(served.url), scheme="https")
            return raised.value, served.heard

    silence, heard = run(scenario())

    assert not silence.sent
    assert heard == b""


def test_a_redirect_leads_nowhere_on_any_door(run: Run) -> None:
    """F-S03: to the metadata service of a cloud, say: it is an answer, and a failed one."""

    async def talk(line: Line) -> None:
        await line.request()
        line.answer(b"", b"Location: http://169.254.169.254/latest/", status=b"302 Found")

    async def scenario() -> tuple[int, int]:
        async with serving(talk) as served:
            door = HttpOutbound()
            answer = await door.send(HttpRequest("POST", served.url, deadline_seconds=5.0))
            await door.close()
            return answer.status, served.connections

    assert run(scenario()) == (302, 1)
