"""Events as merchants read them, what goes over the wire, and sending one again."""

from collections.abc import Sequence
from datetime import datetime

from cross.domain.errors import NotFound, SwitchUnavailable
from cross.domain.event import ALL, TEST, Event, require_types
from cross.domain.webhook import Endpoint, EndpointDisabled, EndpointStatus
from cross.storage import events as stored
from cross.storage import webhook_endpoints as stored_endpoints
from cross.storage.deliveries import Resend, ResendRange
from cross.storage.events import EventFilter
from cross.storage.pages import Page
from cross.storage.store import Saved
from cross.switch.switch import Switch
from cross.switch.views import rfc3339


def wire_of(event: Event) -> bytes:
    """The event as it is sent, and shown: the same bytes whenever it is asked for."""
    live = "true" if event.livemode else "false"
    return (
        f'{{"id":"{event.id}","object":"event","type":"{event.type}",'
        f'"created_at":"{rfc3339(event.created_at)}","livemode":{live},'
        f'"sequence":{event.sequence},"data":{{"object":{event.body}}}}}'
    ).encode()


async def find_event(switch: Switch, event_id: str, *, merchant: str) -> Event:
    """A merchant's event; raises `NotFound`."""
    event = await stored.find(switch.store, event_id, merchant=merchant)
    if event is None:
        raise NotFound(noun="event")
    return event


async def page(
    switch: Switch, *, merchant: str, part: Page, only: EventFilter | None = None
) -> tuple[Sequence[Event], bool]:
    """A page of a merchant's events, newest first, and whether there are more.

    Raises `UnknownEventType` where it is narrowed to a type that there is not.
    """
    narrowed = only or EventFilter()
    if narrowed.type is not None:
        require_types((narrowed.type,))
    return await stored.page(switch.store, merchant=merchant, part=part, only=narrowed)


async def resend(
    switch: Switch, event_id: str, *, merchant: str, endpoint: str | None = None
) -> tuple[Event, Sequence[str]]:
    """Sends an event once more, to one endpoint or to all that would hear of it now.

    Gives the event and the endpoints' ids. Raises `NotFound`, `EndpointDisabled`.
    """
    event = await find_event(switch, event_id, merchant=merchant)
    if endpoint is not None:
        chosen = [await _enabled(switch, endpoint, merchant=merchant)]
    else:
        chosen = [
            one
            for one in await stored_endpoints.of(switch.store, merchant)
            if one.status is EndpointStatus.ENABLED and hears(one, event)
        ]
    names = [one.id for one in chosen]
    if names:
        await _write(switch, Resend(event.id, tuple(names), switch.clock()))
        _tell(switch, merchant)
    return event, names


async def resend_range(
    switch: Switch,
    endpoint: str,
    *,
    merchant: str,
    created_from: datetime,
    created_to: datetime | None = None,
) -> int:
    """Sends an endpoint all that it is subscribed to of a time once more; how many events.

    At most `RESENT_MAX`, the oldest first. Raises `NotFound`, `EndpointDisabled`.
    """
    chosen = await _enabled(switch, endpoint, merchant=merchant)
    write = ResendRange(
        endpoint=chosen.id,
        merchant=merchant,
        types=() if ALL in chosen.terms.events else chosen.terms.events,
        livemode=chosen.livemode,
        only=EventFilter(created_from=created_from, created_to=created_to),
        at=switch.clock(),
    )
    await _write(switch, write)
    _tell(switch, merchant)
    return write.resent


def hears(endpoint: Endpoint, event: Event) -> bool:
    """Whether the endpoint is subscribed to the event; the books' own trigger says the same."""
    wanted = endpoint.terms.events
    if event.type == TEST:
        return event.object == endpoint.id
    return endpoint.livemode is event.livemode and (ALL in wanted or event.type in wanted)


async def _enabled(switch: Switch, endpoint: str, *, merchant: str) -> Endpoint:
    found = await stored_endpoints.find(switch.store, endpoint, merchant=merchant)
    if found is None:
        raise NotFound(noun="webhook endpoint", param="endpoint")
    if found.status is not EndpointStatus.ENABLED:
        raise EndpointDisabled
    return found


async def _write(switch: Switch, write: Resend | ResendRange) -> None:
    if not isinstance(await switch.recorder.record(write), Saved):
        raise SwitchUnavailable


def _tell(switch: Switch, merchant: str) -> None:
    if switch.deliveries is not None:
        switch.deliveries.due(merchant)
