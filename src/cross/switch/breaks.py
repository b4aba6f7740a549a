"""Breaks: differences between what we hold and what an operator says, opened once and told."""

from typing import Final, NamedTuple

from cross.domain.ids import BREAK, EVENT
from cross.domain.leg import Leg, LegStatus
from cross.domain.movement import Movement
from cross.domain.operator import Refused, Succeeded
from cross.domain.reconciliation import Break, BreakKind
from cross.storage.store import BreakFound, EventRow, Saved
from cross.switch.switch import Switch, log
from cross.switch.views import View, encoded, rfc3339

OPENED: Final = "reconciliation.break_opened"


class Difference(NamedTuple):
    """What differs about a leg: what we hold, and what was heard."""

    kind: BreakKind
    operator: str
    reference: str
    expected: str
    heard: str


async def open_break(switch: Switch, movement: Movement, difference: Difference) -> None:
    """Keeps a difference for a person, and tells its merchant; said again it is the same one."""
    now = switch.clock()
    found = Break(
        switch.new_id(BREAK),
        movement.merchant,
        movement.livemode,
        difference.kind,
        difference.operator,
        difference.reference,
        movement.id,
        difference.expected,
        difference.heard,
        now,
    )
    event = EventRow(switch.new_id(EVENT), OPENED, 1, encoded(break_view(found)), now)
    if await switch.recorder.record(BreakFound(found, event)) == Saved(fresh=True):
        log.error("break_opened", id=found.id, kind=found.kind.value, movement=movement.id)


async def open_if_contradicted(
    switch: Switch, movement: Movement, leg: Leg, answer: Succeeded | Refused
) -> None:
    """A leg that ended one way, and the other; or a success of another amount than was asked."""
    ended = LegStatus.SUCCEEDED if isinstance(answer, Refused) else LegStatus.FAILED
    if leg.status is ended:
        kind = BreakKind.STATUS_DIFFERS
    elif isinstance(answer, Succeeded) and answer.money not in (None, leg.money):
        kind = BreakKind.AMOUNT_DIFFERS
    else:
        return
    await open_break(
        switch,
        movement,
        Difference(kind, leg.operator, leg.reference, told(leg.status), told(answer)),
    )


def told(said: Succeeded | Refused | LegStatus) -> str:
    """What we hold, or what was heard, for a person's eyes; a number never."""
    match said:
        case Succeeded(operator_reference=reference, money=money):
            return " ".join(("succeeded", "-" if money is None else str(money), reference or "-"))
        case Refused(code=code, operator_code=operator_code):
            return " ".join(("refused", code.value, operator_code or "-"))
        case _:
            return said.value


def break_view(found: Break) -> View:
    """A break as a merchant or a person who runs Cross gets it."""
    return {
        "id": found.id,
        "object": "break",
        "livemode": found.livemode,
        "status": found.state,
        "kind": found.kind.value,
        "operator": found.operator,
        "leg_reference": found.reference,
        "movement": found.movement,
        "expected": found.expected,
        "heard": found.heard,
        "created_at": rfc3339(found.opened_at),
    }
