"""Sockets that are slow on purpose: `python -m bench.slow_sockets URL HOW COUNT`.

They come from as many addresses as the bound of one asks for; each that is closed is opened again.
The first line is said when all are open, the last one when standard input has ended.
"""

import asyncio
import os
import resource
import socket
import sys
import time
from contextlib import suppress
from typing import Final, Self
from urllib.parse import urlsplit

import uvloop

from bench.serving import say, until_let_go
from bench.traffic import AUTHORIZATION

HOW: Final = ("headers", "body", "reading")
DRIP_SECONDS: Final = 4.0
OPENING: Final = 50
"""So many are opened at once, and so often a second that nobody opens them all at one moment."""

PAUSE_SECONDS: Final = 0.05
LOOK_SECONDS: Final = 0.5
SECOND_WORD_SECONDS: Final = 2.0
ESTABLISHED: Final = 1  # linux/tcp_states.h
ADDRESSES: Final = 50
DESCRIPTORS: Final = 20_000
NICENESS: Final = 10
"""Whoever attacks uses a machine of their own: here the crowd waits for those it besieges."""

_HEAD: Final = b"POST /v1/quotes HTTP/1.1\r\nHost: switch\r\n"
_SAID: Final = {
    "headers": _HEAD + b"X-Slow: ",
    "body": _HEAD
    + f"Authorization: {AUTHORIZATION}\r\n".encode()
    + b"Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n{",
    "reading": b"GET /openapi.json HTTP/1.1\r\nHost: switch\r\n\r\n" * 8,
}


class Slow(asyncio.Protocol):
    """One of them."""

    def __init__(self, crowd: "Crowd", address: str) -> None:
        self._crowd = crowd
        self.address = address
        self._began_at = 0.0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self.transport = transport  # type: ignore[assignment]
        self._began_at = time.perf_counter()
        self.transport.write(_SAID[self._crowd.how])
        self._crowd.here(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        del exc
        self._crowd.gone(self, time.perf_counter() - self._began_at)


class Deaf:
    """One that asks for much and reads none of it; no transport would tell that it was closed."""

    def __init__(self, address: str, slow: socket.socket) -> None:
        self.address = address
        self.began_at = time.perf_counter()
        self._socket = slow
        slow.send(_SAID["reading"])

    def is_closed(self) -> bool:
        """Whether the other end has given up; what was not read there makes the end a reset."""
        state = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        if state == ESTABLISHED and time.perf_counter() - self.began_at < SECOND_WORD_SECONDS:
            with suppress(OSError):
                self._socket.send(b"G")
        return state != ESTABLISHED

    def close(self) -> None:
        """Goes home."""
        self._socket.close()


class Crowd:
    """Keeps so many open for as long as the block."""

    def __init__(self, url: str, how: str, count: int) -> None:
        parts = urlsplit(url)
        self._address = str(parts.hostname), int(parts.port or 80)
        self._count = count
        self._open: dict[Slow | Deaf, None] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._ends = False
        self._free = [f"127.0.0.{2 + place % ADDRESSES}" for place in range(count)]
        self.how = how
        self.most = 0
        self.lasted_seconds: list[float] = []

    def here(self, one: Slow | Deaf) -> None:
        """One more is connected."""
        self._open[one] = None
        self.most = max(self.most, len(self._open))

    def gone(self, one: Slow | Deaf, lasted_seconds: float) -> None:
        """One was closed; by the server, unless the crowd itself goes home."""
        self._open.pop(one, None)
        self._free.append(one.address)
        if not self._ends:
            self.lasted_seconds.append(lasted_seconds)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        busy = self._look if self.how == "reading" else self._drip
        self._tasks = [loop.create_task(busy())]
        await self._fill()
        self._tasks.append(loop.create_task(self._keep_full()))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ends = True
        for task in self._tasks:
            task.cancel()
        for one in list(self._open):
            if isinstance(one, Slow):
                one.transport.abort()
            else:
                one.close()
        await asyncio.sleep(0.5)

    async def _fill(self) -> None:
        while (missing := self._count - len(self._open)) > 0:
            opening = [self._connect() for _ in range(min(missing, OPENING))]
            await asyncio.gather(*opening, return_exceptions=True)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        address = self._free.pop(0)
        slow = socket.socket()
        slow.bind((address, 0))
        if self.how == "reading":
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        slow.setblocking(False)  # noqa: FBT003  the library's own signature
        await loop.sock_connect(slow, self._address)
        if self.how == "reading":
            self.here(Deaf(address, slow))
        else:
            await loop.create_connection(lambda: Slow(self, address), sock=slow)

    async def _keep_full(self) -> None:
        while True:
            await self._fill()
            await asyncio.sleep(0.2)

    async def _drip(self) -> None:
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            for place, one in enumerate(list(self._open)):
                if isinstance(one, Slow):
                    one.transport.write(b"a")
                if place % OPENING == 0:
                    await asyncio.sleep(DRIP_SECONDS * OPENING / self._count)

    async def _look(self) -> None:
        while True:
            now = time.perf_counter()
            for one in list(self._open):
                if isinstance(one, Deaf) and one.is_closed():
                    one.close()
                    self.gone(one, now - one.began_at)
            await asyncio.sleep(LOOK_SECONDS)


async def main(url: str, how: str, count: int) -> None:
    """Until standard input ends."""
    async with Crowd(url, how, count) as crowd:
        say({"url": ""})
        await until_let_go()
    say({"most": crowd.most, "lasted_seconds": crowd.lasted_seconds})


def take_descriptors() -> None:
    """Enough sockets may be open here for the crowd, or as many as the machine lets us have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, DESCRIPTORS), hard))


if __name__ == "__main__":
    take_descriptors()
    os.nice(NICENESS)
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
