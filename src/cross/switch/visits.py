"""Visits: what a payer sees of an operator's own page, and when the way there is known."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from cross.domain.changed import changed
from cross.domain.leg import LegStatus
from cross.domain.movement import Movement, Terms
from cross.domain.operator import HandOver
from cross.storage import merchants, movements
from cross.switch import requests
from cross.switch.switch import Accepted, Switch
from cross.switch.views import movement_view

WAY_SECONDS_MAX: Final = 10.0
"""How long a caller waits for the way to an operator's page before it is told to ask again."""


async def titled(switch: Switch, terms: Terms, *, merchant: str) -> Terms:
    """The terms with what the operator's page shows above the amount: for what, or for whom."""
    if terms.title is not None:
        return terms
    shown = terms.description or await merchants.name_of(switch.store, merchant)
    return changed(terms, title=shown)


async def until_the_way_is_known(switch: Switch, accepted: Accepted) -> Accepted:
    """The movement once its operator has answered the first request, or as it is after a while."""
    live = switch.live.get(accepted.movement.id)
    if live is None:
        return accepted
    while live.movement.legs[0].status is LegStatus.SENT:
        if not await _is_heard(switch, live.movement.id):
            break
    return Accepted(live.movement, replayed=accepted.replayed)


def view_of(switch: Switch, movement: Movement) -> Mapping[str, Any]:
    """A movement as its merchant gets it now, the way to the operator's page included."""
    return movement_view(movement, switch.profiles, way_of(switch, movement))


def way_of(switch: Switch, movement: Movement) -> HandOver | None:
    """Where a merchant sends the payer; None for what an order's own page does by itself.

    So nobody is sent there without being written down (`Switch.handed_over`).
    """
    leg = movement.legs[0]
    if not requests.is_by_page(switch, leg) or movement.terms.original is not None:
        return None
    return requests.hand_over_of(switch, movement)


async def return_address(switch: Switch, movement_id: str, *, canceled: bool) -> str | None:
    """Where the merchant wants the payer back; None where it named no address."""
    live = switch.live.get(movement_id)
    found = await movements.get(switch.store, movement_id) if live is None else live.movement
    if found is None:
        return None
    terms = found.terms
    return (canceled and terms.cancel_url) or terms.return_url


async def _is_heard(switch: Switch, movement_id: str) -> bool:
    """Waits for the next news of a movement; False where none came in time."""
    waiting = switch.watched.get(movement_id)
    if waiting is None or waiting.done():
        waiting = asyncio.get_running_loop().create_future()
        switch.watched[movement_id] = waiting
    try:
        async with asyncio.timeout(WAY_SECONDS_MAX):
            await asyncio.shield(waiting)
    except TimeoutError:
        return False
    finally:
        if switch.watched.get(movement_id) is waiting:
            del switch.watched[movement_id]
    return True
