"""What is wrong now, by the books: asked of indexes over what is open, or of the newest few."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from cross.storage.rows import micros
from cross.storage.store import Store

NEWEST: Final = 200
_UNKNOWN: Final = (
    "SELECT l.operator, count(*), min(l.movement) FROM movements m"
    " JOIN legs l ON l.movement = m.id WHERE m.is_final = 0 AND l.status = 'unknown'"
    " AND l.sent_at < :before GROUP BY l.operator ORDER BY l.operator"
)
_STUCK: Final = (
    "SELECT count(*), min(id) FROM movements WHERE is_final = 0 AND attention IS NULL"
    " AND created_at < :before AND approve_by < :before"
)
_TOO_LONG: Final = (
    "SELECT id FROM movements WHERE is_final = 0 AND created_at < :before ORDER BY id LIMIT 50"
)
_OVERDUE: Final = (
    "SELECT count(*), min(id) FROM cases WHERE closed_at IS NULL AND deadline < :before"
)
_BREAKS: Final = (
    "SELECT operator, count(*), min(id) FROM breaks WHERE state = 'open'"
    " GROUP BY operator ORDER BY operator"
)
# An object's events count from 1 without a gap, and of a movement there are as many as it says.
_GAPS: Final = (
    "SELECT e.movement, count(*), max(e.sequence), max(m.events) FROM events e"
    " LEFT JOIN movements m ON m.id = e.movement WHERE e.movement IN"
    f" (SELECT n.movement FROM events n WHERE n.id > :after ORDER BY n.id DESC LIMIT {NEWEST})"
    " GROUP BY e.movement HAVING count(*) <> max(e.sequence)"
    " OR coalesce(max(m.events), count(*)) <> count(*) ORDER BY e.movement LIMIT 20"
)
_UNDER_WAY: Final = (
    "SELECT l.movement FROM legs l JOIN movements m ON m.id = l.movement"
    " WHERE m.is_final = 1 AND l.status IN ('sent', 'pending', 'unknown') AND l.movement IN"
    f" (SELECT n.movement FROM events n WHERE n.id > :after ORDER BY n.id DESC LIMIT {NEWEST})"
    " ORDER BY l.movement LIMIT 20"
)
_NEWEST_EVENT: Final = "SELECT coalesce(max(id), '') FROM events"
# A standby says how far it is; whoever fetches a backup does not. All is NULL to whom it is hidden.
_STANDBYS: Final = (
    "SELECT current_setting('synchronous_standby_names'), r.pid, r.application_name, r.sync_state,"
    " CASE WHEN r.replay_lsn IS NULL OR pg_is_in_recovery() THEN NULL"
    " ELSE CAST(pg_wal_lsn_diff(pg_current_wal_lsn(), r.flush_lsn) AS bigint) END"
    " FROM (SELECT 1) AS one LEFT JOIN pg_stat_replication r ON true ORDER BY r.application_name"
)


class Some(NamedTuple):
    """So many of a kind, the first of them, and of which operator they are, where they are."""

    of: str
    how_many: int
    first: str


@dataclass(frozen=True, slots=True)
class Before:
    """The moments that are too long ago, each for its own question."""

    unknown: datetime
    stuck: datetime
    too_long: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong; `newest_event` is where the next look at events begins."""

    unknown: Sequence[Some]
    stuck: Some
    too_long: Sequence[str]
    overdue: Some
    breaks: Sequence[Some]
    gaps: Sequence[tuple[str, int, int]]
    under_way: Sequence[str]
    newest_event: str


async def look(store: Store, before: Before, *, after_event: str) -> Trouble:
    """All of it; raises `StoreUnavailable`."""
    newest = await store.rows(_NEWEST_EVENT, {})
    since = {"after": after_event}
    unknown = await store.rows(_UNKNOWN, {"before": micros(before.unknown)})
    stuck = await store.rows(_STUCK, {"before": micros(before.stuck)})
    too_long = await store.rows(_TOO_LONG, {"before": micros(before.too_long)})
    overdue = await store.rows(_OVERDUE, {"before": micros(before.now)})
    breaks = await store.rows(_BREAKS, {})
    is_same = newest[0][0] == after_event
    gaps = [] if is_same else await store.rows(_GAPS, since)
    under_way = [] if is_same else await store.rows(_UNDER_WAY, since)
    return Trouble(
        unknown=[Some(str(row[0]), int(row[1]), str(row[2])) for row in unknown],
        stuck=Some("", int(stuck[0][0]), str(stuck[0][1])),
        too_long=[str(row[0]) for row in too_long],
        overdue=Some("", int(overdue[0][0]), str(overdue[0][1])),
        breaks=[Some(str(row[0]), int(row[1]), str(row[2])) for row in breaks],
        gaps=[(str(row[0]), int(row[1]), int(row[2])) for row in gaps],
        under_way=[str(row[0]) for row in under_way],
        newest_event=str(newest[0][0]),
    )


async def of_standbys(store: Store, *, behind_bytes_max: int) -> str:
    """What is wrong with PostgreSQL's standbys; nothing where they are as they should be."""
    if store.engine != "postgres":
        return ""
    found = await store.rows(_STANDBYS, {})
    wants_one = bool(found[0][0])
    there = [row for row in found if row[1] is not None]
    if wants_one and not any(row[3] in (None, "sync", "quorum") for row in there):
        return "no standby is synchronous"
    for _, _, name, _, behind in there:
        if behind is None:
            continue
        if not wants_one:
            return f"{name} is not synchronous"
        if behind > behind_bytes_max:
            return f"{name} is {behind // 2**20} MB behind"
    return ""
