"""Orders: what a merchant wants paid, how a payer tries to, and what became of it.

For the checkout pages (`cross.web`) these are all that is needed; each may raise a `CrossError`
whose code has sentences in `cross.api.messages`:

    stands = await by_token(switch, token)              # Standing(order, attempts), as it is now
    accepted = await open_attempt(switch, order, Payer(operator, number), key=form_token)
    attempt = await withdraw(switch, order)              # only where provably not sent
    way = await hand_over(switch, order, attempt)        # HandOver: redirect or form post
    await order_log.note(switch, order, Note("receipt", …))

A payer's browser comes back from an operator's page to `checkout_url + RETURN_PATH` (or
`LEFT_PATH` where the payer gave up): both prove nothing, they show the order as it stands. Payment
links are in `cross.switch.payment_links`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cross.domain import order as rules
from cross.domain.changed import changed
from cross.domain.errors import (
    IdempotencyKeyReused,
    NotCancelable,
    NotFound,
    QuoteUsed,
    ReferenceAlreadyUsed,
    SwitchUnavailable,
)
from cross.domain.ids import ORDER, unguessable
from cross.domain.money import Currency, Money
from cross.domain.movement import Movement, MovementKind, Terms
from cross.domain.msisdn import read_msisdn
from cross.domain.operator import CollectMode, HandOver, Profile
from cross.domain.order import Order, OrderTerms
from cross.domain.order_refusals import AttemptStillOpen, LinkClosed, NotHandedOver
from cross.domain.payment_link import LinkStatus
from cross.storage import movements as stored_movements
from cross.storage import orders as stored
from cross.storage import payment_links as links
from cross.storage.movements import Filter
from cross.storage.pages import Page
from cross.storage.store import HandedOverMark, KeyTaken, OrderOpening, ReferenceTaken, Saved
from cross.switch import collections, legs, movements, order_log, projection, requests
from cross.switch.movements import Request
from cross.switch.order_log import Note
from cross.switch.order_views import checkout_url
from cross.switch.prices import require_collect, require_currency
from cross.switch.projection import Standing
from cross.switch.switch import Accepted, Switch

__all__ = ["Opened", "Payer", "Standing", "checkout_url"]

RETURN_PATH: Final = "/return"
LEFT_PATH: Final = "/left"
PAGE_SECONDS_MIN: Final = 60
"""A payer who chose an operator's page in the order's last minute has at least so long there."""


@dataclass(frozen=True, slots=True)
class Payer:
    """How a payer wants to pay: an operator by name, and the number as people write it.

    `number` is None where the payer names the wallet on the operator's own page.
    """

    operator: str
    number: str | None = None
    language: str = "fr"


@dataclass(frozen=True, slots=True)
class Opened:
    """An order, made now or (`replayed`) by an earlier request with the same key."""

    order: Order
    replayed: bool = False


async def open_order(
    switch: Switch, amount: Money, terms: OrderTerms, request: Request, *, minutes: int
) -> Opened:
    """Makes an order, once a key; `terms.operators` empty means all that collect in the currency.

    Raises `UnknownOperator`, `OperationNotOffered`, `CurrencyNotOfOperator`,
    `ReferenceAlreadyUsed`, `IdempotencyKeyReused`.
    """
    earlier = await replay(switch, request)
    if earlier is not None:
        return earlier
    if await stored_movements.asked_for_with(switch.store, request.key, merchant=request.merchant):
        raise IdempotencyKeyReused  # of a movement: its body was another
    now = switch.clock()
    order = Order(
        id=switch.new_id(ORDER),
        merchant=request.merchant,
        livemode=request.livemode,
        token=unguessable(switch.random_bits),
        amount=amount,
        terms=changed(terms, operators=offered(switch, terms.operators, amount.currency)),
        idempotency_key=request.key,
        request_digest=request.digest,
        created_at=now,
        updated_at=now,
        expires_at=now + timedelta(minutes=minutes),
    )
    asked = {"amount": amount.amount, "currency": amount.currency.code, "title": terms.title}
    created = order_log.line(switch, order.id, Note("created", "the order was created", asked))
    verdict = await switch.recorder.record(OrderOpening(order, (created,)))
    match verdict:
        case Saved():
            return Opened(order)
        case KeyTaken():
            earlier = await replay(switch, request)
            if earlier is not None:
                return earlier
        case ReferenceTaken():
            raise ReferenceAlreadyUsed(existing_id=verdict.movement)
    raise SwitchUnavailable


async def replay(switch: Switch, request: Request) -> Opened | None:
    """What an earlier request with this key made; raises `IdempotencyKeyReused`."""
    found = await stored.asked_for_with(switch.store, request.key, merchant=request.merchant)
    if found is None:
        return None
    if found.request_digest != request.digest:
        raise IdempotencyKeyReused
    return Opened(found, replayed=True)


def offered(switch: Switch, names: Sequence[str], currency: Currency) -> tuple[str, ...]:
    """The operators that an order or a link may be paid through; none named means all.

    Raises `UnknownOperator`, `OperationNotOffered`, `CurrencyNotOfOperator`.
    """
    if not names:
        able = [one for one in switch.profiles.values() if one.collect is not None]
        if not able:
            return ()
        found = tuple(one.name for one in able if one.currency is currency)
        if not found:
            require_currency(able[0], currency)
        return found
    for name in names:
        profile = switch.operator(name, param="operators").profile
        require_collect(profile, param="operators")
        require_currency(profile, currency)
    return tuple(dict.fromkeys(names))


async def find(switch: Switch, order_id: str, *, merchant: str) -> Standing:
    """A merchant's order as it stands now, with its attempts; raises `NotFound`."""
    return await _stands(switch, await stored.find(switch.store, order_id, merchant=merchant))


async def asked_for_with(switch: Switch, key: str, *, merchant: str) -> Standing | None:
    """What the request with this Idempotency-Key made, as it stands now."""
    found = await stored.asked_for_with(switch.store, key, merchant=merchant)
    return None if found is None else await _stands(switch, found)


async def by_token(switch: Switch, token: str) -> Standing:
    """The order that a checkout address names, as it stands now; raises `NotFound`."""
    return await _stands(switch, await stored.by_token(switch.store, token))


async def by_id(switch: Switch, order_id: str) -> Standing:
    """An order whoever's it is, for a page whose address proves the right to see it."""
    return await _stands(switch, await stored.get(switch.store, order_id))


async def page(
    switch: Switch, *, merchant: str, only: Filter, part: Page
) -> tuple[Sequence[Standing], bool]:
    """A page of orders with their attempts, newest first; and whether there is more."""
    found, has_more = await stored.page(switch.store, merchant=merchant, only=only, part=part)
    places = [f"{order.id}/{n}" for order in found for n in range(1, order.attempts + 2)]
    attempts = await stored_movements.in_places(switch.store, places)
    shown = [
        Standing(order, [one for one in attempts if one.terms.original == order.id])
        for order in found
    ]
    return shown, has_more


async def open_attempt(switch: Switch, order: Order, payer: Payer, *, key: str) -> Accepted:
    """Tries to pay the order: a collection, once a key (the form's own token, S-WEB-08).

    Raises `AttemptStillOpen`, `OrderAlreadyPaid`, `OrderExpired`, `OrderCanceled`,
    `OperatorNotOffered`, `TooManyAttempts`, `LinkClosed`, and all that a collection may.
    """
    request = Request(order.merchant, order.livemode, f"attempt {key}", _digest(order, payer))
    earlier = await movements.replay(switch, request)
    if earlier is not None:
        return earlier
    stands = await _stands(switch, await stored.get(switch.store, order.id))
    rules.require_payable(stands.order, stands.attempts, at=switch.clock())
    rules.require_offered(order, payer.operator)
    await _require_use_of_link(switch, order)
    profile = switch.profile(payer.operator)
    chosen = Note("operator_chosen", f"the payer chose {profile.title}", {"operator": profile.name})
    order_log.note_in_passing(switch, order, chosen)
    terms = _terms(switch, order, payer, place=len(stands.attempts) + 1)
    try:
        accepted = await collections.open_collection(
            switch, _asked(switch, order, payer, profile), order.amount, terms, request
        )
    except QuoteUsed as taken:  # somebody else opened that attempt
        raise AttemptStillOpen(existing_id=taken.existing_id) from None
    except SwitchUnavailable:  # or the order has ended, or its link's last use went: then so it is
        stands = await _stands(switch, await stored.get(switch.store, order.id))
        rules.require_payable(stands.order, stands.attempts, at=switch.clock())
        await _require_use_of_link(switch, order)
        raise
    opened = Note(
        "attempt_opened",
        f"attempt {terms.place} at {profile.title} was opened",
        {"attempt": accepted.movement.id, "operator": profile.name},
        once=f"{accepted.movement.id}/opened",
    )
    order_log.note_in_passing(switch, order, opened)
    projection.save_soon(switch, order.id)
    return accepted


async def withdraw(switch: Switch, order: Order) -> Movement:
    """Takes back the open attempt where it was provably not sent.

    Raises `NotCancelable` where none is open, `OutcomeUnknown` where the operator may have it.
    """
    stands = await _stands(switch, await stored.get(switch.store, order.id))
    attempt = rules.open_attempt(stands.attempts)
    if attempt is None:
        raise NotCancelable
    return await movements.cancel(
        switch, attempt.id, merchant=order.merchant, kind=MovementKind.COLLECTION
    )


async def cancel(switch: Switch, order_id: str, *, merchant: str) -> Standing:
    """Takes an unpaid order back, where no attempt is open; raises what says why not."""
    for _ in range(projection.TRIES_MAX):
        order = await stored.find(switch.store, order_id, merchant=merchant)
        stands = await _stands(switch, order)
        ended = rules.canceled(stands.order, stands.attempts, at=switch.clock())
        if order is not None and await projection.save(switch, order, changed(stands, order=ended)):
            return changed(stands, order=ended)
    raise SwitchUnavailable


def way_there(switch: Switch, attempt: Movement) -> HandOver:
    """The way to the operator's page as it is now, for a page to show where it leads.

    Nobody is sent there by it: that is what `hand_over` is for. Raises `NotHandedOver`.
    """
    live = switch.live.get(attempt.id)
    newest = attempt if live is None else live.movement
    leg = newest.legs[0]
    way = requests.hand_over_of(switch, newest) if requests.is_by_page(switch, leg) else None
    if way is None:
        raise NotHandedOver
    return way


async def hand_over(switch: Switch, order: Order, attempt: Movement) -> HandOver:
    """The way to the operator's page, once it is written down that the payer was sent there.

    Raises `NotHandedOver` where there is none (yet): the page asks again.
    """
    way = way_there(switch, attempt)
    leg = attempt.legs[0]
    said = Note(
        "handed_over",
        f"the payer was sent to {leg.operator}'s page",
        {"attempt": attempt.id, "operator": leg.operator, "method": way.method},
    )
    line = order_log.line(switch, order.id, said)
    await switch.recorder.record(HandedOverMark(attempt.id, switch.clock(), (line,)))
    return way


async def _stands(switch: Switch, order: Order | None) -> Standing:
    """The order with its attempts as this process has them; the operator is asked where unknown."""
    if order is None:
        raise NotFound(noun="order")
    stands = await projection.standing(switch, order)
    if stands.order != order:
        projection.save_soon(switch, order.id)
    newest: list[Movement] = []
    for attempt in stands.attempts:
        live = switch.live.get(attempt.id)
        newest.append(attempt if live is None else live.movement)
        if live is not None and live.movement.outcome_unknown:
            legs.ask_for_a_reader(switch, live)
    return Standing(stands.order, newest, stands.refunds)


async def _require_use_of_link(switch: Switch, order: Order) -> None:
    """An order of a link that was closed meanwhile may be paid; one too many may not.

    Who is paying holds a use of it until his attempt has failed; the books see to that too.
    """
    link = order.terms.payment_link
    if link is not None and await links.is_taken(switch.store, link, besides=order.id):
        raise LinkClosed(status=LinkStatus.USED_UP)


def _asked(switch: Switch, order: Order, payer: Payer, profile: Profile) -> collections.Payer:
    if profile.collect is not CollectMode.REDIRECT:
        number = read_msisdn(payer.number or "", country=profile.country)
        return collections.Payer(profile.name, number)
    now = switch.clock()
    least = now + timedelta(seconds=PAGE_SECONDS_MIN)
    most = now + timedelta(seconds=profile.prompt_seconds)
    return collections.Payer(profile.name, None, min(most, max(least, order.expires_at)))


def _terms(switch: Switch, order: Order, payer: Payer, *, place: int) -> Terms:
    home = checkout_url(switch, order)
    return Terms(
        description=order.terms.description or order.terms.title,
        metadata=order.terms.metadata,
        customer=order.terms.customer,
        return_url=f"{home}{RETURN_PATH}",
        cancel_url=f"{home}{LEFT_PATH}",
        original=order.id,
        place=place,
        title=order.terms.title,
        language=payer.language,
    )


def _digest(order: Order, payer: Payer) -> str:
    digest = hashlib.sha256(order.id.encode())
    for part in (payer.operator, payer.number or ""):
        digest.update(len(part).to_bytes(4, "big") + part.encode())
    return digest.hexdigest()
