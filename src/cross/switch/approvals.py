"""Approvals: proposing, deciding, and doing what was decided; each step with its audit line.

What is approved is written down before it is done, and done as often as it takes: a kind's `apply`
changes nothing the second time.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from cross.domain.approval import (
    TWO,
    Approval,
    ApprovalClosed,
    ApprovalOpen,
    ApprovalStale,
    ApprovalState,
    Look,
    Person,
    PersonalTokenNeeded,
    Proposal,
    expiry,
    require_second,
)
from cross.domain.changed import changed
from cross.domain.errors import CrossError, NotFound, SwitchUnavailable
from cross.domain.ids import APPROVAL
from cross.domain.money import Money
from cross.storage import approvals as stored
from cross.storage.approvals import ApprovalOpening, ApprovalStep
from cross.storage.pages import Page
from cross.storage.store import ReferenceTaken, Saved
from cross.switch.audit import Act, line_of
from cross.switch.switch import Switch, log
from cross.switch.views import View, money_view, rfc3339

LEFT_SECONDS: Final = 10
"""What was approved so long ago and is not done was left by a process that ended."""


class Kind(NamedTuple):
    """What can be proposed under a name.

    `look` tells what it would do now, and raises what makes it impossible. `apply` does it, once
    however often it is called, and tells what came of it; it raises `NotOurs` where another process
    has to do it.
    """

    look: Callable[[Switch, Proposal], Awaitable[Look]]
    apply: Callable[[Switch, Approval], Awaitable[str]]


KINDS: Final[dict[str, Kind]] = {}
"""By name; each noun registers its own when it is imported."""


class NotOurs(Exception):
    """Another process holds what this is about: it looks, and does it."""


def register(name: str, kind: Kind) -> None:
    """Lets something be proposed."""
    KINDS[name] = kind


async def propose(switch: Switch, proposal: Proposal) -> str:
    """Keeps a proposal for a second person, or does it at once where one is enough; its id.

    Raises `PersonalTokenNeeded`, `ApprovalOpen`, and whatever makes it impossible.
    """
    look = await KINDS[proposal.kind].look(switch, proposal)
    people = people_needed(switch, look)
    if people == TWO and proposal.by.token is None:
        raise PersonalTokenNeeded
    now = switch.clock()
    approval = Approval(
        id=switch.new_id(APPROVAL),
        kind=proposal.kind,
        object=proposal.object,
        version=look.version,
        fields=proposal.fields,
        preview=look.preview,
        money=look.money,
        people=people,
        made=proposal.by,
        made_at=now,
        expires_at=expiry(now),
    )
    if people < TWO:
        approval = changed(
            approval, state=ApprovalState.APPROVED, decided=proposal.by, decided_at=now
        )
    action = "approvals.propose" if people == TWO else "approvals.alone"
    line = line_of(switch, Act(proposal.by.name, action, approval.id, after=told(approval)))
    verdict = await switch.recorder.record(ApprovalOpening(approval, line))
    if isinstance(verdict, ReferenceTaken):
        raise ApprovalOpen(existing_id=verdict.movement)
    if not isinstance(verdict, Saved):
        raise SwitchUnavailable
    log.info("approval_proposed", id=approval.id, kind=approval.kind, object=approval.object)
    if people < TWO:
        await carry_out(switch, approval)
    return approval.id


async def decide(switch: Switch, approval_id: str, by: Person, *, approve: bool) -> Approval:
    """Says yes, and does it, or says no; who proposed it may take it back, and never approve it.

    Raises `NotFound`, `ApprovalClosed`, `PersonalTokenNeeded`, `SecondPersonNeeded`,
    `ApprovalStale`.
    """
    approval = await get(switch, approval_id)
    if approval.state is not ApprovalState.PROPOSED:
        raise ApprovalClosed(state=approval.state)
    if switch.clock() >= approval.expires_at:
        await _step(switch, approval, ApprovalState.EXPIRED, by)
        raise ApprovalClosed(state=ApprovalState.EXPIRED)
    if not approve:
        return await _step(switch, approval, ApprovalState.REJECTED, by)
    require_second(approval, by)
    if not await _is_as_it_was(switch, approval):
        await _step(switch, approval, ApprovalState.STALE, by)
        raise ApprovalStale
    approved = await _step(switch, approval, ApprovalState.APPROVED, by)
    return await carry_out(switch, approved)


async def carry_out(switch: Switch, approval: Approval) -> Approval:
    """Does what was approved; what turns out impossible is said so, and changes nothing."""
    by = approval.decided or approval.made
    try:
        result = await KINDS[approval.kind].apply(switch, approval)
    except SwitchUnavailable:
        raise  # not known to be done: somebody looks again
    except NotOurs:
        return approval
    except CrossError as refusal:
        return await _step(switch, approval, ApprovalState.FAILED, by, result=refusal.code)
    return await _step(switch, approval, ApprovalState.APPLIED, by, result=result)


async def get(switch: Switch, approval_id: str) -> Approval:
    """A proposal as it stands; raises `NotFound`."""
    found = await stored.find(switch.store, approval_id)
    if found is None:
        raise NotFound(noun="approval")
    return found


async def page(
    switch: Switch, *, part: Page, state: str | None = None
) -> tuple[Sequence[Approval], bool]:
    """A page of proposals, newest first, and whether there are more."""
    return await stored.page(switch.store, part=part, state=state)


async def look(switch: Switch) -> None:
    """Ends proposals whose time is up, and does what was left undone, or is ours to do."""
    now = switch.clock()
    for approval in await stored.waiting(switch.store):
        if approval.state is ApprovalState.PROPOSED:
            if now >= approval.expires_at:
                await _expire(switch, approval)
        elif approval.decided_at is not None and _is_left(switch, approval):
            await carry_out(switch, approval)


def people_needed(switch: Switch, look: Look) -> int:
    """One up to the threshold of its currency; two above it, and for what is no money."""
    if look.people is not None:
        return look.people
    if look.money is None:
        return TWO
    thresholds = switch.settings.attention.approval_threshold
    return 1 if look.money.amount <= thresholds.get(look.money.currency.code, 0) else TWO


def told(approval: Approval) -> View:
    """A proposal as admins get it, and as the audit keeps it."""
    decided = approval.decided
    return {
        "id": approval.id,
        "object": "approval",
        "kind": approval.kind,
        "about": approval.object,
        "version": approval.version,
        "status": approval.state.value,
        "people": approval.people,
        "amount": _money(approval.money),
        "fields": dict(approval.fields),
        "preview": dict(approval.preview),
        "made_by": approval.made.name,
        "made_at": rfc3339(approval.made_at),
        "expires_at": rfc3339(approval.expires_at),
        "decided_by": None if decided is None else decided.name,
        "decided_at": None if approval.decided_at is None else rfc3339(approval.decided_at),
        "result": approval.result,
    }


async def _is_as_it_was(switch: Switch, approval: Approval) -> bool:
    proposal = Proposal(approval.kind, approval.object, approval.fields, approval.made)
    try:
        look = await KINDS[approval.kind].look(switch, proposal)
    except SwitchUnavailable:
        raise
    except CrossError:
        return False
    return look.version == approval.version and people_needed(switch, look) <= approval.people


async def _step(
    switch: Switch,
    approval: Approval,
    state: ApprovalState,
    by: Person,
    *,
    result: str | None = None,
) -> Approval:
    """The next state, over the one that was read; raises `ApprovalClosed` where it had changed."""
    now = switch.clock()
    new: dict[str, Any] = {"state": state, "result": result}
    if approval.state is ApprovalState.PROPOSED:
        new |= {"decided": by, "decided_at": now}
    after = changed(approval, **new)
    act = Act(by.name, f"approvals.{state}", approval.id, told(approval), told(after))
    verdict = await switch.recorder.record(
        ApprovalStep(after, approval.state, line_of(switch, act))
    )
    if not isinstance(verdict, Saved):
        newest = await get(switch, approval.id)
        if newest.state is state:
            return newest
        raise ApprovalClosed(state=newest.state)
    log.info("approval_decided", id=approval.id, kind=approval.kind, state=state.value)
    return after


async def _expire(switch: Switch, approval: Approval) -> None:
    try:
        await _step(switch, approval, ApprovalState.EXPIRED, Person("cross"))
    except ApprovalClosed:
        log.info("approval_decided_in_time", id=approval.id)


def _is_left(switch: Switch, approval: Approval) -> bool:
    at = approval.decided_at
    return at is not None and switch.clock() >= at + timedelta(seconds=LEFT_SECONDS)


def _money(money: Money | None) -> Mapping[str, Any] | None:
    return None if money is None else money_view(money)
