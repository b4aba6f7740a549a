"""Measures: what this process has counted and timed since it began, as plain numbers.

Counting is an addition on the way; whoever wants to look reads the sums (decision 26).
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

from cross.domain.movement import Movement
from cross.domain.operator import LookUp

SECONDS_BOUNDS: Final[tuple[float, ...]] = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0),
)
"""Upper bounds of durations: from a commit in a millisecond to an operator's half minute."""

COUNT_BOUNDS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Spread:
    """How values lie: how many are no larger than each bound, and their sum."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: "tuple[float, ...]" = SECONDS_BOUNDS) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum: "float" = 0  # noqa: UP037  of seconds, or of counts

    def add(self, seconds: float) -> None:
        """Counts one value."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds


class Answers:
    """How often something answered in which way, and how long it took."""

    __slots__ = ("by_word", "seconds")

    def __init__(self) -> None:
        self.by_word: dict[str, int] = {}
        self.seconds = Spread()

    def add(self, word: str, seconds: float) -> None:
        """Counts one answer."""
        self.by_word[word] = self.by_word.get(word, 0) + 1
        self.seconds.add(seconds)


@dataclass(slots=True, eq=False)
class Measures:
    """One process's. `requests` by method and template of the path, `operators` by name and call.

    `moved`: movements by kind and by what became of them (`opened`, or their final status).
    `ticked_at_seconds`: when the worker last looked, on the clock that is never set back.
    """

    requests: dict[tuple[str, str], Answers] = field(default_factory=dict)
    operators: dict[tuple[str, str], Answers] = field(default_factory=dict)
    moved: dict[tuple[str, str], int] = field(default_factory=dict)
    callbacks: dict[tuple[str, str], int] = field(default_factory=dict)
    shipments_failed: dict[str, int] = field(default_factory=dict)
    loop_lag: Spread = field(default_factory=Spread)
    lag_seconds: float = 0.0
    ticked_at_seconds: float | None = None

    def requested(self, where: tuple[str, str], status: int, *, seconds: float) -> None:
        """A request was answered."""
        known = self.requests.get(where)
        if known is None:
            known = self.requests[where] = Answers()
        known.add(str(status), seconds)

    def answered(self, operator: str, call: str, answer: LookUp, *, seconds: float) -> None:
        """An operator answered, or did not."""
        known = self.operators.get((operator, call))
        if known is None:
            known = self.operators[operator, call] = Answers()
        known.add(type(answer).__name__.lower(), seconds)

    def opened(self, movement: Movement) -> None:
        """A movement was accepted."""
        _count(self.moved, (movement.kind.value, "opened"))

    def ended(self, movement: Movement) -> None:
        """A movement became final."""
        _count(self.moved, (movement.kind.value, str(movement.state)))

    def called_back(self, operator: str, *, believed: bool) -> None:
        """A callback was kept."""
        _count(self.callbacks, (operator, "believed" if believed else "doubted"))


def _count(counts: dict[tuple[str, str], int], name: tuple[str, str]) -> None:
    counts[name] = counts.get(name, 0) + 1
