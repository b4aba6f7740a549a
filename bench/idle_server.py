"""A server that does nothing but close slow sockets: `python -m bench.idle_server HOW`.

The control of `make overload`: what the same crowd costs a machine, whoever it besieges.
"""

import asyncio
import sys
from typing import Final

import uvloop

from bench.serving import ADDRESS, say, until_let_go
from bench.slow_sockets import HOW, take_descriptors

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
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Idle(how), ADDRESS, 0, backlog=BACKLOG)
    host, port = server.sockets[0].getsockname()
    say({"url": f"http://{host}:{port}"})
    await until_let_go()


if __name__ == "__main__":
    take_descriptors()
    uvloop.run(main(sys.argv[1]))
