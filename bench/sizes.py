"""Sizes: what a transfer and a page of a list cost once many movements are stored."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.databases import Server
from bench.figures import Figure, milliseconds, percentile
from bench.meter import Meter
from bench.proof import read_books, require_agreement
from bench.seed import seed
from bench.stage import OPERATORS, Stage, cross_callback_path, cross_switch, stage_with
from bench.traffic import CREDIT, DEBIT, FLOAT
from cross.bootstrap import store_for
from cross.clock import system_clock
from cross.randomness import RandomSource

SECTION: Final = "With many movements stored"
WINDOW: Final = 256
WARM_UP: Final = 300
READS: Final = 200
WHOLE_MAX: Final = 200_000
"""Above it the books are compared without adding up every posting again, which takes minutes."""


@dataclass(frozen=True, slots=True)
class Growth:
    """At how many stored movements to measure, and how many transfers to send at each."""

    sizes: Sequence[int]
    count: int


def measure_sizes(
    engine: str, database_url: str, *, server: Server | None, growth: Growth, folder: Path
) -> list[Figure]:
    """Figures at each size, the database growing from one to the next."""
    asyncio.run(_create(database_url))
    figures: list[Figure] = []
    seeded = sent = 0
    for size in sorted(growth.sizes):
        more = max(seeded, size - sent)
        seed(database_url, first=seeded, until=more)
        seeded = more
        floats = {name: _float(name, seeded + sent) for name in OPERATORS}
        start = cross_switch(database_url, folder=folder)
        with stage_with(
            start, folder=folder, callback_path=cross_callback_path, floats=floats, first=sent
        ) as stage:
            found = _measure(engine, stage, server, size, growth.count)
            ending = stage.end()
        sent = stage.first
        books = asyncio.run(read_books(database_url, since=min(stage.ids), whole=size <= WHOLE_MAX))
        require_agreement(stage.ids, ending, books)
        figures += found
    return figures


def _measure(
    engine: str, stage: Stage, server: Server | None, size: int, count: int
) -> list[Figure]:
    stage.send("closed", WARM_UP, window=WINDOW)
    with Meter(stage, server) as meter:
        stage.send("closed", count, window=WINDOW)
    used = meter.cpu_seconds["switch"] + meter.cpu_seconds["database server"]
    first = stage.load.ask({"do": "read", "path": "/v1/transfers?limit=20", "times": READS})
    middle = f"/v1/transfers?limit=20&starting_after=trf_01H{size // 2:023X}"
    deep = stage.load.ask({"do": "read", "path": middle, "times": READS})
    at = f"{size:,} stored"
    return [
        Figure(
            SECTION,
            f"CPU a transfer, {at}",
            engine,
            used / count * 1e6,
            "us",
            f"switch and database server together, {count:,} transfers",
        ),
        Figure(
            SECTION,
            f"first page, {at}",
            engine,
            milliseconds(percentile(first["read_seconds"], 50)),
            "ms",
            f"GET /v1/transfers?limit=20, p50 of {READS}, one after the other",
            digits=2,
        ),
        Figure(
            SECTION,
            f"page in the middle, {at}",
            engine,
            milliseconds(percentile(deep["read_seconds"], 50)),
            "ms",
            "the same with starting_after half way back",
            digits=2,
        ),
    ]


def _float(operator: str, transfers: int) -> int:
    return FLOAT + transfers * (DEBIT if operator == "tmoney" else -CREDIT)


async def _create(database_url: str) -> None:
    store = store_for(database_url, clock=system_clock, random_bits=RandomSource())
    await store.open()
    await store.close()
