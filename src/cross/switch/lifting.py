"""Lifting a safety stop: two people, a reason, and a monitor that sees nothing any more (I-46).

Lifted over what its monitor still sees (`override`), the same is not stopped for again.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from cross.domain.approval import TWO, Approval, Look, Proposal
from cross.domain.errors import NotFound
from cross.domain.stop import (
    BALANCE_OFF,
    CHAIN_BROKEN,
    FLOAT_OFF,
    PAGE_DAMAGED,
    UNBALANCED,
    NotLiftable,
    Stop,
)
from cross.storage import chain_check
from cross.storage import monitors as stored
from cross.storage.store import ReadingTooLong, StoreDamaged
from cross.switch import approvals, floats, monitors, stops
from cross.switch.approvals import Kind
from cross.switch.stops import stop_view
from cross.switch.switch import Switch

LIFT: Final = "stops.lift"
_ENTRY: Final = re.compile(r"entry (\d+):", re.ASCII)
_ACCOUNT: Final = re.compile(r"account (\S+) ([A-Z]{3}):", re.ASCII)
_POSITION: Final = re.compile(r"position (\d+):", re.ASCII)
_WHOLE_FILE: Final = 1 << 62


async def still_found(switch: Switch, stop: Stop) -> str:
    """What the monitor that placed it sees of it now; nothing where it is repaired."""
    look_again = _SEEN_BY.get(stop.cause)
    if look_again is None:
        return ""
    try:
        return await look_again(switch, stop)
    except (StoreDamaged, ReadingTooLong) as nothing_proven:
        return str(nothing_proven)


async def _entry(switch: Switch, stop: Stop) -> str:
    match = _ENTRY.match(stop.found)
    if match is None:
        return stop.found
    number = int(match[1])
    flaws = await stored.flawed(switch.store, after=number - 1, upto=number)
    if flaws:
        return f"entry {number}: {flaws[0].flaw}"
    is_gone = await stored.missing(switch.store, after=number - 1, upto=number)
    was_there = number <= await stored.newest_entry(switch.store)
    return stop.found if is_gone and was_there and switch.store.engine == "sqlite" else ""


async def _account(switch: Switch, stop: Stop) -> str:
    """The account again, from its first posting."""
    match = _ACCOUNT.match(stop.found)
    number = None if match is None else await stored.account_named(switch.store, match[1], match[2])
    if match is None or number is None:
        return stop.found
    mark, total = 0, 0
    while True:
        found = (await stored.sums(switch.store, {number: mark}))[0]
        total += found.amount
        if found.bound is None:
            break
        mark = found.bound
    if total != found.balance:
        return f"account {match[1]} {match[2]}: is off by {found.balance - total}"
    return stop.found if stored.is_impossible(found) else ""


async def _chain(switch: Switch, stop: Stop) -> str:
    match = _POSITION.match(stop.found)
    after = 0 if match is None else max(0, int(match[1]) - 1)
    found = await chain_check.check(switch.store, after=after, blocks_max=1)
    faults = [fault for fault in found.faults if match is None or fault.position == int(match[1])]
    return stop.found if faults else ""


async def _float(switch: Switch, stop: Stop) -> str:
    """A silent operator proves nothing: then it takes an override."""
    if stop.operator not in switch.operators:
        return ""
    off = await floats.difference(switch, stop.operator)
    return "" if off == 0 else stop.found


async def _file(switch: Switch, _: Stop) -> str:
    return await monitors.page_damage(switch, bytes_max=_WHOLE_FILE)


async def _look(switch: Switch, proposal: Proposal) -> Look:
    """What would be lifted, and what is still seen; raises `NotLiftable`, `NotFound`."""
    stop = await stops.get(switch, proposal.object)
    if stop.lifted_at is not None:
        raise NotFound(noun="stop in force")
    seen = await still_found(switch, stop)
    if seen and not proposal.fields["override"]:
        raise NotLiftable(found=seen)
    preview = {**stop_view(stop), "still_found": seen, "reason": proposal.fields["reason"]}
    return Look(version=seen, preview=preview, people=TWO)


async def _apply(switch: Switch, approval: Approval) -> str:
    people = [one.name for one in (approval.made, approval.decided) if one is not None]
    lifted = await stops.lift(
        switch,
        approval.object,
        by=", ".join(people),
        reason=str(approval.fields["reason"]),
        override=bool(approval.fields["override"]),
    )
    return lifted.id


_SEEN_BY: Final[Mapping[str, Callable[[Switch, Stop], Awaitable[str]]]] = MappingProxyType(
    {
        UNBALANCED: _entry,
        BALANCE_OFF: _account,
        CHAIN_BROKEN: _chain,
        FLOAT_OFF: _float,
        PAGE_DAMAGED: _file,
    }
)
"""Who looks again, by what the stop is for."""

approvals.register(LIFT, Kind(_look, _apply))
