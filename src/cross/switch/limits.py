"""Limits: how much one source may ask of us, so that none of them takes all there is."""

from ipaddress import IPv6Address, ip_address
from typing import Final

from cross.clock import monotonic_seconds

BURST_SECONDS: Final = 10
"""So many seconds' worth may come at once after a rest."""

SOURCES_MAX: Final = 4096
_NEIGHBOURS_BITS: Final = 64  # RFC 4291 section 2.5.1: what one network may number as it likes


class TooOften(Exception):
    """One source was refused so often that its next call is not looked at (S-API-08)."""


class _Taken:
    """Until when each one's share is taken up, for whoever keeps that over a restart."""

    def __init__(self, *, apart_seconds: float) -> None:
        self._apart_seconds = apart_seconds
        self._taken_until_seconds: dict[str, float] = {}

    def owed_seconds(self, *, least_seconds: float) -> list[tuple[str, float]]:
        """Whose share is taken up for so long yet, and for how many seconds."""
        now_seconds = monotonic_seconds()
        return [
            (subject, until_seconds - now_seconds)
            for subject, until_seconds in self._taken_until_seconds.items()
            if until_seconds - now_seconds >= least_seconds
        ]

    def recall(self, subject: str, *, seconds: float) -> None:
        """One's share is taken up for so long, as it was before a restart."""
        until_seconds = monotonic_seconds() + seconds
        known_seconds = self._taken_until_seconds.get(subject, until_seconds)
        self._taken_until_seconds[subject] = max(known_seconds, until_seconds)


class SourceLimit(_Taken):
    """One in so many seconds from each source, and ten seconds' worth at once after a rest.

    Of each source one moment is kept: until when its share is taken up. Sources that have rested
    longest are forgotten first: they lose nothing by it.
    """

    def allows(self, source: str) -> bool:
        """Whether one more from there is within the limit; counts it if so."""
        taken, now_seconds = self._taken_until_seconds, monotonic_seconds()
        until_seconds = max(taken.pop(source, now_seconds), now_seconds)
        within = until_seconds + self._apart_seconds <= now_seconds + BURST_SECONDS
        if len(taken) >= SOURCES_MAX:
            del taken[next(iter(taken))]
        taken[source] = until_seconds + self._apart_seconds if within else until_seconds
        return within


class KeyLimit(_Taken):
    """So many calls a second from each key, and ten seconds' worth at once after a rest.

    For this process alone: where there are several, a key may make as many calls in each.
    """

    def seconds_to_wait(self, key: str, *, calls: int = 1) -> float:
        """How long a call must wait, 0 where it need not: then it is counted, as so many."""
        now_seconds = monotonic_seconds()
        taken_until_seconds = self._taken_until_seconds.get(key, now_seconds)
        until_seconds = max(taken_until_seconds, now_seconds) + self._apart_seconds * calls
        wait_seconds = until_seconds - now_seconds - BURST_SECONDS
        if wait_seconds > 0 and taken_until_seconds > now_seconds:
            return wait_seconds
        self._taken_until_seconds[key] = until_seconds
        return 0


class Keeper:
    """When what was kept last; `began` once earlier shares are taken up."""

    __slots__ = ("began", "kept_at_seconds", "swept_at_seconds", "wrote")

    def __init__(self) -> None:
        self.began = self.wrote = False
        self.kept_at_seconds = 0.0
        self.swept_at_seconds = 0.0


def source_of(peer: str) -> str:
    """Who is counted as one: an address, or a whole network where one has addresses to waste."""
    if ":" not in peer:
        return peer
    try:
        address = ip_address(peer)
    except ValueError:
        return peer
    if not isinstance(address, IPv6Address):
        return peer
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{int(address) >> _NEIGHBOURS_BITS:x}::"
