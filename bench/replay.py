"""Replaying on SQLite: the statements that the store ran, run again by apsw alone."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TypeAlias

import apsw

from bench.process import Failed

Statement: TypeAlias = tuple[str, Any]

# As `cross.storage.sqlite` sets its writing connection.
PRAGMAS: Final = (
    ("synchronous", "FULL"),
    ("foreign_keys", 1),
    ("wal_autocheckpoint", 4_000),
    ("cache_size", -65_536),
)


@contextmanager
def listening() -> Iterator[list[Statement]]:
    """Every statement that any connection opened in the block runs, with its values."""
    heard: list[Statement] = []

    def hear(_: apsw.Cursor, sql: str, values: Any) -> bool:  # noqa: ANN401  as apsw calls it
        heard.append((sql, values))
        return True

    def listen(connection: apsw.Connection) -> None:
        connection.exec_trace = hear

    apsw.connection_hooks.append(listen)
    try:
        yield heard
    finally:
        apsw.connection_hooks.remove(listen)


def seconds_to_replay(statements: list[Statement], path: Path, *, transfers: int) -> float:
    """How long they take on that database, one after the other, like ones together."""
    runs = [
        (sql, [values or () for _, values in run])
        for sql, run in groupby(statements, key=lambda statement: statement[0])
    ]
    connection = apsw.Connection(str(path))
    for name, value in PRAGMAS:
        connection.pragma(name, value)
    cursor = connection.cursor()
    began = time.perf_counter()
    for sql, values in runs:
        cursor.executemany(sql, values)
        cursor.fetchall()
    took = time.perf_counter() - began
    completed = cursor.execute("SELECT count(*) FROM movements WHERE status = 'completed'").get
    connection.close()
    if completed != transfers:
        raise Failed(f"the replay completed {completed} of {transfers} transfers")
    return took
