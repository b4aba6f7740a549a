"""Passwords: hashed with argon2id, in threads, two at a time (S-DASH-01, F-Y03)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from cross.domain.ids import RandomBits

AT_ONCE_MAX: Final = 2
SALT_BYTES: Final = 16  # RFC 9106 section 3.1: recommended for passwords

# Source: OWASP Password Storage Cheat Sheet: m=19 MiB, t=2, p=1; so two at a time take 38 MiB.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class Aside(Protocol):
    """Runs a slow function where it holds up nobody, and gives its result."""

    def __call__(self, function: Callable[..., Any], /, *given: Any) -> Awaitable[Any]:  # noqa: ANN401  as given
        """The result of the function."""


class Passwords:
    """Hashes passwords and tells whether one is right; a few at a time, the others wait."""

    def __init__(self, aside: Aside = asyncio.to_thread) -> None:
        self._aside = aside
        self._turns = asyncio.Semaphore(AT_ONCE_MAX)

    async def hashed(self, password: str, random_bits: RandomBits) -> str:
        """What is stored of a password."""
        salt = random_bits(SALT_BYTES * 8).to_bytes(SALT_BYTES, "big")
        async with self._turns:
            return str(await self._aside(_hash, password, salt))

    async def is_right(self, password: str, password_hash: str) -> bool:
        """Whether it is the password; as slow for a wrong one."""
        async with self._turns:
            return bool(await self._aside(_verify, password, password_hash))


def _hash(password: str, salt: bytes) -> str:
    return _HASHER.hash(password, salt=salt)


def _verify(password: str, password_hash: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False
