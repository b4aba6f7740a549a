"""Reading a file that somebody writes: no statement of ours goes on for ever (F-D17).

While one goes on, the log cannot be emptied past what it sees, and grows.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import apsw

from cross.storage.store import ReadingTooLong, Row

READING_SECONDS_MAX: Final = 60.0  # money-safety.md, F-D17: a reader is ended at 60 s
STEPS: Final = 100_000
"""After so many steps of SQLite's machine, some milliseconds, it asks whether to go on."""


class Readings:
    """A connection that is read only, one statement at a time, none for longer than a minute."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._seconds: Callable[[], float] = float
        self._ends_at_seconds = 0.0
        connection.set_progress_handler(self._is_over, STEPS)

    def rows(
        self, sql: str, parameters: Mapping[str, Any], *, seconds: Callable[[], float]
    ) -> list[Row]:
        """All rows; raises `ReadingTooLong`, or whatever SQLite does. `seconds`: a steady clock."""
        self._seconds, self._ends_at_seconds = seconds, seconds() + READING_SECONDS_MAX
        try:
            return self._connection.execute(sql, dict(parameters)).fetchall()
        except apsw.InterruptError:
            raise ReadingTooLong(f"reading took longer than {READING_SECONDS_MAX:g} s") from None

    def _is_over(self) -> bool:
        return self._seconds() > self._ends_at_seconds
