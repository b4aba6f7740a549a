"""Responses: the answer that a caller never received, by the Idempotency-Key of its request."""

from cross.domain.errors import NotFound
from cross.storage import movements as stored
from cross.switch.switch import Accepted, Switch


async def answer_to(switch: Switch, key: str, *, merchant: str) -> Accepted:
    """What the request with this key opened, as it is now; raises `NotFound`."""
    found = await stored.asked_for_with(switch.store, key, merchant=merchant)
    if found is None:
        raise NotFound(noun="response")
    live = switch.live.get(found.id)
    return Accepted(found if live is None else live.movement, replayed=True)
