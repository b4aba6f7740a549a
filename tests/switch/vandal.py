"""Somebody with the database's password: nothing that the books refuse is refused to him."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import apsw
import psycopg

from cross.storage.store import Row

Vandal: TypeAlias = Callable[[str], list[Row]]


def on_sqlite(path: Path) -> Vandal:
    """A second connection to the file, with every trigger dropped."""

    def execute(sql: str) -> list[Row]:
        file = apsw.Connection(str(path))
        try:
            file.set_busy_timeout(5_000)
            file.execute("BEGIN IMMEDIATE")
            triggers = file.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
            for (name,) in triggers.fetchall():
                file.execute(f"DROP TRIGGER {name}")
            found = file.execute(sql).fetchall()
            file.execute("COMMIT")
            return found
        finally:
            file.close()

    return execute


def on_postgres(url: str) -> Vandal:
    """A superuser to whom no trigger and no foreign key applies."""

    def execute(sql: str) -> list[Row]:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    return execute


async def does(vandal: Vandal, sql: str) -> list[Row]:
    """What he does, while the switch goes on."""
    return await asyncio.to_thread(vandal, sql)
