"""Projection: orders follow their attempts, durably and after any crash."""

from collections.abc import Sequence
from dataclasses import dataclass

from cross.domain.movement import Movement
from cross.domain.order import Order


@dataclass(frozen=True, slots=True)
class Standing:
    """An order as it stands now, with its attempts in the order in which they were made."""

    order: Order
    attempts: Sequence[Movement] = ()
