"""The yardstick: the same transfers through the naive variant, on the same PostgreSQL server."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import psycopg

from bench.databases import Server
from bench.figures import Figure
from bench.meter import Meter
from bench.process import Process
from bench.proof import Books, Ended, require_agreement
from bench.stage import OPERATORS, OperatorSettings, stage_with

SECTION: Final = "Against the naive variant (async ORM session and transaction a step, httpx)"
NAME: Final = "naive: complete transfers per second"
WINDOW: Final = 32
WARM_UP: Final = 30


def measure_naive(server: Server, *, count: int, folder: Path) -> list[Figure]:
    """The naive variant's figures; raises `Disagreement` where its own books are wrong."""
    server.create("naive")
    plan = folder / "naive.json"

    def start(operators: OperatorSettings) -> Process:
        url = server.url("naive", "asyncpg")
        plan.write_text(json.dumps({"database_url": url, "operators": operators}))
        return Process("bench.naive.app", str(plan), folder=folder)

    with stage_with(start, folder=folder, callback_path=lambda name: f"/callbacks/{name}") as stage:
        stage.send("closed", WARM_UP, window=WINDOW)
        with Meter(stage, server) as meter:
            closed = stage.send("closed", count, window=WINDOW)
        ending = stage.end()
    books = _read_books(server.url("naive"))
    require_agreement(stage.ids, ending, books)
    seconds = max(books.transfers[id_].completed_at for id_ in closed["ids"]) - closed["began_at"]
    used = sum(meter.cpu_seconds.values()) - meter.cpu_seconds["load"]
    return [
        Figure(
            SECTION,
            NAME,
            "postgres",
            count / seconds,
            "/s",
            f"{count} transfers, {WINDOW} under way at a time; bench/naive/, checked"
            " as ours are, and as correct",
            digits=1,
        ),
        Figure(
            SECTION,
            "naive: CPU a transfer",
            "postgres",
            used / count * 1e6,
            "us",
            "variant, simulators and PostgreSQL",
        ),
    ]


def compared(figures: Sequence[Figure], ours: str) -> list[Figure]:
    """How many times as many transfers ours completes, by engine."""
    naive = next((figure.value for figure in figures if figure.name == NAME), None)
    if naive is None:
        return []
    return [
        Figure(
            SECTION,
            "ours, in transfers of the naive variant",
            figure.engine,
            figure.value / naive,
            "x",
            "complete transfers per second, ours over the naive variant's on PostgreSQL,"
            " in this run",
            digits=1,
        )
        for figure in figures
        if figure.name == ours
    ]


def _read_books(url: str) -> Books:
    with psycopg.connect(url) as connection:
        balances = _rows(connection, "SELECT name, balance FROM accounts")
        transfers = _rows(
            connection, "SELECT id, status, extract(epoch FROM completed_at) FROM transfers"
        )
        wrong = _rows(
            connection,
            "SELECT entry_id FROM postings GROUP BY entry_id HAVING sum(amount) <> 0",
        )
    held = dict(balances)
    return Books(
        {name: held[f"float:{name}"] for name in OPERATORS},
        sum(held.values()),
        {row[0]: Ended(row[1], float(row[2] or 0)) for row in transfers},
        [f"entry {row[0]} does not balance" for row in wrong],
    )


def _rows(connection: "psycopg.Connection[Any]", query: str) -> list[Any]:
    return connection.execute(query.encode()).fetchall()
