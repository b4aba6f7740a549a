"""Recovery: what was in flight when a process ended is taken up by query, never by a request."""

import asyncio

from cross.domain.steps import take_up
from cross.storage import movements as stored
from cross.switch import callbacks, legs
from cross.switch.switch import Switch


async def take_up_open(switch: Switch) -> int:
    """Adopts what no living process owns and asks about each open leg; how many there were."""
    await switch.store.adopt(switch.lease.owner)
    taken = 0
    for movement in await stored.open_of(switch.store, switch.lease.owner):
        if movement.id in switch.live:
            continue
        live = switch.hold(take_up(movement, at=switch.clock()))
        if any(leg.is_under_way for leg in movement.legs):
            switch.spawn(legs.ask(switch, live))
        else:
            legs.ask_later(switch, live)
        taken += 1
    return taken


async def keep_looking(switch: Switch) -> None:
    """Takes up what other processes leave, and callbacks that wait, until cancelled."""
    while True:
        await asyncio.sleep(switch.settings.look_every_seconds)
        await callbacks.look_at_waiting(switch)
        await take_up_open(switch)
