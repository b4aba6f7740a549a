"""Operators' health, from how they answer us: a hint for people, never a reason to move money."""

from typing import Final

from cross.domain.operator import LookUp, Unknown

DEGRADED_AFTER: Final = 3
DOWN_AFTER: Final = 10


class Health:
    """Counts silences in a row, operator by operator."""

    def __init__(self) -> None:
        self._silences: dict[str, int] = {}
        self._answered: dict[str, bool] = {}

    def heard(self, operator: str, answer: LookUp) -> None:
        """Takes note of an answer, or of none."""
        self._answered[operator] = not isinstance(answer, Unknown)
        if isinstance(answer, Unknown):
            self._silences[operator] = self._silences.get(operator, 0) + 1
        else:
            self._silences.pop(operator, None)

    def of(self, operator: str) -> str:
        """`up`, `degraded` or `down`."""
        silences = self._silences.get(operator, 0)
        if silences >= DOWN_AFTER:
            return "down"
        return "degraded" if silences >= DEGRADED_AFTER else "up"

    def answers(self, operator: str) -> bool:
        """Whether the last question that this process asked it was answered."""
        return self._answered.get(operator, False)
