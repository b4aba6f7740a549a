"""Declared: how a request ended by the word of two people, where its operator stays silent (F-H02).

It goes the way of every answer: the same decision, the same step, the same entries. Where it came
from is in the books; a break stays open until the operator's statement says the same. An operator
that says otherwise later opens another, and suspense takes the money: never a second effect.
"""

from cross.domain import case as rules
from cross.domain.approval import Approval, ApprovalStale, FixNotPossible
from cross.domain.case import Fix, Held
from cross.domain.changed import changed
from cross.domain.leg import Leg, LegKind, LegStatus
from cross.domain.movement import Movement
from cross.domain.operator import RefusalCode, Refused, Succeeded
from cross.domain.reconciliation import BreakKind
from cross.domain.steps import is_final
from cross.switch import breaks, legs
from cross.switch.approvals import NotOurs
from cross.switch.breaks import Difference, told
from cross.switch.switch import Live, Switch

DECLARED: str = "declared"
"""What stands for the operator's own code where people spoke for it."""


def require_declarable(movement: Movement | None, leg: Leg | None, fix: Fix, held: Held) -> Leg:
    """The request that people may speak for; raises `FixNotPossible`."""
    if movement is None or leg is None:
        raise FixNotPossible(why="nothing of it has an outcome that is not known")
    if leg.status is LegStatus.SENT:
        raise FixNotPossible(why="its request is under way now: wait for its answer")
    if fix is Fix.SUCCEEDED and held.amount:
        raise FixNotPossible(why="another amount moved: resolve as refused, then adjust")
    return leg


async def resolve(switch: Switch, movement: Movement | None, fix: Fix, approval: Approval) -> str:
    """Takes the step that was approved; raises `ApprovalStale`, `NotOurs`, `FixNotPossible`."""
    if movement is None:
        raise FixNotPossible(why="there is no such movement")
    kind = LegKind(str(approval.preview["leg"]))
    answer = _answer(fix, approval)
    leg, live = movement.leg(kind), switch.live.get(movement.id)
    if not leg.is_final:
        live = _require_as_it_was(movement, live, approval)
        expected, heard = told(leg.status), f"{told(answer)} {approval.id}"
        difference = Difference(
            BreakKind.MANUAL_RESOLUTION, leg.operator, leg.reference, expected, heard
        )
        await breaks.open_break(switch, movement, difference)
        await legs.declare(switch, live, kind, answer, version=movement.version)
        leg = live.movement.leg(kind)
    wanted = LegStatus.SUCCEEDED if fix is Fix.SUCCEEDED else LegStatus.FAILED
    if leg.status is not wanted:
        raise ApprovalStale
    return f"{kind} {leg.status}"


async def give_back(switch: Switch, movement: Movement | None, approval: Approval) -> str:
    """The payer got his money outside: the transfer is refunded; raises as `resolve` does."""
    if movement is None:
        raise FixNotPossible(why="there is no such movement")
    if is_final(movement):
        return str(movement.state)
    live = _require_as_it_was(movement, switch.live.get(movement.id), approval)
    async with live.lock:
        if not rules.can_be_given_back(live.movement):
            raise ApprovalStale
        cause = f"resolution:{approval.id}"
        step = rules.given_back(live.movement, cause, at=switch.clock())
        await legs.take(switch, live, step)
    if not is_final(live.movement):
        raise NotOurs  # another process has it by now
    return str(live.movement.state)


async def ask_all(switch: Switch, movement: Movement) -> None:
    """Asks the operators about every request of a movement that may have reached them."""
    live = switch.live.get(movement.id)
    if live is not None:
        await legs.ask(switch, live)
    for leg in movement.legs:
        if leg.is_final and leg.sends:
            await legs.ask_about_final(switch, movement, leg.kind)


def _require_as_it_was(movement: Movement, live: Live | None, approval: Approval) -> Live:
    if approval.version.split()[1] != str(movement.version):
        raise ApprovalStale
    if live is None:
        raise NotOurs
    return live


def _answer(fix: Fix, approval: Approval) -> Succeeded | Refused:
    if fix is Fix.SUCCEEDED:
        return Succeeded(str(approval.fields.get("operator_reference") or "") or None)
    refused = Refused(RefusalCode.OPERATOR_REFUSED)
    return changed(refused, operator_code=DECLARED, operator_message=approval.id)
