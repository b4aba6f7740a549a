"""What the books say of themselves: up to which migration they are, and what time it is there."""

from dataclasses import dataclass
from datetime import datetime

from cross.storage.migrations import migrations_for
from cross.storage.rows import moment
from cross.storage.store import Store

_MIGRATION = {
    "sqlite": "SELECT user_version FROM pragma_user_version",
    "postgres": "SELECT coalesce(max(number), 0) FROM schema_migrations",
}


@dataclass(frozen=True, slots=True)
class Said:
    """`at` is the database's own time, or where that is ours as well, that of the last entry."""

    migration: int
    wanted: int
    at: datetime | None


async def look(store: Store) -> Said:
    """One look at what cannot be told without the database."""
    found = await store.rows(_MIGRATION[store.engine], {})
    if store.engine == "postgres":
        now = await store.rows("SELECT microseconds_now()", {})
    else:
        now = await store.rows("SELECT at FROM entries ORDER BY id DESC LIMIT 1", {})
    return Said(
        int(found[0][0]),
        migrations_for(store.engine)[-1].number,
        moment(now[0][0]) if now else None,
    )
