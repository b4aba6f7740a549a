"""`cross simulate`: the simulated operators alone. The only module that brings simulators in."""

import asyncio
import hashlib
import os
import secrets
import socket
import sys
from itertools import count
from pathlib import Path
from typing import Annotated, Final

import typer

from cross.cli import serving
from cross.cli.calls import opened_outbound
from cross.cli.options import PromptDelay, Seed, command
from cross.cli.screen import OK, Screen
from cross.clock import system_clock
from cross.domain.ids import RandomBits
from cross.simulation.app import create_simulators
from cross.simulation.settings import SimulationSettings

HOST: Final = "127.0.0.1"


@command
def simulate(  # noqa: PLR0913  one argument an option
    screen: Screen,
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, metavar="PORT", help="0: a free one.")
    ] = 8229,
    prompt_delay: PromptDelay = 1.0,
    seed: Seed = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keeps the key pairs of operators that sign."),
    ] = None,
    listener: Annotated[int | None, typer.Option(hidden=True)] = None,
    while_stdin_is_open: Annotated[bool, typer.Option(hidden=True)] = False,
) -> int | None:
    """Start the simulated operators, without a switch."""
    taken = serving.take_port(HOST, port, flag="--port") if listener is None else None
    taken = taken or socket.socket(fileno=listener)
    settings = SimulationSettings(prompt_delay_seconds=prompt_delay, keys_folder=data_dir)
    return serving.run(
        _serve(screen, taken, settings, seed, while_stdin_is_open=while_stdin_is_open)
    )


async def _serve(
    screen: Screen,
    listener: socket.socket,
    settings: SimulationSettings,
    seed: int | None,
    *,
    while_stdin_is_open: bool,
) -> int:
    stop = serving.stop_asked_for()
    async with opened_outbound() as outbound:
        simulators = create_simulators(
            outbound=outbound,
            clock=system_clock,
            random_bits=secrets.randbits if seed is None else seeded_bits(seed),
            settings=settings,
        )
        server = serving.Server(simulators, listener)
        await server.start()
        _tell(screen, serving.address_of(listener), list(simulators.desks))
        if while_stdin_is_open:
            await _stop_when_stdin_closes(stop)
        await stop.wait()
        await server.stop()
    return OK


def _tell(screen: Screen, url: str, names: list[str]) -> None:
    screen.say(
        fr=f"Opérateurs simulés : {url} ({', '.join(names)}). Ctrl-C les arrête.",
        en=f"Simulated operators: {url} ({', '.join(names)}). Ctrl-C stops them.",
    )
    screen.document({"sim_url": url, "operators": names})


def seeded_bits(seed: int) -> RandomBits:
    """The same bits for the same seed, in the same order."""
    numbers = count()

    def bits(wanted: int) -> int:
        digest = hashlib.shake_256(f"{seed}:{next(numbers)}".encode()).digest(wanted // 8 + 1)
        return int.from_bytes(digest) >> (8 * len(digest) - wanted)

    return bits


async def _stop_when_stdin_closes(stop: asyncio.Event) -> None:
    """Whoever started us holds the other end: it closes when they end, in whatever way."""

    class _Watch(asyncio.Protocol):
        def connection_lost(self, exc: Exception | None) -> None:
            del exc
            stop.set()

    await asyncio.get_running_loop().connect_read_pipe(
        _Watch, os.fdopen(sys.stdin.fileno(), "rb", buffering=0, closefd=False)
    )
