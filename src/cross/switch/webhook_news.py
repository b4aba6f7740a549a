"""Which writes tell a merchant something: at those its webhooks are looked for at once."""

from cross.storage.store import Advance, BreakFound, Opening, OrderStep, Write
from cross.storage.webhook_endpoints import EndpointStep


def news_for(write: Write) -> str | None:
    """The merchant that a write tells something; None where it tells nobody anything."""
    match write:
        case Opening(movement=movement, events=events) | Advance(movement=movement, events=events):
            return movement.merchant if events else None
        case OrderStep(order=order, events=events):
            return order.merchant if events else None
        case BreakFound(difference=one):
            return one.merchant
        case EndpointStep(endpoint=endpoint, event=event):
            return None if event is None else endpoint.merchant
        case _:
            return None
