"""The public status of a movement: its state, told apart where operators are being waited for."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cross.domain import collection, payout
from cross.domain.leg import LegKind, LegStatus
from cross.domain.movement import Movement, MovementKind

_COLLECTING: Final[Mapping[LegStatus, str]] = MappingProxyType({LegStatus.UNKNOWN: "unknown"})
_PAYING: Final[Mapping[LegStatus, str]] = MappingProxyType(
    {
        LegStatus.PLANNED: "queued",
        LegStatus.SENT: "sending",
        LegStatus.PENDING: "pending",
        LegStatus.UNKNOWN: "unknown",
    }
)


def status_of(movement: Movement) -> str:
    """The word of api.md section 2 for where a movement stands."""
    if movement.kind is MovementKind.COLLECTION and movement.state == collection.State.COLLECTING:
        return _COLLECTING.get(movement.leg(LegKind.DEBIT).status, "pending")
    gives = movement.kind in (MovementKind.PAYOUT, MovementKind.REFUND)
    if gives and movement.state == payout.State.PAYING:
        return _PAYING[movement.legs[0].status]
    return str(movement.state)
