"""Names: the addresses behind a host, and how long each of them is tried (F-N09, F-N15).

Nothing is remembered: a name that leads elsewhere is followed at the next connection, and one that
could not be looked up is looked up again. A name that hangs holds one thread, however many wait.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Final, TypeAlias, TypeVar

T = TypeVar("T")

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host; raises `OSError` where it has none."""

ADDRESS_SECONDS: Final = 3.0
"""For an address that is not the last: one that swallows everything leaves time for the next."""
ADDRESSES_MAX: Final = 4
"""Tried of one host for one connection."""


async def system_resolve(host: str, port: int) -> Sequence[str]:
    """What the machine's own resolver says."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Names:
    """Looks names up: one question a name at a time, whoever asks meanwhile gets its answer."""

    def __init__(self, resolve: Resolve = system_resolve) -> None:
        self._resolve = resolve
        self._looking_up: dict[tuple[str, int], asyncio.Task[Sequence[str]]] = {}

    async def addresses_of(self, host: str, port: int) -> Sequence[str]:
        """At least one; an address is its own. Raises `OSError`."""
        if _is_address(host):
            return (host,)
        found = await self._look_up((host, port))
        if not found:
            raise OSError("the name leads nowhere")
        return found[:ADDRESSES_MAX]

    async def _look_up(self, name: tuple[str, int]) -> Sequence[str]:
        task = self._looking_up.get(name)
        if task is None:
            task = asyncio.ensure_future(self._asked(name))
            self._looking_up[name] = task
            task.add_done_callback(lambda done: self._looked_up(name, done))
        return await asyncio.shield(task)

    async def _asked(self, name: tuple[str, int]) -> Sequence[str]:
        return await self._resolve(*name)

    def _looked_up(self, name: tuple[str, int], task: "asyncio.Task[Sequence[str]]") -> None:
        del self._looking_up[name]
        if not task.cancelled():
            task.exception()  # told to whoever waits, if anyone still does


async def first_of(
    addresses: Sequence[str], connect: Callable[[str], Awaitable[T]], ends_at: float
) -> T:
    """The first connection that comes about, each address but the last given its share of time.

    Raises what the last one did.
    """
    loop = asyncio.get_running_loop()
    for place, address in enumerate(addresses[:-1]):
        share_seconds = (ends_at - loop.time()) / (len(addresses) - place)
        with suppress(OSError):  # a TimeoutError too
            async with asyncio.timeout(min(share_seconds, ADDRESS_SECONDS)):
                return await connect(address)
    return await connect(addresses[-1])


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
