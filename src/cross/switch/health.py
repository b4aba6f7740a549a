"""Operators' health, from how they answer us: what people are told and what new work is given.

It never decides what became of money. An operator that is *down* is asked for nothing new until it
has answered a question: the circuit breaker of `cross.switch.breaker` is this and nothing else, so
that what is refused and what people see always agree.
"""

from typing import Final

from cross.domain.operator import LookUp, Unknown

DEGRADED_AFTER: Final = 3
DOWN_AFTER: Final = 10

ROW_SECONDS: Final = 600.0
"""Silences further apart than this are no row: the operator may have answered others between."""


class Health:
    """Counts silences in a row, operator by operator; refusals are answers."""

    def __init__(self) -> None:
        self._silences: dict[str, int] = {}
        self._silent_at_seconds: dict[str, float] = {}
        self._answered: dict[str, bool] = {}

    def heard(self, operator: str, answer: LookUp, *, now_seconds: float = 0) -> None:
        """Takes note of an answer, or of none."""
        is_silent = isinstance(answer, Unknown)
        self._answered[operator] = not is_silent
        if is_silent:
            row = self._silences.get(operator, 0)
            last_seconds = self._silent_at_seconds.get(operator, now_seconds)
            if row < DOWN_AFTER and now_seconds - last_seconds > ROW_SECONDS:
                row = 0
            self._silences[operator] = row + 1
            self._silent_at_seconds[operator] = now_seconds
        else:
            self._silences.pop(operator, None)

    def of(self, operator: str) -> str:
        """`up`, `degraded` or `down`."""
        silences = self._silences.get(operator, 0)
        if silences >= DOWN_AFTER:
            return "down"
        return "degraded" if silences >= DEGRADED_AFTER else "up"

    def is_down(self, operator: str) -> bool:
        """Whether the operator's circuit is open."""
        return self._silences.get(operator, 0) >= DOWN_AFTER

    def answers(self, operator: str) -> bool:
        """Whether the last question that this process asked it was answered."""
        return self._answered.get(operator, False)
