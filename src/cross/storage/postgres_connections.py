"""Connections to PostgreSQL: how each is set up, how many there are, and how one is cut off."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, LiteralString, TypeAlias

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from cross.storage.store import StoreRefused, StoreUnavailable

VERSION_FLOOR: Final = 140_000  # the first with pg_terminate_backend(pid, timeout)

Connection: TypeAlias = psycopg.AsyncConnection[TupleRow]

_NAME: Final = re.compile(r"(?<!:):([a-z_][a-z0-9_]*)")
_OPTIONS: Final = " ".join(
    f"-c {setting}"
    for setting in (
        "synchronous_commit=on",  # money-safety.md, decision 5
        r"default_transaction_isolation=read\ committed",  # record_batch looks again after a lock
        "client_min_messages=warning",
        "jit=off",  # our statements are short
        "random_page_cost=1.1",  # what is young is in memory: by index from the first rows on
        "max_parallel_workers_per_gather=0",  # and what looks beside money takes no more cores
        "idle_in_transaction_session_timeout=60s",
    )
)
_OF_READERS: Final = "-c statement_timeout=60s"
"""money-safety.md, F-D17: a reader is ended at 60 s; whoever commits is never (F-D06)."""

_DEFAULTS: Final = {
    "connect_timeout": "5",
    "application_name": "cross",
    "keepalives_idle": "5",  # a silent network is noticed within some 11 seconds (F-D03)
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",  # milliseconds
}
_FACTS: Final = """
    SELECT current_setting('server_version_num')::integer, current_setting('synchronous_commit'),
        current_setting('fsync'), backend_start::text
    FROM pg_stat_activity WHERE pid = pg_backend_pid()
"""
_CUT_OFF: Final = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE pid = %s AND backend_start = %s::timestamptz
"""


@dataclass(frozen=True, slots=True)
class Session:
    """A connection and its server process, told from a later one of the same number."""

    connection: Connection
    pid: int
    started_at: str


class Connections:
    """So many connections at most, made when first needed and again when one was lost."""

    def __init__(self, url: str, *, size: int, reads_only: bool = False) -> None:
        self._conninfo = _conninfo(url, f"{_OPTIONS} {_OF_READERS}" if reads_only else _OPTIONS)
        self._free: asyncio.LifoQueue[Session | None] = asyncio.LifoQueue()
        for _ in range(size):
            self._free.put_nowait(None)

    @asynccontextmanager
    async def one(self, *, wait_seconds: float | None = None) -> AsyncIterator[Session]:
        """A connection for as long as the block; raises `StoreUnavailable` where there is none."""
        try:
            async with asyncio.timeout(wait_seconds):
                session = await self._free.get()
        except TimeoutError:
            raise StoreUnavailable("every connection to the database is in use") from None
        try:
            if session is None or session.connection.closed:
                session = None
                session = await connect(self._conninfo)
            yield session
        finally:
            self._free.put_nowait(_fit_for_the_next(session))

    async def close(self) -> None:
        """Closes what is open; nobody may be using any of it."""
        while not self._free.empty():
            session = self._free.get_nowait()
            if session is not None:
                await session.connection.close()


def _fit_for_the_next(session: Session | None) -> Session | None:
    """The connection, or None where it was lost or left amid a transaction: that one is closed."""
    if session is None or session.connection.closed:
        return None
    if session.connection.pgconn.transaction_status != TransactionStatus.IDLE:
        session.connection.pgconn.finish()
        return None
    return session


async def connect(conninfo: str) -> Session:
    """A connection that commits durably; `StoreRefused` where the server would not."""
    try:
        connection = await psycopg.AsyncConnection.connect(conninfo, autocommit=True)
    except psycopg.Error as error:
        raise StoreUnavailable(f"no connection to the database: {error}") from error
    try:
        [(*durability, started_at)] = await (await connection.execute(_FACTS)).fetchall()
        _require_durability(*durability)
    except BaseException as error:  # also where whoever waits for it is canceled (F-Y01)
        await connection.close()
        if isinstance(error, psycopg.Error):
            raise StoreUnavailable(f"no connection to the database: {error}") from error
        raise
    return Session(connection, connection.info.backend_pid, started_at)


def is_lost(session: Session, error: psycopg.Error) -> bool:
    """Whether the error leaves open what became of the statement: its server process is gone."""
    return session.connection.closed or error.diag.severity_nonlocalized in {"FATAL", "PANIC"}


async def cut_off(session: Session, lost: Session) -> None:
    """Ends the server process of a lost connection: from now on it commits nothing more.

    Raises `psycopg.Error` or `StoreUnavailable` where that cannot be told yet.
    """
    cursor = await session.connection.execute(_CUT_OFF, (lost.pid, lost.started_at))
    if not all(ended for (ended,) in await cursor.fetchall()):
        raise StoreUnavailable("a lost connection's server process has not ended yet")


def _conninfo(url: str, ours: str) -> str:
    given = conninfo_to_dict(url)
    options = " ".join(str(part) for part in (given.get("options"), ours) if part)
    return make_conninfo("", **{**_DEFAULTS, **given, "options": options})


def _require_durability(version: int, synchronous_commit: str, fsync: str) -> None:
    if version < VERSION_FLOOR:
        raise StoreRefused(
            f"PostgreSQL {version // 10_000} is older than {VERSION_FLOOR // 10_000}"
        )
    if synchronous_commit != "on" or fsync != "on":
        raise StoreRefused(
            "this server forgets what it commits: synchronous_commit or fsync is off"
        )


@lru_cache(maxsize=1_024)
def statement_of(sql: str) -> LiteralString:
    """The same query with the driver's marks; our own text, in which a double colon is a cast."""
    return _NAME.sub(r"%(\1)s", sql.replace("%", "%%"))
