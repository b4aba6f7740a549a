"""Late answers: what an operator says of a request whose end is known already (I-25, F-O05, F-O07).

No state changes and no entry does: another entry says what is so, suspense or the loss account
takes the other side, and a person decides.
"""

from typing import Final

from cross.domain import accounts
from cross.domain.ledger import JournalEntry, entry
from cross.domain.leg import Leg, LegKind, LegStatus
from cross.domain.money import Money
from cross.domain.movement import Movement, MovementKind, Step
from cross.domain.operator import LookUp, Refused, Succeeded

LATE_SUCCESS: Final = "late_success"
REVERSAL: Final = "operator_reversal"


def heard_late(movement: Movement, leg: Leg, answer: LookUp, *, ended: bool) -> Step:
    """A success after a definite failure, or the other way round; anything else changes nothing.

    That a success was undone only a query can say: the request itself, `ended`, may have been
    refused because it had come twice (F-N14).
    """
    if isinstance(answer, Succeeded) and leg.status is LegStatus.FAILED:
        return Step(movement, (_found_late(movement, leg, _moved(leg, answer)),))
    if isinstance(answer, Refused) and leg.status is LegStatus.SUCCEEDED and not ended:
        return Step(movement, (_undone(leg),))
    return Step(movement, saved=False)


def _moved(leg: Leg, answer: Succeeded) -> Money:
    """What the operator says it moved, where it says it in the leg's currency (F-O09, F-O10)."""
    told = answer.money
    return leg.money if told is None or told.currency is not leg.money.currency else told


def _found_late(movement: Movement, leg: Leg, money: Money) -> JournalEntry:
    """Where the payer had his money back meanwhile, what a credit paid is lost (F-O05)."""
    currency = leg.money.currency
    other = accounts.loss if _is_given_back(movement, leg) else accounts.suspense
    at_operator = [(accounts.float_at(leg.operator, currency), money)]
    unexplained = [(other(currency), money)]
    if leg.kind is LegKind.DEBIT:
        return entry(f"{leg.kind}.{LATE_SUCCESS}", debits=at_operator, credits_=unexplained)
    return entry(f"{leg.kind}.{LATE_SUCCESS}", debits=unexplained, credits_=at_operator)


def _undone(leg: Leg) -> JournalEntry:
    """The operator took back what it had done: the float has it no more, or again."""
    currency = leg.money.currency
    at_operator = [(accounts.float_at(leg.operator, currency), leg.money)]
    unexplained = [(accounts.suspense(currency), leg.money)]
    if leg.kind is LegKind.DEBIT:
        return entry(f"{leg.kind}.{REVERSAL}", debits=unexplained, credits_=at_operator)
    return entry(f"{leg.kind}.{REVERSAL}", debits=at_operator, credits_=unexplained)


def _is_given_back(movement: Movement, leg: Leg) -> bool:
    if leg.kind is not LegKind.CREDIT or movement.kind is not MovementKind.TRANSFER:
        return False
    return any(
        one.kind is LegKind.REFUND and one.status is LegStatus.SUCCEEDED for one in movement.legs
    )
