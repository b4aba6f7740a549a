"""Failures of what runs by itself: counted by what it was about, until it works again (F-P12)."""

from typing import Final

OFTEN: Final = 5
"""money-safety.md, F-P12: after so many in a row somebody is told."""

SUBJECTS_MAX: Final = 1_000


class Failures:
    """How often in a row the same work has failed; `total` counts all of them."""

    def __init__(self) -> None:
        self._in_a_row: dict[str, int] = {}
        self.total = 0

    def failed(self, subject: str) -> int:
        """Counts one; how many there were in a row."""
        self.total += 1
        if len(self._in_a_row) >= SUBJECTS_MAX and subject not in self._in_a_row:
            self._in_a_row.pop(next(iter(self._in_a_row)))
        self._in_a_row[subject] = self._in_a_row.get(subject, 0) + 1
        return self._in_a_row[subject]

    def worked(self, subject: str) -> None:
        """It works again, or there is nothing to be done any more."""
        if self._in_a_row:
            self._in_a_row.pop(subject, None)

    def often(self) -> dict[str, int]:
        """What has failed too often in a row."""
        return {subject: count for subject, count in self._in_a_row.items() if count >= OFTEN}
