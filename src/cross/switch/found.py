"""Money found: what an operator turns out to have moved, or undone, against what the books say.

It is booked where it is, with suspense for the other side, so that a float says what the operator
has (I-02); whose it is, a person decides. Nothing is done twice: each cause is booked once.
"""

from typing import Final

from cross.domain import accounts
from cross.domain.late import LATE_SUCCESS
from cross.domain.ledger import JournalEntry, entry
from cross.domain.leg import Leg, LegKind, LegStatus
from cross.domain.money import Money
from cross.domain.movement import Movement, Step
from cross.domain.operator import Refused, Succeeded
from cross.domain.reconciliation import BreakKind
from cross.storage import waiting
from cross.storage.store import Addition, Saved
from cross.switch import breaks, losses
from cross.switch.breaks import Difference, told
from cross.switch.switch import Switch, log

REMEMBERED_MAX: Final = 20_000
"""References of operators' own that a process remembers, to see one used for two requests."""


async def weigh(
    switch: Switch, before: Movement, after: Movement, kind: LegKind, answer: Succeeded
) -> None:
    """What a success tells besides: of another amount, of what had failed, by a used reference."""
    leg = after.leg(kind)
    if leg.status is not LegStatus.SUCCEEDED:
        await contradicted(switch, after, leg, answer)
        return
    if before.attention is not None and before.attention.reason == "amount_differs":
        await right_after_all(switch, after, leg)
    first = reference_reused(switch, leg)
    if first is not None:
        await tell_of_reuse(switch, after, leg, first)


async def contradicted(
    switch: Switch, movement: Movement, leg: Leg, answer: Succeeded | Refused
) -> None:
    """An answer that is not what the books hold: a break; what moved of it is booked."""
    await breaks.open_if_contradicted(switch, movement, leg, answer)
    other = answer.money if isinstance(answer, Succeeded) else None
    if other is None or other == leg.money or leg.is_final:
        return
    if switch.profile(leg.operator).answers_queries and other.currency is leg.money.currency:
        await _book(switch, movement, leg, f"{leg.kind}.amount_differs", other)


async def second_payment(switch: Switch, movement: Movement, leg: Leg, answer: Succeeded) -> None:
    """One reference paid once more (F-O12): the second payment is nobody's yet."""
    cause = f"{leg.kind}.paid_twice:{answer.operator_reference or '-'}"
    await _book(switch, movement, leg, cause, answer.money or leg.money)


async def right_after_all(switch: Switch, movement: Movement, leg: Leg) -> None:
    """The amount was right after all: what was booked of the other one is taken back."""
    held = await waiting.held_of(switch.store, movement.id)
    if held is None:
        return
    money = Money(abs(held.amount), held.currency)
    cause = f"{leg.kind}.amount_explained"
    taken_back = _moved(leg, cause, money, comes_in=held.amount < 0)
    await switch.recorder.record(Addition(movement.id, (taken_back,), switch.clock()))


def tell_of_late(switch: Switch, movement: Movement, step: Step) -> None:
    """Who reads the log learns what was booked late; a loss is a page, and stops its operator."""
    for one in step.entries:
        if one.cause.endswith(LATE_SUCCESS):
            log.error("success_after_failure", movement=movement.id)
        else:
            log.error("success_undone", movement=movement.id)
        if any(account is accounts.loss(account.currency) for account, _ in one.debits):
            log.error("page", because="paid_twice_over", movement=movement.id)
            switch.spawn(losses.look(switch))


def reference_reused(switch: Switch, leg: Leg) -> str | None:
    """The leg that an operator's own reference was given before, if not this one (F-O11)."""
    if leg.operator_reference is None:
        return None
    key = f"{leg.operator} {leg.kind} {leg.operator_reference}"
    before = switch.own_references.get(key)
    if before is None:
        if len(switch.own_references) >= REMEMBERED_MAX:
            switch.own_references.clear()
        switch.own_references[key] = leg.reference
        return None
    return None if before == leg.reference else before


async def tell_of_reuse(switch: Switch, movement: Movement, leg: Leg, before: str) -> None:
    """Two requests have one reference of the operator's: one of the two may be a lie."""
    heard = f"{leg.operator_reference} is {before}'s"
    difference = Difference(
        BreakKind.REFERENCE_REUSED, leg.operator, leg.reference, told(leg.status), heard
    )
    await breaks.open_break(switch, movement, difference)


async def _book(switch: Switch, movement: Movement, leg: Leg, cause: str, money: Money) -> None:
    found = _moved(leg, cause, money, comes_in=leg.kind is LegKind.DEBIT)
    verdict = await switch.recorder.record(Addition(movement.id, (found,), switch.clock()))
    if verdict == Saved(fresh=True):
        log.error("page", because=cause.partition(":")[0], movement=movement.id)


def _moved(leg: Leg, cause: str, money: Money, *, comes_in: bool) -> JournalEntry:
    at_operator = [(accounts.float_at(leg.operator, money.currency), money)]
    unexplained = [(accounts.suspense(money.currency), money)]
    if comes_in:
        return entry(cause, debits=at_operator, credits_=unexplained)
    return entry(cause, debits=unexplained, credits_=at_operator)
