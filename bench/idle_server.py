"""A server that does nothing but close slow sockets: `python -m bench.idle_server HOW`.

The control of `make overload`: what the same crowd costs a machine, whoever it besieges.
"""

import asyncio
import os
import resource
import sys
from typing import Final

import uvloop

from bench.serving import say
from bench.slow_sockets import DESCRIPTORS, HOW

CLOSED_AFTER: Final = dict(zip(HOW, (10.0, 30.0, 30.0), strict=True))  # F-R01 to F-R03
BACKLOG: Final = 2_048
ANSWER: Final = bytes(1_000_000)
"""More than anybody's buffers hold."""


class Idle(asyncio.Protocol):
    """One connection."""

    def __init__(self, how: str) -> None:
        self._how = how

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        loop, after = asyncio.get_running_loop(), CLOSED_AFTER[self._how]
        if self._how == "reading":
            transport.write(ANSWER)  # type: ignore[attr-defined]
            transport.pause_reading()  # type: ignore[attr-defined]
            loop.call_later(after, transport.abort)  # type: ignore[attr-defined]
        else:
            loop.call_later(after, transport.close)


async def main(how: str) -> None:
    """Until standard input ends."""
    loop, let_go = asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(lambda: Idle(how), "127.0.0.1", 0, backlog=BACKLOG)
    host, port = server.sockets[0].getsockname()
    say({"url": f"http://{host}:{port}"})

    def listen() -> None:
        if not os.read(sys.stdin.fileno(), 4_096):
            loop.remove_reader(sys.stdin.fileno())
            let_go.set()

    loop.add_reader(sys.stdin.fileno(), listen)
    await let_go.wait()


if __name__ == "__main__":
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, DESCRIPTORS), hard))
    uvloop.run(main(sys.argv[1]))
