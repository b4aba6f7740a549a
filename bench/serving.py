"""Serving: an ASGI application on a free port, until whoever started this process lets go of it."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from cross.cli import serving

ADDRESS = "127.0.0.1"


def serve(make: Callable[[], serving.App]) -> None:
    """Serves as `cross serve` does what `make` gives within the loop; ends with standard input.

    The address goes to standard output as one line of JSON.
    """
    serving.run(_serve(make))


async def until_let_go() -> None:
    """Returns when standard input ends: whoever started this process needs it no more."""
    loop, let_go = asyncio.get_running_loop(), asyncio.Event()

    def listen() -> None:
        if not os.read(sys.stdin.fileno(), 4_096):
            loop.remove_reader(sys.stdin.fileno())
            let_go.set()

    loop.add_reader(sys.stdin.fileno(), listen)
    await let_go.wait()


def say(line: Mapping[str, Any]) -> None:
    """One line of JSON to whoever started this process."""
    print(json.dumps(line), flush=True)


async def _serve(make: Callable[[], serving.App]) -> None:
    listener = serving.take_port(ADDRESS, 0, flag="")
    server = serving.Server(make(), listener)
    await server.start()
    say({"url": serving.address_of(listener)})
    await until_let_go()
    await server.stop()
