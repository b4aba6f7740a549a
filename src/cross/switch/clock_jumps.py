"""Jumps of the wall clock, told by a clock that nobody sets (I-45, F-T01)."""

from datetime import datetime, timedelta
from typing import Final

from cross.clock import steady_clock

JUMP: Final = timedelta(seconds=30)  # ASSUMED: more than any slew between two looks


class Jumps:
    """Remembers how the wall clock stood to the steady one when it was last looked at."""

    def __init__(self) -> None:
        self._ahead: timedelta | None = None

    def was_set_back(self, at: datetime) -> bool:
        """Whether the wall clock, which says `at`, was set back; at the first look it may have."""
        before, self._ahead = self._ahead, at - steady_clock()
        return before is None or self._ahead < before - JUMP
