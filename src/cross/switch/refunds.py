"""Refunds: a collection given back to its payer, whole or in part, as often as something is left.

Which refund comes next is decided by its place: the books give each place once, so that two
callers who read the same refunds cannot both be the next one.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from cross.domain import collection, refund
from cross.domain.changed import changed
from cross.domain.errors import (
    CurrencyNotOfOperator,
    NotRefundable,
    QuoteUsed,
    RefundExceedsCollection,
    RefundInProgress,
)
from cross.domain.ids import REFUND, operator_reference
from cross.domain.leg import Leg, LegKind, intended
from cross.domain.money import Money
from cross.domain.movement import Movement, MovementKind, Terms
from cross.domain.msisdn import Msisdn
from cross.domain.operator import RefundMode
from cross.domain.quote import Fixed, price_of
from cross.storage import movements as stored
from cross.switch import evidence, movements
from cross.switch.movements import Request
from cross.switch.prices import require_within_limits
from cross.switch.switch import Accepted, Switch

PLACES_TRIED_MAX: Final = 5


class Way(NamedTuple):
    """How the payer is reached: an operator, and the wallet it credits where it is asked to.

    `msisdn` may be None where the operator itself gives the collection back.
    """

    operator: str
    msisdn: Msisdn | None


async def open_refund(
    switch: Switch, collection_id: str, amount: Money | None, terms: Terms, request: Request
) -> Accepted:
    """Accepts a refund of a merchant's collection; without an amount, of all that is left.

    Raises `NotFound`, `NotRefundable`, `RefundExceedsCollection`, `RefundInProgress`,
    `CurrencyNotOfOperator`, `AmountOutOfRange`, `BalanceTooLow`, `FloatTooLow`.
    """
    whole = await movements.find(
        switch, collection_id, merchant=request.merchant, kind=MovementKind.COLLECTION
    )
    if whole.state != collection.State.SUCCEEDED:
        raise NotRefundable(why="only a collection that has succeeded can be given back")
    way = await _way_back(switch, whole)
    async with switch.refunding.setdefault(whole.id, asyncio.Lock()):
        for _ in range(PLACES_TRIED_MAX):
            given = await stored.refunds_of(switch.store, whole.id)
            money = _share(whole, given, amount)
            _require_possible(switch, way, money)
            payer = terms.customer or whole.terms.customer
            placed = changed(terms, original=whole.id, place=len(given) + 1, customer=payer)
            try:
                return await _accept(switch, way, money, placed, request)
            except QuoteUsed:
                continue  # another process took that place
    raise RefundInProgress


async def _way_back(switch: Switch, whole: Movement) -> Way:
    """By the operator's own refund; else by a credit, at that operator or through another."""
    leg = whole.leg(LegKind.DEBIT)
    profile = switch.profiles.get(leg.operator)
    if profile is None:
        raise NotRefundable(why=f"{leg.operator} is not connected")
    if profile.refunds is RefundMode.OPERATOR:
        return Way(leg.operator, leg.msisdn)
    through = leg.operator if profile.pay_out else profile.refunds_through
    other = None if through is None else switch.profiles.get(through)
    if other is None or not other.pay_out:
        raise NotRefundable(why=f"no operator connected here can credit a payer of {leg.operator}")
    msisdn = leg.msisdn or await evidence.payer_of(switch, leg)
    if msisdn is None:
        raise NotRefundable(why="it is not known which wallet paid")
    return Way(other.name, msisdn)


def _share(whole: Movement, given: Sequence[Movement], amount: Money | None) -> Money:
    collected = whole.price.debit
    left = refund.left_to_refund(collected, given)
    if amount is None and not left.is_zero:
        return left
    if amount is not None and amount.currency != collected.currency:
        operator, kept = whole.legs[0].operator, collected.currency.code
        raise CurrencyNotOfOperator(operator=operator, kept=kept, currency=amount.currency.code)
    if amount is None or amount.amount > left.amount:
        raise RefundExceedsCollection(left=str(left))
    return amount


def _require_possible(switch: Switch, way: Way, money: Money) -> None:
    """A credit keeps to the limits of whoever makes it; an operator's own refund has none known."""
    profile = switch.profile(way.operator)
    if profile.refunds is not RefundMode.OPERATOR:
        require_within_limits(profile, money)


async def _accept(
    switch: Switch, way: Way, money: Money, terms: Terms, request: Request
) -> Accepted:
    now = switch.clock()
    refund_id = switch.new_id(REFUND)
    reference = operator_reference(refund_id, LegKind.REFUND)
    leg = Leg(LegKind.REFUND, way.operator, way.msisdn, money, reference)
    movement = Movement(
        id=refund_id,
        kind=MovementKind.REFUND,
        merchant=request.merchant,
        livemode=request.livemode,
        state=refund.INITIAL,
        version=1,
        legs=(intended(leg, at=now),),
        price=price_of(money, fixed=Fixed.CREDIT, schedule=None),
        terms=terms,
        idempotency_key=request.key,
        request_digest=request.digest,
        approve_by=now,
        created_at=now,
        updated_at=now,
    )
    return await movements.accept(
        switch, movement, needs=refund.needs(movement), entries=(refund.opening_entry(movement),)
    )
