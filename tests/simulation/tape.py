"""The trace of a run: one line for each thing that happened, and a hash over all of them."""

import hashlib
from collections import Counter
from collections.abc import Callable
from typing import Final

KEPT: Final = 400


class Tape:
    """Writes lines down; keeps all of them, or only the hash and the latest few."""

    def __init__(self, time: Callable[[], float], *, keep_all: bool = False) -> None:
        self._time = time
        self._hash = hashlib.sha256()
        self._keep_all = keep_all
        self.lines: list[str] = []
        self.counts: Counter[str] = Counter()

    def note(self, kind: str, detail: str = "") -> None:
        """One more thing happened, now."""
        line = f"{self._time():.6f} {kind} {detail}"
        self._hash.update(line.encode())
        self.counts[kind] += 1
        self.lines.append(line)
        if not self._keep_all and len(self.lines) > 2 * KEPT:
            del self.lines[:KEPT]

    @property
    def digest(self) -> str:
        """What two runs of one seed must have in common."""
        return self._hash.hexdigest()
