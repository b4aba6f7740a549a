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
from typing import Final, Self
from urllib.parse import urlsplit

import uvloop

from bench.serving import say
from bench.traffic import AUTHORIZATION

HOW: Final = ("headers", "body", "reading")
DRIP_SECONDS: Final = 4.0
OPENING: Final = 50
"""So many are opened at once, and so often a second that nobody opens them all at one moment."""

PAUSE_SECONDS: Final = 0.05
ADDRESSES: Final = 50
DESCRIPTORS: Final = 20_000

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
        if self._crowd.how == "reading":
            self.transport.pause_reading()
        self.transport.write(_SAID[self._crowd.how])
        self._crowd.here(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        del exc
        self._crowd.gone(self, time.perf_counter() - self._began_at)


class Crowd:
    """Keeps so many open for as long as the block."""

    def __init__(self, url: str, how: str, count: int) -> None:
        parts = urlsplit(url)
        self._address = str(parts.hostname), int(parts.port or 80)
        self._count = count
        self._open: dict[Slow, None] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._ends = False
        self._free = [f"127.0.0.{2 + place % ADDRESSES}" for place in range(count)]
        self.how = how
        self.most = 0
        self.lasted_seconds: list[float] = []

    def here(self, one: Slow) -> None:
        """One more is connected."""
        self._open[one] = None
        self.most = max(self.most, len(self._open))

    def gone(self, one: Slow, lasted_seconds: float) -> None:
        """One was closed; by the server, unless the crowd itself goes home."""
        self._open.pop(one, None)
        self._free.append(one.address)
        if not self._ends:
            self.lasted_seconds.append(lasted_seconds)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        await self._fill()
        self._tasks = [loop.create_task(self._keep_full()), loop.create_task(self._drip())]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ends = True
        for task in self._tasks:
            task.cancel()
        for one in list(self._open):
            one.transport.abort()
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
        await loop.create_connection(lambda: Slow(self, address), sock=slow)

    async def _keep_full(self) -> None:
        while True:
            await self._fill()
            await asyncio.sleep(0.2)

    async def _drip(self) -> None:
        while self.how != "reading":
            for place, one in enumerate(list(self._open)):
                one.transport.write(b"a")
                if place % OPENING == 0:
                    await asyncio.sleep(DRIP_SECONDS * OPENING / self._count)


async def main(url: str, how: str, count: int) -> None:
    """Until standard input ends."""
    async with Crowd(url, how, count) as crowd:
        say({"url": ""})
        loop, let_go = asyncio.get_running_loop(), asyncio.Event()

        def listen() -> None:
            if not os.read(sys.stdin.fileno(), 4_096):
                loop.remove_reader(sys.stdin.fileno())
                let_go.set()

        loop.add_reader(sys.stdin.fileno(), listen)
        await let_go.wait()
    longest = max(crowd.lasted_seconds, default=0)
    say({"most": crowd.most, "closed": len(crowd.lasted_seconds), "longest_seconds": longest})


if __name__ == "__main__":
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, DESCRIPTORS), hard))
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
