"""Two people of a small world, and cases as they come without waiting for them."""

import asyncio
from datetime import timedelta
from typing import Any

from cross.domain.approval import Approval, Person, Proposal
from cross.domain.case import Case
from cross.domain.movement import Movement
from cross.domain.operator import LegRequest, LookUp, Unknown
from cross.domain.steps import call_for_attention
from cross.storage.cases import CaseFilter, CasePart
from cross.switch import approvals, cases, fixes, legs
from cross.switch.switch import Switch
from tests.switch import asking
from tests.world import World, until, wallet

AWA = Person("awa", "adm_01JAWA")
KODJO = Person("kodjo", "adm_01JKODJO")
SHARED = Person("kodjo")
"""Whoever has the shared token, and says that he is Kodjo."""

NUMBER = "+22896110100"
"""A person at a handset: nothing is decided by itself."""


async def open_cases(switch: Switch, **only: Any) -> list[Case]:
    """What waits for a person now, gathered first."""
    await cases.gather(switch)
    found, _ = await cases.page(switch, part=CasePart(100), only=CaseFilter(**only))
    return list(found)


async def only_case(switch: Switch, **only: Any) -> Case:
    """The one case that there is."""
    (case,) = await open_cases(switch, **only)
    return case


async def silent(request: LegRequest) -> LookUp:
    """An operator that says nothing."""
    del request
    return Unknown("silence")


async def flagged_collection(world: World, *, operator: str = "flooz") -> Movement:
    """A collection of which its operator says nothing, and which has an owner (I-21)."""
    switch = world.switch
    connector: Any = switch.operators[operator]
    connector.collect = connector.look_up_collection = silent
    opened = await asking.collection(switch, wallet(operator, NUMBER))
    await until(lambda: switch.live[opened.id].movement.legs[0].status == "unknown")
    live = switch.live[opened.id]
    async with live.lock:
        step = call_for_attention(live.movement, "operator_silent", at=switch.clock())
        await legs.take(switch, live, step)
    return live.movement


async def proposed(switch: Switch, case: Case, *, by: Person = AWA, **fields: Any) -> str:
    """The id of a proposal about a case."""
    said = {"reason": "the statement of the day", **fields}
    return await approvals.propose(switch, Proposal(fixes.RESOLVE, case.id, said, by))


async def resolved(switch: Switch, case: Case, **fields: Any) -> Approval:
    """A fix that two people agree on."""
    approval = await proposed(switch, case, **fields)
    return await approvals.decide(switch, approval, KODJO, approve=True)


def later(switch: Switch, **by: float) -> None:
    """From now on it is so much later by the calendar."""
    now = switch.clock
    switch.clock = lambda: now() + timedelta(**by)


async def eventually(condition: Any) -> Any:
    """What an awaitable condition gives, once it gives something."""
    async with asyncio.timeout(20):
        while not (found := await condition()):
            await asyncio.sleep(0.01)
        return found
