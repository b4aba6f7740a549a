"""Randomness from the operating system, drawn in blocks, and ids made of it and the time."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from cross.clock import Clock
from cross.domain.ids import RandomBits, ulid

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BLOCK_BYTES: Final = 4096
_MILLISECOND: Final = timedelta(milliseconds=1)
_ULID_BITS: Final = 80  # the first is left at 0, so that counting on never overflows
_TAIL_BITS: Final = 10  # two letters of five bits
_TAILS: Final = tuple(ulid(at=EPOCH, random_bits=bits)[-2:] for bits in range(1 << _TAIL_BITS))


class IdMaker:
    """Ids that rise: within one millisecond each is the one before and one more (ULID, monotonic).

    One process's ids are thus in the order in which it made them, to the last.
    """

    def __init__(self, clock: Clock, random_bits: RandomBits) -> None:
        self._clock = clock
        self._random_bits = random_bits
        self._at = self._until = EPOCH
        self._bits = 0
        self._stem_bits = -1
        self._stem = ""  # all but the tail: most ids share it with the one before

    def __call__(self, prefix: str) -> str:
        """A new id, such as `trf_01HZX3…`."""
        at = self._clock()
        if at < self._until:
            self._bits += 1
        else:
            self._at, self._until = at, at + _MILLISECOND
            self._bits = self._random_bits(_ULID_BITS - 1)
            self._stem_bits = -1
        bits, tail = self._bits >> _TAIL_BITS, self._bits & (1 << _TAIL_BITS) - 1
        if bits != self._stem_bits:
            self._stem_bits = bits
            self._stem = ulid(at=self._at, random_bits=self._bits)[:-2]
        return f"{prefix}_{self._stem}{_TAILS[tail]}"


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
