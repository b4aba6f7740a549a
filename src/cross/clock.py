"""The time: the only module that reads a clock, so that a simulation can bring its own."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
"""Gives the present moment, in UTC and aware of it."""


def system_clock() -> datetime:
    """The machine's wall clock, in UTC."""
    return datetime.now(UTC)


def monotonic_seconds() -> float:
    """Seconds of a clock that is never set back, for durations; the running event loop's own."""
    return asyncio.get_running_loop().time()


def seconds_beside() -> Callable[[], float]:
    """The same clock, to be read on a thread beside the event loop that runs now."""
    return asyncio.get_running_loop().time


def steady_clock() -> datetime:
    """A moment to measure waiting by: never stepped, and of no calendar (I-45)."""
    return datetime.fromtimestamp(monotonic_seconds(), UTC)
