"""Complete transfers, end to end: how many a second, how late, and what they cost each process."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.databases import Server
from bench.figures import Figure, megabytes, milliseconds, percentile
from bench.meter import Meter
from bench.proof import Books, read_books, require_agreement
from bench.stage import Hearers, Stage, cross_callback_path, cross_switch, stage_with
from bench.webhooks import Hearing, figures_of, hearing, require_told, resend

WINDOW: Final = 256
WARM_UP: Final = 500
BANK_RATE: Final = 10
RATES: Final = (200, 1_000)

COMPLETE: Final = "complete transfers per second"
"""The first figure of all: what the switch is for."""

THROUGHPUT: Final = "Complete transfers"
GATEWAY: Final = "The MBANKING gateway beside it"
LATENCY: Final = "Latency at a rate that does not wait"
COST: Final = "Processor time and memory"

OUTSIDE: Final = ("load", "receiver")

_WHOSE: Final = {
    "load": "the load generator, which is no part of the product",
    "switch": "the switch, its SQLite included",
    "simulators": "both simulated operators",
    "receiver": "the merchant's server that hears webhooks, no part of the product either",
    "database server": "all processes of PostgreSQL; SQLite has none",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """How much to send; `offered_seconds` at each rate of the open loop."""

    count: int
    offered_seconds: float
    window: int = WINDOW
    warm_up: int = WARM_UP
    profile: Path | None = None
    webhooks: bool = True
    bank_rate: int = BANK_RATE


@dataclass(frozen=True, slots=True)
class Offered:
    """What an open loop at one rate gave."""

    rate: int
    result: dict[str, Any]
    ids: Sequence[str]


def measure_transfers(
    engine: str, database_url: str, *, server: Server | None, measure: Measure, folder: Path
) -> list[Figure]:
    """Every figure about transfers on one engine; raises `Disagreement` instead of a wrong one."""
    with ExitStack() as stack:
        heard = stack.enter_context(hearing(folder)) if measure.webhooks else None
        start = cross_switch(
            database_url,
            folder=folder,
            profile=measure.profile,
            hearers=Hearers() if heard is None else Hearers(heard.url, heard.file),
            bank=measure.bank_rate > 0,
        )
        stage = stack.enter_context(
            stage_with(start, folder=folder, callback_path=cross_callback_path)
        )
        stage.bank_rate = measure.bank_rate
        also = {} if heard is None else {"receiver": heard.process}
        stage.send("closed", measure.warm_up, window=measure.window)
        _hear_all(stage, heard)
        with Meter(stage, server, also) as meter:
            closed = stage.send("closed", measure.count, window=measure.window)
            _hear_all(stage, heard)
        offered = [_offer(stage, heard, rate, measure.offered_seconds) for rate in RATES]
        peaks = meter.memory_peaks()
        webhook_figures: list[Figure] = []
        if heard is not None:
            resent = resend(stage, heard, server, since=offered[-1].result["scheduled_at"][0])
            told = require_told(stage.ids, heard, repeated=resent.count)
            lags = {f"at {one.rate:,}/s": one.ids for one in offered}
            lags["while saturated"] = closed["ids"]
            webhook_figures = figures_of(engine, told, resent, lags)
        credit_seconds = stage.bank_credits()
        ending = stage.end()
    books = asyncio.run(read_books(database_url, since=min(stage.ids)))
    require_agreement(stage.ids, ending, books, bank_credits=len(credit_seconds))
    seconds = max(books.transfers[id_].completed_at for id_ in closed["ids"]) - closed["began_at"]
    figures = _throughput(engine, closed["accept_seconds"], seconds, measure, ending.told)
    for one in offered:
        figures += _latency(engine, one, books)
    return (
        figures
        + webhook_figures
        + _bank(engine, credit_seconds, measure.bank_rate)
        + _cost(engine, meter, seconds, measure)
        + [
            Figure(
                COST, f"peak memory, {name}", engine, megabytes(peak), "MB", _WHOSE[name], digits=0
            )
            for name, peak in peaks.items()
        ]
    )


def _offer(stage: Stage, heard: Hearing | None, rate: int, seconds: float) -> Offered:
    before = len(stage.ids)
    result = stage.send("offered", int(rate * seconds), rate=rate)
    _hear_all(stage, heard)
    return Offered(rate, result, stage.ids[before:])


def _hear_all(stage: Stage, heard: Hearing | None) -> None:
    """Waits until the merchant was told of everything so far."""
    if heard is not None:
        heard.wait_for(len(stage.ids))


def _throughput(
    engine: str, accept: Sequence[float], seconds: float, measure: Measure, told: Mapping[str, Any]
) -> list[Figure]:
    writes = told["writes"] / max(1, told["batches"])
    return [
        Figure(
            THROUGHPUT,
            COMPLETE,
            engine,
            measure.count / seconds,
            "/s",
            f"{measure.count:,} transfers, {measure.window} under way at a time: HTTP in, debit,"
            " callback, query, credit, all durable",
        ),
        Figure(
            THROUGHPUT,
            "accept p50 at that rate",
            engine,
            milliseconds(percentile(accept, 50)),
            "ms",
            "from the request to the 202, while saturated",
            digits=1,
        ),
        Figure(
            THROUGHPUT,
            "writes a commit",
            engine,
            writes,
            "",
            "steps that shared one durable commit, on average over the whole run",
            digits=1,
        ),
    ]


def _latency(engine: str, offered: Offered, books: Books) -> list[Figure]:
    result, at = offered.result, f"at {offered.rate:,}/s"
    complete = [
        books.transfers[id_].completed_at - scheduled
        for id_, scheduled in zip(offered.ids, result["scheduled_at"], strict=True)
    ]
    told = (
        ("accept p50", result["accept_seconds"], 50, "from the moment of the schedule to the 202"),
        ("accept p99", result["accept_seconds"], 99, "the slowest in a hundred"),
        ("complete p50", complete, 50, "from the schedule to `completed_at`, two operators later"),
        ("complete p99", complete, 99, "the slowest in a hundred"),
        ("sent late p99", result["late_seconds"], 99, "the load's own lateness, in all the above"),
    )
    return [
        Figure(
            LATENCY,
            f"{name} {at}",
            engine,
            milliseconds(percentile(values, percent)),
            "ms",
            meaning,
            digits=1,
        )
        for name, values, percent, meaning in told
    ]


def _bank(engine: str, credit_seconds: Sequence[float], rate: int) -> list[Figure]:
    return [
        Figure(
            GATEWAY,
            f"credit p{percent}",
            engine,
            milliseconds(percentile(credit_seconds, percent)),
            "ms",
            f"version 2, to its final answer: {len(credit_seconds):,}, {rate} a second all along",
            digits=1,
        )
        for percent in (50, 99)
        if credit_seconds
    ]


def _cost(engine: str, meter: Meter, seconds: float, measure: Measure) -> list[Figure]:
    figures = [
        Figure(
            COST,
            f"CPU a transfer, {name}",
            engine,
            used / measure.count * 1e6,
            "us",
            f"{_WHOSE[name]}; {used / seconds:.0%} of one core while saturated",
        )
        for name, used in meter.cpu_seconds.items()
    ]
    product = sum(used for name, used in meter.cpu_seconds.items() if name not in OUTSIDE)
    others = meter.others_cpu_seconds / seconds
    figures += [
        Figure(
            COST,
            "CPU a transfer, all but the load",
            engine,
            product / measure.count * 1e6,
            "us",
            "the same whoever else uses the machine: cores over this is what it could complete",
        ),
        Figure(
            COST,
            "others on this machine",
            engine,
            others * 100,
            "% of a core",
            "what was not ours meanwhile, the kernel's own work included: near 0, or run it again",
        ),
    ]
    return figures
