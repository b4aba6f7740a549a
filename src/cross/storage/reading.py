"""Books to look at and nothing else: no lock taken, nothing made, nothing migrated.

For whoever checks a ledger beside the switch that writes it, or after it ended.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import apsw
import psycopg

from cross.clock import Clock, seconds_beside
from cross.storage.postgres import PostgresStore
from cross.storage.sqlite import APPLICATION_ID, DAMAGE
from cross.storage.sqlite_reading import Readings
from cross.storage.store import Row, StoreDamaged, StoreRefused, StoreUnavailable


class SqliteBooks:
    """A file of books, opened for reading while another process may be writing it."""

    def __init__(self, path: Path) -> None:
        try:
            self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
            mark = self._connection.pragma("application_id")
        except apsw.Error as error:
            raise StoreRefused(f"{path}: {error}") from error
        if mark != APPLICATION_ID:
            raise StoreRefused(f"{path}: this file holds no books of Cross")
        self._connection.set_busy_timeout(5_000)
        self._readings = Readings(self._connection)

    async def rows(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Row]:
        """Rows of a SELECT."""
        try:
            return self._readings.rows(sql, parameters, seconds=seconds_beside())
        except DAMAGE as error:
            raise StoreDamaged(str(error)) from error
        except apsw.Error as error:
            raise StoreUnavailable(str(error)) from error

    async def close(self) -> None:
        """Lets go of the file."""
        self._connection.close()


class PostgresBooks:
    """A database of books; what is not there is not made."""

    def __init__(self, url: str, *, clock: Clock) -> None:
        self._store = PostgresStore(url, clock=clock, writers=1, readers=1)

    async def rows(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Row]:
        """Rows of a SELECT."""
        try:
            return await self._store.rows(sql, parameters)
        except psycopg.errors.UndefinedTable as error:
            raise StoreRefused("this database holds no books of Cross") from error

    async def close(self) -> None:
        """Closes the connection."""
        await self._store.close()
