"""Which writes tell merchants something: at those their webhooks are looked for at once."""

from cross.storage.events import HouseNews
from cross.storage.store import Advance, BreakFound, Opening, OrderStep, Write
from cross.storage.webhook_endpoints import EndpointStep


def hearers_of(write: Write) -> tuple[str, ...]:
    """The merchants that a write tells something; none where it tells nobody anything."""
    match write:
        case Opening(movement=movement, events=events) | Advance(movement=movement, events=events):
            return (movement.merchant,) if events else ()
        case OrderStep(order=order, events=events):
            return (order.merchant,) if events else ()
        case BreakFound(difference=one):
            return (one.merchant,)
        case EndpointStep(endpoint=endpoint, event=event):
            return () if event is None else (endpoint.merchant,)
        case HouseNews(told=told):
            return tuple(merchant for _, merchant in told)
        case _:
            return ()
