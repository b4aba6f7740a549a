"""Recovery: what was in flight when a process ended is taken up by query, never by a request."""

import asyncio

from cross.domain.movement import Movement
from cross.domain.steps import take_up
from cross.storage import movements as stored
from cross.switch import callbacks, legs
from cross.switch.switch import Switch


async def take_up_all(switch: Switch) -> int:
    """At the start: adopts what no living process owns and takes up all of it; how many."""
    await switch.store.adopt(switch.lease.owner)
    left = await stored.open_of(switch.store, switch.lease.owner)
    for movement in left:
        _take_up(switch, movement)
    return len(left)


async def take_up_left(switch: Switch) -> None:
    """Later: takes up only what another process has left, for our own is in memory already."""
    for movement_id in await switch.store.adopt(switch.lease.owner):
        for movement in await stored.open_of(switch.store, switch.lease.owner, only=movement_id):
            _take_up(switch, movement)


def let_go_of_all(switch: Switch) -> None:
    """Forgets what another process has taken over; what is still ours is found in the books."""
    for live in list(switch.live.values()):
        switch.release(live)


async def keep_looking(switch: Switch) -> None:
    """Takes up what other processes leave, and callbacks that wait, until cancelled."""
    while True:
        await asyncio.sleep(switch.settings.look_every_seconds)
        await callbacks.look_at_waiting(switch)
        await take_up_left(switch)


def _take_up(switch: Switch, movement: Movement) -> None:
    live = switch.hold(take_up(movement, at=switch.clock()))
    if any(leg.is_under_way for leg in movement.legs):
        switch.spawn(legs.ask(switch, live))
    else:
        legs.ask_later(switch, live)
