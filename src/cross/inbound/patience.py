"""Patience: how long a socket may take for each part of a request (F-R01 to F-R03)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a socket may take; clients should trust an idle one for a little less."""

    head_seconds: float = 10.0  # money-safety.md, F-R01
    body_seconds: float = 30.0  # F-R02
    write_seconds: float = 30.0  # F-R03
    idle_seconds: float = 5.0

    @property
    def shortest_seconds(self) -> float:
        """No deadline is nearer than this when it is set."""
        return min(self.head_seconds, self.body_seconds, self.write_seconds, self.idle_seconds)
