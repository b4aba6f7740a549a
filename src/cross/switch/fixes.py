"""Fixes: what people may do about a case, looked at before and done after it is approved.

A fix that says how a request ended goes the way of every answer, with its origin told, and leaves a
break that the operator's statement must close (F-H02). One that moves money on the books is one
entry; the break is closed once suspense holds nothing of it any more.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from cross.domain import case as rules
from cross.domain.approval import (
    TWO,
    Approval,
    ApprovalStale,
    FixNotPossible,
    Look,
    Person,
    Proposal,
)
from cross.domain.case import (
    DECLARED,
    EVIDENCED,
    Asked,
    Case,
    Fix,
    Held,
    Posting,
    Source,
    Words,
    posting_of,
)
from cross.domain.errors import BalanceTooLow, SwitchUnavailable
from cross.domain.ledger import JournalEntry
from cross.domain.leg import Leg, LegStatus
from cross.domain.money import XOF, Money, currency_named
from cross.domain.movement import Movement
from cross.domain.reconciliation import BreakKind
from cross.storage import breaks as stored_breaks
from cross.storage import movements as stored_movements
from cross.storage.cases import BreakClosing
from cross.storage.store import Addition, NotCovered, Saved, Stale
from cross.switch import approvals, cases, declared, returned
from cross.switch.approvals import Kind
from cross.switch.audit import Act, line_of
from cross.switch.switch import Switch

RESOLVE: Final = "case.resolve"
_CAUSE: Final = "resolution"


class Subject(NamedTuple):
    """A case with all that a fix needs to know of it, as it stands."""

    case: Case
    movement: Movement | None
    held: Held
    break_state: str | None

    @property
    def version(self) -> str:
        """What a proposal is pinned to: another step, posting or decision makes it stale."""
        step = "-" if self.movement is None else str(self.movement.version)
        over = "open" if self.case.closed_at is None else "closed"
        return f"{over} {step} {self.held.amount} {self.break_state or '-'}"

    @property
    def words(self) -> Words:
        """Whose accounts a fix may name."""
        return Words(self.case.merchant, self.case.operator)

    @property
    def leg(self) -> Leg | None:
        """The request whose outcome nobody knows."""
        return None if self.movement is None else self.movement.open_leg


async def subject_of(switch: Switch, case: Case) -> Subject:
    """What a case is about, as the books have it."""
    movement = None
    if case.movement is not None:
        live = switch.live.get(case.movement)
        movement = await stored_movements.get(switch.store, case.movement)
        movement = movement if live is None else live.movement
    held = await cases.held_of(switch, case)
    currency = XOF if case.money is None else case.money.currency
    state = None
    if case.source is Source.BREAK:
        state = await stored_breaks.state_of(switch.store, case.object)
    return Subject(case, movement, held or Held(0, currency), state)


async def requery(switch: Switch, case: Case, *, by: Person) -> None:
    """Asks the operator now about what a case is about: alone, for asking changes nothing.

    Raises `FixNotPossible` where there is nobody to be asked.
    """
    subject = await subject_of(switch, case)
    if subject.movement is None:
        raise FixNotPossible(why="this is about no movement: there is nothing to ask")
    act = Act(by.name, "attention.requery", case.id, after={"movement": subject.movement.id})
    await switch.recorder.record(line_of(switch, act))
    await declared.ask_all(switch, subject.movement)


async def _look(switch: Switch, proposal: Proposal) -> Look:
    """What the fix would do now; raises `FixNotPossible`, `NotFound`."""
    case = await cases.get(switch, proposal.object)
    if case.closed_at is not None:
        raise FixNotPossible(why="the case is closed")
    subject = await subject_of(switch, case)
    fix = Fix(proposal.fields["fix"])
    if fix in EVIDENCED and not proposal.fields.get("evidence"):
        raise FixNotPossible(why=f"{fix} takes evidence: how is it known?")
    if fix in DECLARED:
        leg = declared.require_declarable(subject.movement, subject.leg, fix, subject.held)
        return Look(subject.version, _declared_preview(leg, fix), leg.money)
    if fix is Fix.GIVEN_BACK:
        entry = _given_back_entry(switch, subject)
        return Look(subject.version, _preview(entry, subject), subject.case.money)
    if fix in (Fix.IGNORE, Fix.LINK):
        _require_closable(subject, fix)
        return Look(subject.version, {"entry": None}, subject.case.money, _people(subject))
    posting = _posting(subject, fix, proposal.fields)
    if fix is Fix.RETURN:
        returned.require_possible(switch, _money(posting), proposal.fields)
    return Look(subject.version, _preview(posting.entry, subject), _money(posting))


async def _apply(switch: Switch, approval: Approval) -> str:
    """Does it; what was done before is not done again."""
    case = await cases.get(switch, approval.object)
    subject, fix = await subject_of(switch, case), Fix(approval.fields["fix"])
    if fix in DECLARED:
        result = await declared.resolve(switch, subject.movement, fix, approval)
    elif fix is Fix.GIVEN_BACK:
        result = await declared.give_back(switch, subject.movement, approval)
    elif fix in (Fix.IGNORE, Fix.LINK):
        result = str(approval.fields.get("movement") or fix)
    else:
        result = await _post(switch, subject, fix, approval)
    await _end(switch, case, fix, approval)
    return result


async def _post(switch: Switch, subject: Subject, fix: Fix, approval: Approval) -> str:
    """One entry, under the proposal's own cause; then what follows from it."""
    about = subject.case.movement or subject.case.object
    if not await stored_breaks.is_booked(switch.store, about, _cause(approval)):
        if subject.version != approval.version:
            raise ApprovalStale
        posting = _posting(subject, fix, approval.fields, cause=_cause(approval))
        addition = Addition(about, (posting.entry,), switch.clock(), needs=posting.needs)
        verdict = await switch.recorder.record(addition)
        if isinstance(verdict, NotCovered):
            raise BalanceTooLow
        if not isinstance(verdict, Saved):
            raise SwitchUnavailable
    if fix is Fix.RETURN:
        return await returned.pay_out(switch, subject.case, approval)
    return _cause(approval)


async def _end(switch: Switch, case: Case, fix: Fix, approval: Approval) -> None:
    """Closes the break where nothing of it is left, and the case where its object needs nobody."""
    by = approval.decided or approval.made
    held = await cases.held_of(switch, case)
    if case.source is Source.BREAK and (held is None or not held.amount):
        act = Act(by.name, "breaks.close", case.object, after={"fix": fix, "approval": approval.id})
        line = line_of(switch, act)
        closing = BreakClosing(case.object, fix.value, by.name, switch.clock(), line)
        if not isinstance(await switch.recorder.record(closing), Saved | Stale):
            raise SwitchUnavailable
    await cases.close_if_over(switch, case.id, because=f"{fix} {approval.id}", by=by)


def _posting(
    subject: Subject,
    fix: Fix,
    fields: Mapping[str, Any],
    *,
    cause: str = _CAUSE,
) -> Posting:
    amount = fields.get("amount")
    currency = subject.held.currency
    if fields.get("currency"):
        currency = currency_named(str(fields["currency"]))
    asked = Asked(
        cause,
        None if amount is None else Money(int(amount), currency),
        str(fields.get("debit") or ""),
        str(fields.get("credit") or ""),
    )
    return posting_of(fix, asked, subject.held, subject.words)


def _require_closable(subject: Subject, fix: Fix) -> None:
    if subject.case.source is not Source.BREAK:
        raise FixNotPossible(why=f"{fix} closes a break, and this is none")
    if subject.held.amount:
        raise FixNotPossible(why="suspense still holds money of it: adjust or return that first")
    if fix is Fix.IGNORE and subject.case.reason == BreakKind.MANUAL_RESOLUTION:
        raise FixNotPossible(why="the operator's statement must close it: link it to its line")


def _people(subject: Subject) -> int | None:
    """What was resolved by hand is closed by two, however small."""
    return TWO if subject.case.reason == BreakKind.MANUAL_RESOLUTION else None


def _given_back_entry(switch: Switch, subject: Subject) -> JournalEntry:
    movement = subject.movement
    if movement is None or not rules.can_be_given_back(movement):
        raise FixNotPossible(why="there is no refund that its operator refuses")
    return rules.given_back(movement, _CAUSE, at=switch.clock()).entries[0]


def _declared_preview(leg: Leg, fix: Fix) -> dict[str, Any]:
    return {
        "leg": leg.kind.value,
        "operator": leg.operator,
        "reference": leg.reference,
        "before": leg.status.value,
        "after": (LegStatus.SUCCEEDED if fix is Fix.SUCCEEDED else LegStatus.FAILED).value,
    }


def _preview(entry: JournalEntry, subject: Subject) -> dict[str, Any]:
    """The postings, and what suspense holds of it before and after."""
    return {
        "entry": [
            {"account": account.name, "amount": amount, "currency": account.currency.code}
            for account, amount in entry.signed
        ],
        "suspense_before": subject.held.amount,
        "suspense_after": rules.left_after(entry, subject.held),
    }


def _money(posting: Posting) -> Money:
    return posting.entry.debits[0].money


def _cause(approval: Approval) -> str:
    return f"{_CAUSE}:{approval.id}"


approvals.register(RESOLVE, Kind(_look, _apply))
