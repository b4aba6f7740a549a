"""Figures: what was measured, in which unit, and what it means."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table for one engine; `digits` after the point are meant."""

    section: str
    name: str
    engine: str
    value: float
    unit: str
    meaning: str
    digits: int = 0


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of all do not exceed (nearest rank)."""
    ranked = sorted(values)
    rank = -(-len(ranked) * percent // 100)
    return ranked[max(0, int(rank) - 1)]


def milliseconds(seconds: float) -> float:
    """The same time in the unit of the table."""
    return seconds * 1_000


def megabytes(size: float) -> float:
    """Bytes in units of 2**20."""
    return size / 2**20
