"""Jumps of the wall clock, told by a clock that nobody sets (I-45, F-T01)."""

from datetime import datetime, timedelta
from typing import Final

from cross.clock import steady_clock

JUMP: Final = timedelta(seconds=30)  # ASSUMED: more than any slew between two looks
UNSEEN: Final = timedelta(minutes=5)
"""What jumps ahead and back between two looks is not seen, nor what was being written meanwhile."""


class Jumps:
    """Remembers how the wall clock stood to the steady one when it was last looked at."""

    def __init__(self) -> None:
        self._ahead: timedelta | None = None
        self._told_at: datetime | None = None

    def may_have_been_set_back(self, at: datetime) -> bool:
        """Whether the wall clock, which says `at`, was set back, or may have been unseen."""
        steady = steady_clock()
        before, self._ahead = self._ahead, at - steady
        if before is None or self._ahead < before - JUMP or self._is_long_ago(steady):
            self._told_at = steady
            return True
        return False

    def _is_long_ago(self, steady: datetime) -> bool:
        return self._told_at is None or steady - self._told_at >= UNSEEN
