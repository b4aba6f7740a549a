"""Guests: who is connected, and whether there is room for one more (S-API-11, F-R07, F-R08).

An address is whoever has it: behind a proxy of ours that is the caller that the proxy names, whose
requests under way are counted in place of the proxy's connections. Who has shown a key lately is
known: there is room for them beyond what strangers may take, and they wait behind no stranger.
"""

import resource
from collections.abc import Callable, Iterable
from typing import Final

from cross.capacity import Capacity
from cross.clock import monotonic_seconds
from cross.switch.limits import source_of
from cross.switch.peers import FORWARDED_FOR, Networks, caller_behind, is_in

PART_OF_DESCRIPTORS: Final = 2
"""One in so many of the process's descriptors is for guests; the others are for the work."""

DESCRIPTORS: Final = 65_536
"""Enough for every connection that the settings allow by themselves, and for all the work."""

PART_FOR_THE_KNOWN: Final = 8
"""One in so many of the connections is not for strangers."""

KNOWN_SECONDS: Final = 3_600.0
"""So long after it last showed a key an address is known."""

KNOWN_FRESH_SECONDS: Final = 60.0
KNOWN_MAX: Final = 16_384
"""Addresses; the one that was known first is forgotten first."""

_FORWARDED: Final = FORWARDED_FOR.encode()
_HERE: Final = ("127.0.0.1", "::1")


class Guests:
    """How many there are, in all and from each address."""

    def __init__(
        self,
        capacity: Capacity,
        proxies: Networks = (),
        *,
        clock: Callable[[], float] = monotonic_seconds,
    ) -> None:
        self._most = min(capacity.connections_max, _for_guests())
        self._most_per_address = capacity.connections_per_address_max
        self._uncounted = _HERE if capacity.local_connections else ()
        self._proxies = proxies
        self._clock = clock
        self._by_source: dict[str, int] = {}
        self._known: dict[str, float] = {}
        self.here = 0
        self.turned_away = 0

    def enter(self, peer: str) -> bool:
        """Whether one more connection from there is taken; counts it if so."""
        room = self._most
        if self.here >= room - room // PART_FOR_THE_KNOWN and not self.knows(peer):
            room = 0
        if self.here >= room or not self._take(peer):
            self.turned_away += 1
            return False
        self.here += 1
        return True

    def leave(self, peer: str) -> None:
        """A connection that was taken has ended."""
        self.here -= 1
        self._give_back(peer)

    def knows(self, peer: str) -> bool:
        """Whether a key came from there lately, or it is of this house."""
        if peer in self._uncounted or self.is_proxy(peer):
            return True
        since = self._known.get(source_of(peer))
        return since is not None and self._clock() < since + KNOWN_SECONDS

    def came_with_key(self, peer: str) -> None:
        """Somebody there has shown a key that is one."""
        source, now = source_of(peer), self._clock()
        if now < self._known.get(source, -KNOWN_FRESH_SECONDS) + KNOWN_FRESH_SECONDS:
            return
        self._known.pop(source, None)
        self._known[source] = now
        if len(self._known) > KNOWN_MAX:
            del self._known[next(iter(self._known))]

    def is_proxy(self, peer: str) -> bool:
        """Whether others speak through the connections from there."""
        return bool(self._proxies) and is_in(self._proxies, peer)

    def caller(self, peer: str, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """Who speaks through a proxy of ours."""
        said = [value.decode("latin-1") for name, value in headers if name == _FORWARDED]
        return caller_behind(peer, said, self._proxies)

    def asks(self, caller: str) -> bool:
        """Whether one more request of a caller behind a proxy is taken; counts it if so."""
        return self._take(caller)

    def is_answered(self, caller: str) -> None:
        """A request that was taken is over."""
        self._give_back(caller)

    def _take(self, peer: str) -> bool:
        if peer in self._uncounted or self.is_proxy(peer):
            return True
        source = source_of(peer)
        taken = self._by_source.get(source, 0)
        if taken >= self._most_per_address:
            return False
        self._by_source[source] = taken + 1
        return True

    def _give_back(self, peer: str) -> None:
        source = source_of(peer)
        left = self._by_source.get(source, 0) - 1
        if left > 0:
            self._by_source[source] = left
        else:
            self._by_source.pop(source, None)


def take_all_descriptors() -> None:
    """As many open files as the machine lets this process have, where the usual number is less."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _for_guests() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, soft // PART_OF_DESCRIPTORS)
