"""Webhook endpoints: where a merchant hears of its events, its secrets, and what was delivered.

A secret is told when it is made and never again; it is kept sealed. While one is rotated both it
and the one before sign, for as long as the settings say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cross.domain.changed import changed
from cross.domain.errors import NotFound, SwitchUnavailable
from cross.domain.event import ALL, TEST, Event, require_types
from cross.domain.ids import EVENT, WEBHOOK_ENDPOINT
from cross.domain.webhook import (
    ENDPOINTS_MAX,
    Attempt,
    Delivery,
    DisabledReason,
    Endpoint,
    EndpointDisabled,
    EndpointStatus,
    EndpointTerms,
    EndpointUnverified,
    NoMasterKey,
    TooManyEndpoints,
    event_of,
    new_secret,
)
from cross.sealing import SealingRefused
from cross.storage import deliveries as stored_deliveries
from cross.storage import events as stored_events
from cross.storage import webhook_endpoints as stored
from cross.storage.pages import Page
from cross.storage.store import Saved, Stale
from cross.storage.webhook_endpoints import EndpointOpening, EndpointStep
from cross.switch.switch import Switch
from cross.switch.views import View, encoded, rfc3339

DISABLED: Final = "webhook_endpoint.disabled"
USER_AGENT: Final = "Cross-Webhooks/1"
_TRIES_MAX: Final = 8
"""How often others may change an endpoint first."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a merchant changes of an endpoint; None leaves it as it is.

    Of what an admin says no proof is asked, and nothing is put off.
    """

    url: str | None = None
    events: tuple[str, ...] | None = None
    description: str | None = None
    enabled: bool | None = None
    is_admins: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    """One delivery as its merchant sees it: the event that was sent, and every attempt."""

    delivery: Delivery
    event: Event
    attempts: Sequence[Attempt]


async def open_endpoint(
    switch: Switch, terms: EndpointTerms, *, merchant: str, livemode: bool, is_admins: bool = False
) -> tuple[Endpoint, str]:
    """An endpoint and its secret, told this once.

    In live mode it waits to be proven its merchant's, unless an admin says so (S-OUT-07).
    Raises `WebhookUrlRefused`, `UnknownEventType`, `TooManyEndpoints`, `NoMasterKey`.
    """
    sound = await _sound(switch, terms)
    if len(await stored.of(switch.store, merchant)) >= ENDPOINTS_MAX:
        raise TooManyEndpoints
    now, name, secret = (
        switch.clock(),
        switch.new_id(WEBHOOK_ENDPOINT),
        new_secret(switch.random_bits),
    )
    endpoint = Endpoint(
        id=name,
        merchant=merchant,
        livemode=livemode,
        terms=sound,
        secret=_sealed(switch, name, secret),
        created_at=now,
        updated_at=now,
        status=EndpointStatus.PENDING if livemode and not is_admins else EndpointStatus.ENABLED,
    )
    if not isinstance(await switch.recorder.record(EndpointOpening(endpoint)), Saved):
        raise SwitchUnavailable
    _tell(switch, endpoint)
    return endpoint, secret


async def find_endpoint(switch: Switch, endpoint_id: str, *, merchant: str) -> Endpoint:
    """A merchant's endpoint; raises `NotFound`."""
    endpoint = await stored.find(switch.store, endpoint_id, merchant=merchant)
    if endpoint is None:
        raise NotFound(noun="webhook endpoint")
    return _moved(switch, endpoint)


async def endpoints(
    switch: Switch, *, merchant: str, part: Page
) -> tuple[Sequence[Endpoint], bool]:
    """A page of a merchant's endpoints, newest first, and whether there are more."""
    found, has_more = await stored.page(switch.store, merchant=merchant, part=part)
    return [_moved(switch, one) for one in found], has_more


async def change_endpoint(
    switch: Switch, endpoint_id: str, change: Change, *, merchant: str
) -> Endpoint:
    """The endpoint as changed; enabling one sends what had been waiting.

    In live mode another URL is used once it is proven and an hour has passed (S-OUT-07). Raises
    `NotFound`, `WebhookUrlRefused`, `UnknownEventType`, `EndpointUnverified`.
    """
    for _ in range(_TRIES_MAX):
        found = await find_endpoint(switch, endpoint_id, merchant=merchant)
        after = await _changed(switch, found, change)
        if after is found or await step(switch, after):
            return after
    raise SwitchUnavailable


async def close_endpoint(switch: Switch, endpoint_id: str, *, merchant: str) -> Endpoint:
    """Deletes an endpoint: what was waiting is canceled. Raises `NotFound`."""
    for _ in range(_TRIES_MAX):
        found = await find_endpoint(switch, endpoint_id, merchant=merchant)
        after = next_of(switch, found, status=EndpointStatus.DELETED, reason=None)
        if await step(switch, after):
            return after
    raise SwitchUnavailable


async def rotate_secret(switch: Switch, endpoint_id: str, *, merchant: str) -> tuple[Endpoint, str]:
    """A new secret, told this once; the one before goes on signing beside it for a day.

    In live mode the new one signs from an hour later on (S-OUT-07).
    Raises `NotFound`, `NoMasterKey`.
    """
    lasts = timedelta(seconds=switch.settings.webhooks.overlap_seconds)
    for _ in range(_TRIES_MAX):
        found = await find_endpoint(switch, endpoint_id, merchant=merchant)
        secret, now = new_secret(switch.random_bits), switch.clock()
        is_unused = found.secret_from is not None and found.secret_from > now
        is_put_off = found.livemode and found.status is not EndpointStatus.PENDING
        starts = changes_at(switch, found) if is_put_off else now
        after = next_of(
            switch,
            found,
            secret=_sealed(switch, found.id, secret),
            secret_from=starts if is_put_off else None,
            previous_secret=found.previous_secret if is_unused else found.secret,
            previous_until=starts + lasts,
        )
        if await step(switch, after):
            return after, secret
    raise SwitchUnavailable


async def send_test(switch: Switch, endpoint_id: str, *, merchant: str) -> Event:
    """An event about the endpoint itself, to it alone, whatever it is subscribed to.

    Raises `NotFound`, `EndpointDisabled`.
    """
    for _ in range(_TRIES_MAX):
        found = await find_endpoint(switch, endpoint_id, merchant=merchant)
        if found.status is not EndpointStatus.ENABLED:
            raise EndpointDisabled
        after = next_of(switch, found, told=found.told + 1)
        event = _about(switch, after, TEST)
        if await step(switch, after, event, only_here=True):
            return event
    raise SwitchUnavailable


async def disable(switch: Switch, known: Endpoint, reason: DisabledReason) -> Endpoint | None:
    """Takes an endpoint out of use by itself, and tells its merchant.

    None where it is already, or leads elsewhere than it did when it was `known`.
    """
    for _ in range(_TRIES_MAX):
        found = await stored.get(switch.store, known.id)
        if found is None or found.status is not EndpointStatus.ENABLED:
            return None
        if (found.terms.url, found.moves_to) != (known.terms.url, known.moves_to):
            return None
        after = next_of(
            switch, found, status=EndpointStatus.DISABLED, reason=reason, told=found.told + 1
        )
        if await step(switch, after, _about(switch, after, DISABLED)):
            return after
    raise SwitchUnavailable


async def deliveries_of(
    switch: Switch, endpoint: Endpoint, *, part: Page, state: str | None = None
) -> tuple[Sequence[Delivered], bool]:
    """A page of what was sent to an endpoint, or will be, newest first; bounds are `dlv_` ids."""
    bounds = Page(
        part.limit,
        part.starting_after and event_of(part.starting_after, endpoint.id),
        part.ending_before and event_of(part.ending_before, endpoint.id),
    )
    found, has_more = await stored_deliveries.page(
        switch.store, endpoint.id, part=bounds, state=state
    )
    return [await _delivered(switch, one, endpoint.merchant) for one in found], has_more


async def deliveries_of_event(switch: Switch, event: Event) -> Sequence[Delivered]:
    """What became of an event at each of its merchant's endpoints."""
    found = await stored_deliveries.of_event(switch.store, event.id, merchant=event.merchant)
    return [await _delivered(switch, one, event.merchant) for one in found]


async def find_delivery(switch: Switch, endpoint: Endpoint, delivery_id: str) -> Delivered:
    """One delivery of an endpoint; raises `NotFound`."""
    event = event_of(delivery_id, endpoint.id)
    found = await stored_deliveries.find(switch.store, endpoint.id, event)
    if found is None:
        raise NotFound(noun="delivery")
    return await _delivered(switch, found, endpoint.merchant)


async def counts_of(switch: Switch, endpoint: Endpoint) -> Mapping[str, int]:
    """How many deliveries are `waiting` there, and how many are `exhausted`."""
    return await stored_deliveries.counts(switch.store, endpoint.id)


def headers_of(event: str, *, at: datetime, signature: str) -> tuple[tuple[str, str], ...]:
    """The headers that an attempt is made with."""
    return (
        ("Content-Type", "application/json"),
        ("User-Agent", USER_AGENT),
        ("webhook-id", event),
        ("webhook-timestamp", f"{int(at.timestamp())}"),
        ("webhook-signature", signature),
    )


def endpoint_view(endpoint: Endpoint) -> View:
    """An endpoint as its merchant gets it; no secret is in it."""
    return {
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "livemode": endpoint.livemode,
        "url": endpoint.terms.url,
        "events": list(endpoint.terms.events),
        "description": endpoint.terms.description,
        "status": endpoint.status.value,
        "disabled_reason": None if endpoint.reason is None else endpoint.reason.value,
        "failing_since": _told(endpoint.failing_since),
        "secret_from": _told(endpoint.secret_from),
        "previous_secret_until": _told(endpoint.previous_until),
        "pending_url": endpoint.moves_to,
        "pending_url_from": _told(endpoint.moves_at),
        "created_at": rfc3339(endpoint.created_at),
        "updated_at": rfc3339(endpoint.updated_at),
    }


async def _sound(switch: Switch, terms: EndpointTerms) -> EndpointTerms:
    """The terms, once an event is wanted, each is one that there is, and the URL may be used."""
    wanted = (
        (ALL,) if not terms.events or ALL in terms.events else tuple(dict.fromkeys(terms.events))
    )
    require_types(wanted)
    await switch.check_webhook_url(terms.url)
    return changed(terms, events=wanted)


def changes_at(switch: Switch, endpoint: Endpoint) -> datetime:
    """When a change of URL or secret that is made now is used."""
    wait_seconds = switch.settings.webhooks.change_delay_seconds if endpoint.livemode else 0.0
    return switch.clock() + timedelta(seconds=wait_seconds)


def _moved(switch: Switch, found: Endpoint) -> Endpoint:
    """The endpoint where it leads by now."""
    url = found.url_at(switch.clock())
    if url == found.terms.url:
        return found
    return changed(found, terms=changed(found.terms, url=url), moves_to=None, moves_at=None)


def _waits(found: Endpoint, change: Change) -> bool:
    """Whether another URL has to be proven first; one that was never in use is proven anyway."""
    return found.livemode and not change.is_admins and found.status is not EndpointStatus.PENDING


async def _changed(switch: Switch, found: Endpoint, change: Change) -> Endpoint:
    terms = EndpointTerms(
        found.terms.url if change.url is None else change.url,
        found.terms.events if change.events is None else change.events,
        found.terms.description if change.description is None else change.description,
    )
    if terms != found.terms:
        terms = await _sound(switch, terms)
    moves_to, moves_at = found.moves_to, found.moves_at
    if change.url is not None and change.url != moves_to:
        moves_to = moves_at = None
    if terms.url != found.terms.url and _waits(found, change):
        terms, moves_to = changed(terms, url=found.terms.url), terms.url
    status, reason = found.status, found.reason
    if status is EndpointStatus.PENDING and change.enabled:
        raise EndpointUnverified
    if change.enabled is not None and change.enabled is not (status is EndpointStatus.ENABLED):
        status = EndpointStatus.ENABLED if change.enabled else EndpointStatus.DISABLED
        reason = None if change.enabled else DisabledReason.BY_MERCHANT
    if (terms, status, moves_to) == (found.terms, found.status, found.moves_to):
        return found
    afresh = status is EndpointStatus.ENABLED and (
        found.status is not status or terms.url != found.terms.url
    )
    failing = None if afresh else found.failing_since
    return next_of(
        switch,
        found,
        terms=terms,
        status=status,
        reason=reason,
        failing_since=failing,
        moves_to=moves_to,
        moves_at=moves_at,
    )


def next_of(switch: Switch, found: Endpoint, **new: object) -> Endpoint:
    """The endpoint changed once more, now."""
    return changed(found, **new, version=found.version + 1, updated_at=switch.clock())


async def step(
    switch: Switch, after: Endpoint, event: Event | None = None, *, only_here: bool = False
) -> bool:
    """Writes an endpoint as it will be; False where somebody else changed it first."""
    verdict = await switch.recorder.record(EndpointStep(after, event, only_here=only_here))
    if isinstance(verdict, Stale):
        return False
    if not isinstance(verdict, Saved):
        raise SwitchUnavailable
    _tell(switch, after)
    return True


def _tell(switch: Switch, endpoint: Endpoint) -> None:
    if switch.deliveries is not None:
        switch.deliveries.changed(endpoint)


def _about(switch: Switch, endpoint: Endpoint, kind: str) -> Event:
    return Event(
        switch.new_id(EVENT),
        endpoint.merchant,
        endpoint.id,
        kind,
        endpoint.told,
        encoded(endpoint_view(endpoint)),
        endpoint.updated_at,
    )


async def _delivered(switch: Switch, delivery: Delivery, merchant: str) -> Delivered:
    event = await stored_events.find(switch.store, delivery.event, merchant=merchant)
    if event is None:
        raise NotFound(noun="event")
    made = await stored_deliveries.attempts(switch.store, delivery.endpoint, delivery.event)
    return Delivered(delivery, event, made)


def _sealed(switch: Switch, endpoint: str, secret: str) -> str:
    try:
        return switch.seals.seal(secret.encode(), record=record_of(endpoint))
    except SealingRefused:
        raise NoMasterKey from None


def record_of(endpoint: str) -> str:
    """The name under which an endpoint's secrets are sealed."""
    return f"webhook_endpoints/{endpoint}"


def _told(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
