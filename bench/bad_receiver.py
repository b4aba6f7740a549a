"""A merchant's server by the path that is called: `python -m bench.bad_receiver`.

`/well` thanks at once, `/slow` says nothing, `/hostile` says a little, for ever.
"""

import asyncio
import os
from typing import Final

import uvloop

from bench.serving import ADDRESS, say, until_let_go

DRIP_SECONDS: Final = 0.05
THANKS: Final = b"HTTP/1.1 204 No Content\r\n\r\n"
ENDLESS: Final = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK: Final = b"400\r\n" + b"x" * 1_024 + b"\r\n"


async def heard(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection of the switch."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.lower().split(b"\r\n")
            length = next(line for line in lines if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))
            if lines[0].startswith(b"post /well"):
                writer.write(THANKS)
            elif lines[0].startswith(b"post /hostile"):
                await _drip(writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(ENDLESS)
    while True:
        writer.write(CHUNK)
        await writer.drain()
        await asyncio.sleep(DRIP_SECONDS)


async def main() -> None:
    """Until standard input ends."""
    server = await asyncio.start_server(heard, ADDRESS, 0)
    say({"url": f"http://{ADDRESS}:{server.sockets[0].getsockname()[1]}"})
    await until_let_go()
    say({})
    os._exit(0)


if __name__ == "__main__":
    uvloop.run(main())
