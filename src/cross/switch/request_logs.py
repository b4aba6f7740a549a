"""Request logs: what was asked of this process and what it answered: counted, kept, logged."""

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from cross.switch.kept_requests import REFUSED, Line, Seen
from cross.switch.switch import Switch

NOBODYS_PATH: Final = "(nowhere)"
"""What the path is called of a request for what is not there: its own text is a stranger's."""

WATCHED: Final = frozenset({401, 403, 429})
"""Refusals that somebody may be working on: who is not known, may not, or asks too often."""

FAILED: Final = 500

log = structlog.get_logger("cross.requests")


def note(switch: Switch, seen: Seen) -> None:
    """Counts a request; keeps it where it is a merchant's; logs it where that is wanted."""
    switch.measures.requested((seen.method, seen.path), seen.status, seconds=seen.seconds)
    if seen.merchant is not None:
        switch.request_logs.keep(seen, switch.clock())
    if seen.status >= REFUSED or switch.settings.log_requests:
        _log(seen)


def of_merchant(
    switch: Switch, merchant: str, *, wanted: Callable[[Line], bool], limit: int
) -> tuple[Sequence[Line], bool]:
    """A merchant's own, the newest first, and whether there are more."""
    found: list[Line] = []
    for line in switch.request_logs.newest():
        if line.seen.merchant == merchant and wanted(line):
            if len(found) == limit:
                return found, True
            found.append(line)
    return found, False


def _log(seen: Seen) -> None:
    grave = seen.status in WATCHED or seen.status >= FAILED
    said = {
        "method": seen.method,
        "path": seen.path,
        "status": seen.status,
        "code": seen.code,
        "seconds": seen.seconds,
        "request_id": seen.request_id,
        "merchant": seen.merchant,
        "key": seen.key,
        "subject": seen.subject,
        "peer": seen.peer if grave else None,
    }
    told = {name: value for name, value in said.items() if value is not None}
    (log.warning if grave else log.info)("request", **told)
