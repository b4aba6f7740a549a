"""Garbage: a server whose objects die by counting need not look for cycles at every turn."""

import gc
from typing import Final

YOUNG_MAX: Final = 50_000
"""New objects before a look; the default is 700. Measured: a quarter of the switch's CPU."""


def look_seldom() -> None:
    """For a server's whole process, once it has started: what is there by now stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MAX, 20, 50)


def look_at_young() -> None:
    """For what comes in crowds and stays: now, while it is few.

    The collector counts births less deaths, the deaths of old objects among them. Where as many
    leave as come it sees no reason to look, until thousands of the young are looked at in one go.
    """
    gc.collect(0)
