"""Serving: an ASGI application on a free port, until whoever started this process lets go of it."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

import uvicorn
import uvloop

KEEP_ALIVE_SECONDS: Final = 75
BACKLOG: Final = 2_048


def serve(
    make: Callable[[str], Any], *, told: Callable[[], Mapping[str, Any]] | None = None
) -> None:
    """Serves what `make` gives for this process's own address; ends with standard input.

    The address goes to standard output as one line of JSON, and what is `told` as another, last.
    """
    listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        make(url),
        http="httptools",
        lifespan="on",
        ws="none",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=5,
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(uvicorn.Server(config), listener, url))
    if told is not None:
        say(told())


def say(line: Mapping[str, Any]) -> None:
    """One line of JSON to whoever started this process."""
    print(json.dumps(line), flush=True)


async def _serve(server: uvicorn.Server, listener: socket.socket, url: str) -> None:
    loop = asyncio.get_running_loop()
    serving = loop.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():  # noqa: ASYNC110  it tells no other way
        await asyncio.sleep(0.01)
    if server.started:
        say({"url": url})
        loop.add_reader(sys.stdin.fileno(), _let_go, loop, server)
    await serving


def _let_go(loop: asyncio.AbstractEventLoop, server: uvicorn.Server) -> None:
    if not os.read(sys.stdin.fileno(), 4_096):
        loop.remove_reader(sys.stdin.fileno())
        server.should_exit = True
