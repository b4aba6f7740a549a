"""Safety stops: where no new money is asked for or paid out until people say so (I-46)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from cross.domain.errors import CrossError
from cross.domain.leg import LegKind
from cross.domain.movement import Movement, MovementKind

EVERYWHERE: Final = "*"
"""In place of an operator: what failed cannot be laid at one operator's door."""

BY_HAND: Final = "by_hand"
UNBALANCED, BALANCE_OFF, FLOAT_OFF, CHAIN_BROKEN = "I-01", "I-33", "I-03", "I-34"
PAGE_DAMAGED, ONE_BENEFICIARY, PAID_AFTER_REFUSAL = "F-D15", "F-S29", "F-O05"

CAUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        UNBALANCED: "a journal entry does not balance, or is not whole",
        BALANCE_OFF: "a balance is not the sum of its postings, or is impossible for its account",
        FLOAT_OFF: "the operator's own figure and our float differ by more than is under way",
        CHAIN_BROKEN: "the ledger's chain is broken: an entry was changed, removed or put in",
        PAGE_DAMAGED: "the database file is damaged",
        ONE_BENEFICIARY: "one beneficiary was paid far more often than anybody should be",
        PAID_AFTER_REFUSAL: "the operator paid what it had refused, after it was given back",
        BY_HAND: "somebody placed it",
    }
)
"""Why a stop is placed, in the identifiers of money-safety.md."""


class OperatorStopped(CrossError):
    """A safety stop is in force at the operator: nothing was accepted, nothing was debited."""

    code = "operator_stopped"
    retry_after_seconds = 60

    def __init__(self, *, operator: str) -> None:
        super().__init__(f"a safety stop is in force at {operator}; nothing was debited")
        self.operator = operator


class NotLiftable(CrossError):
    """The monitor that placed the stop still sees what it saw: repair it, or lift it over that."""

    code = "stop_still_needed"

    def __init__(self, *, found: str) -> None:
        super().__init__(f"its monitor still sees it: {found}")


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop as it is kept; `found` is what a monitor saw, or why a person placed it.

    `holds_credits`: what is owed to recipients waits, too, for the float itself is in doubt.
    """

    id: str
    operator: str
    cause: str
    found: str
    placed_by: str
    placed_at: datetime
    holds_credits: bool = False
    lifted_by: str | None = None
    lifted_at: datetime | None = None
    lift_reason: str | None = None
    overridden: bool = False


def opens_risk_at(movement: Movement) -> tuple[str, ...]:
    """The operators at which accepting a movement asks for new money, or pays some out.

    A transfer needs both its operators: who is debited for a credit that may not be sent is worse
    off than who is told to come back. A refund gives a payer his own money back: it goes on.
    """
    if movement.kind is MovementKind.REFUND:
        return ()
    return tuple(leg.operator for leg in movement.legs if leg.kind is not LegKind.REFUND)
