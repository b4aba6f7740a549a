"""The door out for addresses that strangers choose: webhooks (money-safety.md, S-OUT-02, S-OUT-03).

At each attempt the name is looked up once, every address is checked, and the connection is made to
a checked one; the name is only what the certificate and the Host header say. So a name that leads
elsewhere a moment later (DNS rebinding) leads nowhere. Redirects are not followed, as everywhere.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Final, NamedTuple, Protocol

from cross.domain.webhook_address import (
    Address,
    Rules,
    Target,
    WebhookUrlRefused,
    read_address,
    require_allowed,
    target_of,
)
from cross.outbound import HttpRequest, HttpResponse, NoAnswer
from cross.outbound_http import HttpOutbound
from cross.outbound_names import Resolve, system_resolve

READ_BYTES_MAX: Final = 8 * 1024  # money-safety.md, S-OUT-02
LOOKING_UP_MAX: Final = 3
"""At once: names that hang hold no more of the few threads that look names up."""
OWN_SECONDS: Final = 60.0
"""How long it is remembered where our own names lead."""
ADDRESSES_MAX: Final = 3
"""Tried of one host, where no connection to those before it came about."""
LOOK_UP_SECONDS: Final = 5.0
TARGETS_MAX: Final = 1_024
"""URLs that are remembered as they were read."""


class PinnedDoor(Protocol):
    """A door out that connects to one address, whatever the name leads to."""

    async def send_to(self, address: str | None, request: HttpRequest) -> HttpResponse:
        """The answer; raises `NoAnswer`."""


class _Name(NamedTuple):
    host: str
    port: int


class GuardedOutbound:
    """Sends to public addresses only, and never to ourselves; raises `NoAnswer`, nothing else."""

    def __init__(
        self, rules: Rules, *, resolve: Resolve = system_resolve, door: PinnedDoor | None = None
    ) -> None:
        self._rules = rules
        # What a URL names never changes; where its name leads is looked up each time.
        self._target_of = lru_cache(maxsize=TARGETS_MAX)(partial(target_of, rules=rules))
        self._resolve = resolve
        self._own_door = HttpOutbound(read_bytes=READ_BYTES_MAX) if door is None else None
        self._door: PinnedDoor = door or self._own_door or HttpOutbound()
        self._turns = asyncio.Semaphore(LOOKING_UP_MAX)
        self._looking_up: dict[_Name, asyncio.Task[Sequence[str]]] = {}
        self._own: tuple[Address, ...] = ()
        self._own_until = 0.0

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The answer of a checked address, within the deadline that covers looking it up too."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + request.deadline_seconds
        try:
            async with asyncio.timeout_at(ends_at):
                addresses = await self._checked(request.url)
        except WebhookUrlRefused as refused:
            raise NoAnswer(f"refused: {refused.why}", sent=False) from None
        except TimeoutError:
            raise NoAnswer("its name could not be looked up in time", sent=False) from None
        except OSError:
            raise NoAnswer("its name leads nowhere", sent=False) from None
        for address in addresses[: ADDRESSES_MAX - 1]:
            try:
                return await self._send_to(address, request, ends_at)
            except NoAnswer as none:
                if none.sent or address is addresses[-1]:
                    raise
        return await self._send_to(addresses[:ADDRESSES_MAX][-1], request, ends_at)

    async def _send_to(
        self, address: Address, request: HttpRequest, ends_at: float
    ) -> HttpResponse:
        left_seconds = max(ends_at - asyncio.get_running_loop().time(), 0.0)
        pinned = request._replace(deadline_seconds=left_seconds)
        return await self._door.send_to(str(address), pinned)

    async def check(self, url: str) -> None:
        """Raises `WebhookUrlRefused` for a URL that nothing would be sent to now."""
        target = self._target_of(url)
        if self._rules.private and target.address is None:
            return  # a sandbox may know it later
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                await self._checked(url)
        except (OSError, TimeoutError):
            raise WebhookUrlRefused("its name leads nowhere") from None

    async def close(self) -> None:
        """Closes idle connections."""
        if self._own_door is not None:
            await self._own_door.close()

    async def _checked(self, url: str) -> Sequence[Address]:
        """Every address of the host, once none of them is refused."""
        target = self._target_of(url)
        addresses = await self._addresses_of(target)
        own = await self._own_addresses()
        for address in addresses:
            require_allowed(address, target.port, self._rules, own_addresses=own)
        return addresses

    async def _addresses_of(self, target: Target) -> Sequence[Address]:
        if target.address is not None:
            return (target.address,)
        found = await self._look_up(_Name(target.host, target.port))
        if not found:
            raise OSError(target.host)
        return [read_address(address) for address in found]

    async def _own_addresses(self) -> tuple[Address, ...]:
        """Where our own names lead; one that leads nowhere here is nobody's."""
        now = asyncio.get_running_loop().time()
        if now < self._own_until:
            return self._own
        own: list[Address] = []
        for host, port in self._rules.own:
            try:
                target = target_of(f"https://{host}:{port}/", _ANY)
                own += await self._addresses_of(target)
            except (OSError, WebhookUrlRefused):
                continue
        self._own, self._own_until = tuple(own), now + OWN_SECONDS
        return self._own

    async def _look_up(self, name: _Name) -> Sequence[str]:
        """One question a name at a time, whoever asks meanwhile gets the same answer."""
        task = self._looking_up.get(name)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._in_turn(name))
            self._looking_up[name] = task
            task.add_done_callback(lambda done: self._looked_up(name, done))
        return await asyncio.shield(task)

    async def _in_turn(self, name: _Name) -> Sequence[str]:
        async with self._turns:
            return await self._resolve(name.host, name.port)

    def _looked_up(self, name: _Name, task: "asyncio.Task[Sequence[str]]") -> None:
        del self._looking_up[name]
        if not task.cancelled():
            task.exception()  # told to whoever waits, if anyone still does


_ANY: Final = replace(Rules(), private=True)
