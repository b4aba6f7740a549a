"""Safety stops: placed by a monitor or by a person, in force in every process, lifted by people.

    monitor or person ──place──> in force here at once, in the books, in the others' memory within
    half a look ──lift──> only where its monitor sees nothing any more, or over what it sees

What is in force is asked by `cross.switch.admission`, from memory (I-46).
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from cross.domain.errors import NotFound, SwitchUnavailable
from cross.domain.event import OPERATOR_RESUMED, OPERATOR_STOPPED
from cross.domain.ids import EVENT, STOP
from cross.domain.stop import BY_HAND, CAUSES, EVERYWHERE, Stop
from cross.storage import events as stored_events
from cross.storage import stops as stored
from cross.storage.events import HouseNews
from cross.storage.stops import StopLifted, StopPlaced
from cross.storage.store import Saved, StoreUnavailable
from cross.switch import alarms, house, in_time
from cross.switch.alarms import Alarm
from cross.switch.switch import Switch, log
from cross.switch.views import View, encoded, rfc3339

SAFETY_STOP: Final = "safety_stop"
STOPPED, RUNNING = "stopped", "resumed"
MONITOR: Final = "monitor"
"""Who places a stop that nobody placed by hand."""


class Finding(NamedTuple):
    """What is wrong, and where; `found` is said in the same words while it is the same."""

    operator: str
    cause: str
    found: str
    holds_credits: bool = False


async def place(switch: Switch, finding: Finding, *, by: str = MONITOR) -> Stop:
    """A stop for a finding; the one that is in force where there is one for that cause.

    In force in this process before anything is awaited; a stop that people lifted over the same
    finding is not placed again.
    """
    known = switch.stops.by(finding.operator, finding.cause)
    stop = known or Stop(
        switch.new_id(STOP),
        finding.operator,
        finding.cause,
        finding.found,
        by,
        switch.clock(),
        finding.holds_credits,
    )
    if known is not None or finding[:3] in switch.stops.overridden:
        return stop
    switch.stops.put(stop)
    log.error("safety_stop", operator=stop.operator, cause=stop.cause, found=stop.found, by=by)
    await keep(switch)
    return stop


async def keep(switch: Switch) -> None:
    """Writes down what is in force and not in the books yet; while they are away it stays so."""
    waiting = list(switch.stops.unsaved)
    for stop in waiting:
        try:
            await in_time.record(switch.recorder, StopPlaced(stop))
        except SwitchUnavailable:
            log.warning("stop_not_saved", id=stop.id)  # in force all the same; told at the next try
            continue
        if stop in switch.stops.unsaved:
            switch.stops.unsaved.remove(stop)
        await alarms.turn(switch, _alarm_of(stop), raised=True)
        await _tell(switch, stop, STOPPED)
    if waiting or switch.store.engine != "sqlite":  # there is no other process on SQLite
        await refresh(switch)


async def refresh(switch: Switch) -> None:
    """What is in force by the books, and what could not be written yet; raises nothing."""
    try:
        overridden = await stored.overridden(switch.store)
        found = await stored.in_force(switch.store)
    except StoreUnavailable:
        return  # what was in force stays so
    before = [stop.operator for stop in switch.stops]
    switch.stops.overridden = dict.fromkeys(overridden)
    switch.stops.know(found)
    if any(switch.stops.at(operator) is None for operator in before):
        _let_go(switch)


async def lift(switch: Switch, stop_id: str, *, by: str, reason: str, override: bool) -> Stop:
    """Ends a stop; the caller has made sure that two people want it and that it is not needed.

    Raises `NotFound`. Lifted before, it stays as it was.
    """
    found = await get(switch, stop_id)
    lifted = StopLifted(stop_id, by, switch.clock(), reason, override)
    if isinstance(await switch.recorder.record(lifted), Saved):
        log.warning("stop_lifted", operator=found.operator, cause=found.cause, by=by)
    await refresh(switch)
    if switch.stops.by(found.operator, found.cause) is None:
        await alarms.turn(switch, _alarm_of(found), raised=False)
    if switch.stops.at(found.operator) is None:
        await _tell(switch, found, RUNNING)
    return await get(switch, stop_id)


async def get(switch: Switch, stop_id: str) -> Stop:
    """A stop; raises `NotFound`."""
    found = await stored.get(switch.store, stop_id)
    if found is None:
        raise NotFound(noun="stop")
    return found


def stop_view(stop: Stop) -> View:
    """A stop as a person who runs Cross gets it."""
    return {
        "id": stop.id,
        "object": "stop",
        "status": "in_force" if stop.lifted_at is None else "lifted",
        "operator": stop.operator,
        "cause": stop.cause,
        "means": CAUSES[stop.cause],
        "found": stop.found,
        "holds_credits": stop.holds_credits,
        "placed_by": stop.placed_by,
        "placed_at": rfc3339(stop.placed_at),
        "lifted_by": stop.lifted_by,
        "lifted_at": None if stop.lifted_at is None else rfc3339(stop.lifted_at),
        "lift_reason": stop.lift_reason,
        "overridden": stop.overridden,
    }


def is_by_hand(stop: Stop) -> bool:
    """Whether a person placed it: then no monitor has a say in its end."""
    return stop.cause == BY_HAND


def _let_go(switch: Switch) -> None:
    """Legs that waited for a stop go on."""
    for operator in switch.profiles:
        switch.bulkheads.let_go(operator)


def _alarm_of(stop: Stop) -> Alarm:
    return Alarm(SAFETY_STOP, f"{stop.operator} {stop.cause}", stop.found)


async def _tell(switch: Switch, stop: Stop, state: str) -> None:
    """Who hears of the house hears of it, operator by operator."""
    try:
        hearers = await stored_events.hearers(switch.store)
        for operator in switch.profiles if stop.operator == EVERYWHERE else (stop.operator,):
            if operator in switch.profiles:
                await switch.recorder.record(_news(switch, operator, state, hearers))
    except (SwitchUnavailable, StoreUnavailable):
        log.warning("stop_not_told", id=stop.id)


def _news(switch: Switch, operator: str, state: str, hearers: Sequence[str]) -> HouseNews:
    view = house.operator_view(switch, operator, switch.health.of(operator))
    return HouseNews(
        object=f"stop:{operator}",
        state=state,
        type=OPERATOR_STOPPED if state == STOPPED else OPERATOR_RESUMED,
        body=encoded(view),
        at=switch.clock(),
        told=tuple((switch.new_id(EVENT), merchant) for merchant in hearers),
        at_rest=state == RUNNING,
    )
