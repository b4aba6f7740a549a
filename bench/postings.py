"""Durable postings a second: the store by itself, beside the same SQL without us."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import psycopg
import uvloop

from bench import pgbench
from bench.databases import Server
from bench.figures import Figure
from bench.process import Failed
from bench.replay import Statement, listening, seconds_to_replay
from bench.writes import LINES_A_TRANSFER, furnish, in_batches, writes_of
from cross.bootstrap import store_for
from cross.clock import system_clock
from cross.randomness import RandomSource
from cross.storage.postgres_batch import RECORD_BATCH, BatchCall
from cross.storage.store import Saved, Store, Write
from cross.switch.recorder import Recorder

CALLERS: Final = 64
PGBENCHES: Final = (1, 2)
PGBENCH_SECONDS: Final = 5.0
SECTION: Final = "Durable postings, without HTTP or operators"
POST: Final = Path(__file__).with_name("post.sql")


def measure_on_sqlite(*, count: int, folder: Path) -> list[Figure]:
    """The store with 64 callers, and the same statements by apsw alone."""
    ours = uvloop.run(_seconds_of_callers(f"sqlite:{folder / 'callers.db'}", count))
    with listening() as heard:
        statements = uvloop.run(_heard_of_batches(f"sqlite:{folder / 'heard.db'}", count, heard))
    uvloop.run(_furnished(f"sqlite:{folder / 'bare.db'}"))
    bare = seconds_to_replay(statements, folder / "bare.db", transfers=count)
    return [
        *_ours("sqlite", ours, count),
        Figure(
            SECTION,
            "the same SQL without us",
            "sqlite",
            _postings(bare, count),
            "/s",
            "SQLite: apsw alone runs the same statements; PostgreSQL: pgbench calls the same"
            f" function with the same batches of {CALLERS}, the better of 1 and 2 clients",
        ),
        Figure(
            SECTION,
            "ours over the same SQL",
            "sqlite",
            bare / ours,
            "x",
            "what Python costs a batch; target 0.4 on PostgreSQL",
            digits=2,
        ),
    ]


def measure_on_postgres(server: Server, *, count: int, folder: Path) -> list[Figure]:
    """The store with 64 callers, and pgbench with the same SQL and with a function a step."""
    ours = uvloop.run(_seconds_of_callers(server.create("callers"), count))
    accepting = uvloop.run(_seconds_of_callers(server.create("accepting"), count, steps=1))
    same = min(_seconds_of_pgbench(server, number, count, folder) for number in PGBENCHES)
    singly = _posts_a_second(server, folder)
    return [
        *_ours("postgres", ours, count),
        Figure(SECTION, "the same SQL without us", "postgres", _postings(same, count), "/s", ""),
        Figure(SECTION, "ours over the same SQL", "postgres", same / ours, "x", "", digits=2),
        Figure(
            SECTION,
            "transfers kept, 64 callers",
            "postgres",
            count / accepting,
            "/s",
            "acceptances alone: a movement, two legs, an entry, two balances, an event",
        ),
        Figure(
            SECTION,
            "transfers kept, one function each",
            "postgres",
            singly,
            "/s",
            f"pgbench, {pgbench.CLIENTS} clients, a transaction each: bench/post.sql",
        ),
        Figure(
            SECTION,
            "ours over one function each",
            "postgres",
            count / accepting / singly,
            "x",
            "what group commit gains; target 1.7",
            digits=2,
        ),
    ]


def _ours(engine: str, seconds: float, count: int) -> list[Figure]:
    return [
        Figure(
            SECTION,
            "postings, 64 callers",
            engine,
            _postings(seconds, count),
            "/s",
            f"{count:,} transfers of {LINES_A_TRANSFER} postings and four writes through the"
            " recorder, each caller waiting for its own commit",
        ),
    ]


def _postings(seconds: float, count: int) -> float:
    return count * LINES_A_TRANSFER / seconds


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[tuple[Store, int]]:
    store = store_for(url, clock=system_clock, random_bits=RandomSource())
    await store.open()
    try:
        yield store, await furnish(store)
    finally:
        await store.close()


async def _furnished(url: str) -> int:
    async with _opened(url) as (_, owner):
        return owner


async def _seconds_of_callers(url: str, count: int, *, steps: int = 4) -> float:
    async with _opened(url) as (store, owner):
        recorder = Recorder(store)
        recorder.start()
        waiting = [writes_of(number, owner)[:steps] for number in range(count)]
        began = time.perf_counter()
        await asyncio.gather(*(_call(recorder, waiting) for _ in range(CALLERS)))
        took = time.perf_counter() - began
        await recorder.stop()
    return took


async def _call(recorder: Recorder, waiting: list[tuple[Write, ...]]) -> None:
    while waiting:
        for write in waiting.pop():
            if not isinstance(await recorder.record(write), Saved):
                raise Failed(f"not recorded: {type(write).__name__}")


async def _heard_of_batches(url: str, count: int, heard: list[Statement]) -> list[Statement]:
    async with _opened(url) as (store, owner):
        batches = in_batches((writes_of(number, owner) for number in range(count)), CALLERS)
        before = len(heard)
        for batch in batches:
            await store.record(batch)
        return heard[before:]


def _seconds_of_pgbench(server: Server, clients: int, count: int, folder: Path) -> float:
    database = f"pgbench{clients}"
    owner = uvloop.run(_furnished(server.create(database)))
    batches = in_batches((writes_of(number, owner) for number in range(count)), CALLERS)
    rounds = [batches[start : start + 4] for start in range(0, len(batches), 4)]
    scripts = []
    for client in range(clients):
        script = folder / f"{database}-{client}.sql"
        mine = [batch for each in rounds[client::clients] for batch in each]
        script.write_text("".join(_call_of(batch) for batch in mine))
        scripts.append(script)
    took = pgbench.seconds_of(server, database, scripts)
    _require_completed(server.url(database), count)
    return took


def _call_of(batch: Sequence[Write]) -> str:
    values = BatchCall(batch).parameters()
    return RECORD_BATCH % tuple(pgbench.literal(value) for value in values) + ";\n"


def _require_completed(url: str, count: int) -> None:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM movements WHERE status = 'completed'"
        ).fetchone()
    if row != (count,):
        raise Failed(f"pgbench completed {row} of {count} transfers")


def _posts_a_second(server: Server, folder: Path) -> float:
    url = server.create("posts")
    owner = uvloop.run(_furnished(url))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(POST.read_bytes())
        ids = [
            connection.execute(
                "INSERT INTO accounts (name, kind, currency) VALUES (%s, 'memorandum', 'XOF')"
                " RETURNING id",
                (name,),
            ).fetchall()[0][0]
            for name in ("reserved:flooz", "promises:flooz")
        ]
    script = folder / "post-one.sql"
    script.write_text(
        f"\\set seed random(1, {pgbench.RANDOM_MAX})\n"
        f"SELECT post(:seed, {owner}, {ids[0]}, {ids[1]});\n"
    )
    return pgbench.calls_a_second(server, "posts", script, seconds=PGBENCH_SECONDS)
