"""Readiness: whether this process can take work now, and what keeps it from it, check by check."""

import shutil
from collections.abc import Mapping
from typing import Final, NamedTuple

from cross.clock import monotonic_seconds
from cross.storage import readiness as stored
from cross.storage.readiness import Said
from cross.storage.store import StoreUnavailable
from cross.switch.switch import Switch

WELL: Final = "ok"
DISK_FREE_MIN_BYTES: Final = 256 * 1024 * 1024
"""Where SQLite lives: room for some hundred thousand movements more, and for a person to come."""

CLOCK_SKEW_MAX_SECONDS: Final = 5
SILENT_MAX_SECONDS: Final = 10
LOOKS_MISSED_MAX: Final = 10


class Disk(NamedTuple):
    """A disk: all its bytes, and those that are left."""

    total: int
    free: int


async def checks(switch: Switch) -> Mapping[str, str]:
    """Each check by name: `ok`, or why not."""
    try:
        said = await stored.look(switch.store)
    except StoreUnavailable:
        said = None
    return {
        "database": WELL if said is not None else "it does not answer",
        "migrations": "not known" if said is None else _migrations(said),
        "worker": _worker(switch),
        "disk": _disk(switch),
        "clock": "not known" if said is None else _clock(switch, said),
    }


def _migrations(said: Said) -> str:
    if said.migration == said.wanted:
        return WELL
    return f"the books are at {said.migration}, this program is of {said.wanted}"


def _worker(switch: Switch) -> str:
    """It holds its lease and has really looked for work a moment ago."""
    if switch.stopping:
        return "stopping"
    if not switch.lease.is_held:
        return "the lease is not held"
    ticked = switch.measures.ticked_at_seconds
    patience = max(SILENT_MAX_SECONDS, LOOKS_MISSED_MAX * switch.settings.look_every_seconds)
    if ticked is not None and monotonic_seconds() > ticked + patience:
        return f"it has not looked for work in {int(monotonic_seconds() - ticked)} s"
    return WELL


def _disk(switch: Switch) -> str:
    disk = disk_of(switch)
    if disk is None or disk.free >= DISK_FREE_MIN_BYTES:
        return WELL
    return f"{disk.free // 2**20} MB are left"


def disk_of(switch: Switch) -> Disk | None:
    """The disk that SQLite's file is on; None for a database on a server of its own."""
    folder = switch.settings.books_folder
    if folder is None:
        return None
    try:
        found = shutil.disk_usage(folder)
    except OSError:
        return Disk(0, 0)
    return Disk(found.total, found.free)


def _clock(switch: Switch, said: Said) -> str:
    """A server's clock is compared both ways, an entry of our own can only be from the past."""
    if said.at is None:
        return WELL
    ahead = (switch.clock() - said.at).total_seconds()
    behind_only = switch.store.engine == "sqlite"
    if ahead < -CLOCK_SKEW_MAX_SECONDS:
        return f"{-int(ahead)} s behind the books"
    if ahead > CLOCK_SKEW_MAX_SECONDS and not behind_only:
        return f"{int(ahead)} s ahead of the database"
    return WELL
