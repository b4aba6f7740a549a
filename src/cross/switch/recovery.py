"""Recovery: what was in flight when a process ended is taken up by query, never by a request."""

import asyncio

from cross.clock import monotonic_seconds
from cross.storage import movements as stored
from cross.switch import (
    attention,
    batches,
    breaker,
    callbacks,
    legs,
    projection,
    settlements,
    shares,
)
from cross.switch.switch import Switch


async def take_up_all(switch: Switch) -> int:
    """At the start: adopts what no living process owns and takes up all of it; how many."""
    await switch.store.adopt(switch.lease.owner)
    switch.spawn(projection.catch_up(switch))
    left = await stored.open_of(switch.store, switch.lease.owner)
    for movement in left:
        legs.take_into_memory(switch, movement)
    return len(left)


async def take_up_left(switch: Switch) -> None:
    """Later: takes up only what another process has left, for our own is in memory already."""
    for movement_id in await switch.store.adopt(switch.lease.owner):
        for movement in await stored.open_of(switch.store, switch.lease.owner, only=movement_id):
            legs.take_into_memory(switch, movement)


async def take_up_unheld(switch: Switch) -> None:
    """After an outage: what was adopted, and could not be read before the books were away."""
    for movement in await stored.open_of(switch.store, switch.lease.owner):
        if movement.id not in switch.live:
            legs.take_into_memory(switch, movement)


def let_go_of_all(switch: Switch) -> None:
    """Forgets what another process has taken over; what is still ours is found in the books."""
    for live in list(switch.live.values()):
        switch.release(live)


async def keep_looking(switch: Switch, *, was_interrupted: bool) -> None:
    """Takes up what other processes leave, and callbacks that wait, until cancelled.

    Where a look before was interrupted, what it had adopted may be in nobody's memory.
    """
    await asyncio.sleep(switch.settings.look_every_seconds)
    if was_interrupted:
        await take_up_unheld(switch)
    while True:
        switch.measures.ticked_at_seconds = monotonic_seconds()
        breaker.look(switch)
        switch.spawn(shares.look(switch))
        switch.spawn(switch.wrong_pins.look(switch.store, switch.clock()))
        await take_up_left(switch)
        switch.spawn(callbacks.look_at_waiting(switch))  # a slow operator delays nobody
        switch.spawn(projection.catch_up(switch))
        switch.spawn(batches.look(switch))
        switch.spawn(settlements.look(switch))
        switch.spawn(attention.look(switch))
        await asyncio.sleep(switch.settings.look_every_seconds)
