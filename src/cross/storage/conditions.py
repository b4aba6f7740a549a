"""The conditions that a database works under, for whoever looks before a switch starts."""

from datetime import datetime
from typing import NamedTuple

import apsw

from cross.storage import quarantines
from cross.storage.figures import migration_of
from cross.storage.migrations import migrations_for
from cross.storage.rows import moment
from cross.storage.sqlite import VERSION_FLOOR
from cross.storage.store import Reader


class Conditions(NamedTuple):
    """`now` is the server's own time, None where its machine is ours."""

    migration: int
    wanted: int
    durability: str
    is_durable: bool
    now: datetime | None
    quarantined: bool
    quarantined_for: str | None = None


def sqlite_version() -> tuple[str, bool]:
    """The version that is bundled, and whether it is new enough (F-D18)."""
    return apsw.sqlite_lib_version(), apsw.SQLITE_VERSION_NUMBER >= VERSION_FLOOR


async def look(reader: Reader, database_url: str) -> Conditions:
    """One look; raises as the reader does."""
    engine = "sqlite" if database_url.startswith("sqlite:") else "postgres"
    wanted = migrations_for(engine)[-1].number
    migration = await migration_of(reader, engine)
    newest = await quarantines.newest(reader) if migration == wanted else None
    held = newest is not None and newest.is_in_force
    reason = newest.reason if newest is not None and held else None
    if engine == "sqlite":
        mode = str((await reader.rows("SELECT journal_mode FROM pragma_journal_mode", {}))[0][0])
        words = f"journal_mode={mode}; `cross serve` writes with synchronous=FULL"
        return Conditions(migration, wanted, words, mode == "wal", None, held, reason)
    found = await reader.rows(
        "SELECT current_setting('server_version'), current_setting('synchronous_commit'),"
        " current_setting('fsync'), microseconds_now()",
        {},
    )
    server, commit, fsync, now = found[0]
    words = f"PostgreSQL {server}, synchronous_commit={commit}, fsync={fsync}"
    is_durable = (commit, fsync) == ("on", "on")
    return Conditions(migration, wanted, words, is_durable, moment(now), held, reason)
