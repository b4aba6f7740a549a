"""Limits: how much one source may ask of us, so that none of them takes all there is."""

from ipaddress import ip_address
from typing import Final

from cross.clock import monotonic_seconds

BURST_SECONDS: Final = 10.0
SOURCES_MAX: Final = 4096
_NEIGHBOURS_BITS: Final = 64  # RFC 4291 section 2.5.1: what one network may number as it likes


class SourceLimit:
    """So many a second from each source, and ten seconds' worth at once after a rest.

    Sources that have rested longest are forgotten first: they lose nothing by it.
    """

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._most = per_second * BURST_SECONDS
        self._left: dict[str, tuple[float, float]] = {}

    def allows(self, source: str) -> bool:
        """Whether one more from there is within the limit; counts it if so."""
        now = monotonic_seconds()
        left, at = self._left.pop(source, (self._most, now))
        left = min(self._most, left + (now - at) * self._per_second)
        if len(self._left) >= SOURCES_MAX:
            del self._left[next(iter(self._left))]
        within = left >= 1
        self._left[source] = (left - 1 if within else left, now)
        return within


def source_of(peer: str) -> str:
    """Who is counted as one: an address, or a whole network where one has addresses to waste."""
    if ":" not in peer:
        return peer
    try:
        address = ip_address(peer)
    except ValueError:
        return peer
    return f"{int(address) >> _NEIGHBOURS_BITS:x}::" if address.version == 6 else peer  # noqa: PLR2004
