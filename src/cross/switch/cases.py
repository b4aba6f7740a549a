"""Cases: what needs a person, gathered into one list, each with an owner and a deadline (I-21).

Nobody opens a case: it is found in the books, and it is over when the books say so. A deadline that
passes tells people, and moves no money.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cross.domain.approval import Person
from cross.domain.case import NEXT_ACTIONS, Case, Held
from cross.domain.changed import changed
from cross.domain.errors import NotFound, SwitchUnavailable
from cross.domain.ids import CASE, EVENT
from cross.domain.merchant import ChangedMeanwhile
from cross.storage import cases as stored
from cross.storage import events as stored_events
from cross.storage import waiting
from cross.storage.audit import AuditLine, newest
from cross.storage.cases import CaseFilter, CaseOpening, CasePart, CaseStep
from cross.storage.events import HouseNews
from cross.storage.store import Saved, Stale
from cross.storage.waiting import Waits
from cross.switch.audit import Act, line_of
from cross.switch.switch import Switch, log
from cross.switch.views import View, encoded, money_view, rfc3339

OVERDUE = "attention.overdue"
"""What those who hear of the house are told when a deadline has passed."""

NOBODY = Person("cross")
"""Who did what happened by itself."""


async def gather(switch: Switch) -> None:
    """Opens what has no case, closes what needs nobody, and escalates what is overdue."""
    now = switch.clock()
    for one in await waiting.without_case(switch.store):
        await _open(switch, one, at=now)
    for case_id in await waiting.over(switch.store):
        case = await stored.find(switch.store, case_id)
        if case is not None and case.closed_at is None:
            await close(switch, case, because="over", by=NOBODY)
    for case in await stored.overdue(switch.store, now):
        await _escalate(switch, case)


async def get(switch: Switch, case_id: str) -> Case:
    """A case as it stands; raises `NotFound`."""
    found = await stored.find(switch.store, case_id)
    if found is None:
        raise NotFound(noun="case")
    return found


async def page(switch: Switch, *, part: CasePart, only: CaseFilter) -> tuple[Sequence[Case], bool]:
    """Cases, the one due next first, and whether there are more."""
    return await stored.page(switch.store, part=part, only=only)


async def assign(switch: Switch, case_id: str, owner: str, *, by: Person) -> Case:
    """Gives a case to somebody; raises `NotFound`, `ChangedMeanwhile`."""
    case = await get(switch, case_id)
    after = changed(case, owner=owner, version=case.version + 1)
    act = Act(by.name, "attention.assign", case.id, {"owner": case.owner}, {"owner": owner})
    return await _step(switch, after, act)


async def note(switch: Switch, case_id: str, text: str, *, by: Person) -> Case:
    """Keeps what somebody found out; raises `NotFound`, `ChangedMeanwhile`."""
    case = await get(switch, case_id)
    act = Act(by.name, "attention.note", case.id, after={"note": text})
    return await _step(switch, changed(case, version=case.version + 1), act)


async def close(switch: Switch, case: Case, *, because: str, by: Person) -> None:
    """Ends a case; one that was changed meanwhile is left to the next look."""
    now = switch.clock()
    after = changed(case, version=case.version + 1, closed_at=now, closed_because=because)
    act = Act(by.name, "attention.close", case.id, after={"because": because})
    verdict = await switch.recorder.record(CaseStep(after, line_of(switch, act)))
    if not isinstance(verdict, Saved | Stale):
        raise SwitchUnavailable


async def close_if_over(switch: Switch, case_id: str, *, because: str, by: Person) -> None:
    """Ends a case that needs nobody any more; any other stays as it is."""
    if case_id in await waiting.over(switch.store):
        await close(switch, await get(switch, case_id), because=because, by=by)


async def history(switch: Switch, case: Case) -> Sequence[AuditLine]:
    """What people did about it, the newest first: to the case, and to what it is about."""
    lines = list(await newest(switch.store, subject=case.id))
    if case.object != case.id:
        lines += await newest(switch.store, subject=case.object)
    return sorted(lines, key=lambda line: line.id, reverse=True)


async def held_of(switch: Switch, case: Case) -> Held | None:
    """What suspense holds of what a case is about."""
    return None if case.movement is None else await waiting.held_of(switch.store, case.movement)


def told(case: Case, now: datetime) -> View:
    """A case as admins get it."""
    age_seconds = int((now - case.opened_at).total_seconds())
    return {
        "id": case.id,
        "object": "case",
        "status": "open" if case.closed_at is None else "closed",
        "source": case.source.value,
        "about": case.object,
        "reason": case.reason,
        "movement": case.movement,
        "merchant": case.merchant,
        "operator": case.operator,
        "amount": None if case.money is None else money_view(case.money),
        "owner": case.owner,
        "deadline": rfc3339(case.deadline),
        "overdue": case.closed_at is None and case.deadline <= now,
        "age_seconds": max(0, age_seconds),
        "next_action": NEXT_ACTIONS.get(case.reason),
        "opened_at": rfc3339(case.opened_at),
        "escalated_at": None if case.escalated_at is None else rfc3339(case.escalated_at),
        "closed_at": None if case.closed_at is None else rfc3339(case.closed_at),
        "closed_because": case.closed_because,
    }


async def _open(switch: Switch, one: Waits, *, at: datetime) -> None:
    terms = switch.settings.attention
    since = one.since or at
    case = Case(
        id=switch.new_id(CASE),
        source=one.source,
        object=one.object,
        reason=one.reason,
        movement=one.movement,
        merchant=one.merchant,
        operator=one.operator,
        money=one.money,
        owner=terms.owner,
        deadline=one.deadline or since + timedelta(hours=terms.hours),
        opened_at=since,
    )
    if await switch.recorder.record(CaseOpening(case)) == Saved(fresh=True):
        log.warning("case_opened", id=case.id, reason=case.reason, object=case.object)


async def _escalate(switch: Switch, case: Case) -> None:
    """Once: a page in the log, an event to the house's hearers, and never any money."""
    now = switch.clock()
    after = changed(case, version=case.version + 1, escalated_at=now)
    act = Act(NOBODY.name, "attention.escalate", case.id, after={"owner": case.owner})
    verdict = await switch.recorder.record(CaseStep(after, line_of(switch, act)))
    if not isinstance(verdict, Saved):
        return
    log.error("page", because="case_overdue", id=case.id, reason=case.reason, owner=case.owner)
    hearers = await stored_events.hearers(switch.store)
    view = told(after, now) | {
        "livemode": switch.settings.livemode,
        "created_at": rfc3339(now),
    }
    await switch.recorder.record(
        HouseNews(
            object=case.id,
            state="overdue",
            type=OVERDUE,
            body=encoded(view),
            at=now,
            told=tuple((switch.new_id(EVENT), merchant) for merchant in hearers),
        )
    )


async def _step(switch: Switch, after: Case, act: Act) -> Case:
    verdict = await switch.recorder.record(CaseStep(after, line_of(switch, act)))
    if isinstance(verdict, Stale):
        raise ChangedMeanwhile
    if not isinstance(verdict, Saved):
        raise SwitchUnavailable
    return after
