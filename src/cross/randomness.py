"""Randomness from the operating system, drawn in blocks, and ids made of it and the time."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from cross.clock import Clock
from cross.domain.ids import RandomBits, new_id

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BLOCK_BYTES: Final = 4096
_MILLISECOND: Final = timedelta(milliseconds=1)
_ULID_BITS: Final = 80  # the first is left at 0, so that counting on never overflows


class IdMaker:
    """Ids that rise: within one millisecond each is the one before and one more (ULID, monotonic).

    One process's ids are thus in the order in which it made them, to the last.
    """

    def __init__(self, clock: Clock, random_bits: RandomBits) -> None:
        self._clock = clock
        self._random_bits = random_bits
        self._at = EPOCH
        self._bits = 0

    def __call__(self, prefix: str) -> str:
        """A new id, such as `trf_01HZX3…`."""
        at = self._clock()
        if (at - self._at) < _MILLISECOND:
            self._bits += 1
        else:
            self._at = at
            self._bits = self._random_bits(_ULID_BITS - 1)
        return new_id(prefix, at=self._at, random_bits=self._bits)


class RandomSource:
    """Random integers from the system's generator; no bit is given twice. For one thread."""

    def __init__(self) -> None:
        self._block = b""
        self._place = 0

    def __call__(self, bits: int) -> int:
        """An integer of that many random bits."""
        size = (bits + 7) // 8
        if self._place + size > len(self._block):
            self._block = secrets.token_bytes(max(_BLOCK_BYTES, size))
            self._place = 0
        taken = self._block[self._place : self._place + size]
        self._place += size
        return int.from_bytes(taken, "big") >> (size * 8 - bits)
