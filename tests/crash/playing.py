"""A scene on a stage, with a merchant whose choices are the same each time."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.crash.load import Merchant
from tests.crash.process import Nursery, Process
from tests.crash.stage import Stage, staged

SEED: Final = 20_261_016
DRAIN_SECONDS: Final = 30.0


def on_stage(
    nursery: Nursery,
    folder: Path,
    url: str,
    play: Callable[[Stage], Coroutine[Any, Any, None]],
    **staging: Any,
) -> None:
    """Plays it on fresh books, and leaves no process."""

    async def main() -> None:
        async with staged(nursery, folder, url, **staging) as stage:
            await play(stage)

    asyncio.run(main())


async def end_of(process: Process) -> int:
    """How a process ended that has to end."""
    async with asyncio.timeout(DRAIN_SECONDS):
        return await process.ended


def same_random() -> Random:
    """Chance that is the same in every run."""
    return Random(SEED)  # noqa: S311  it decides nothing that is secret


def merchant_on(stage: Stage, *, urls: int | None = None) -> Merchant:
    """Who asks for movements there."""
    return Merchant(stage.outbound, stage.urls[:urls], same_random())
