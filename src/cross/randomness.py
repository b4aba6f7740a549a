"""Randomness from the operating system, drawn in blocks: one system call serves many ids."""

import secrets
from typing import Final

_BLOCK_BYTES: Final = 4096


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
