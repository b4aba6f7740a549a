"""Requests: which of an operator's calls a leg is, and all that the operator is told."""

from typing import Final

from cross.domain.leg import Leg, LegKind
from cross.domain.movement import Movement, MovementKind
from cross.domain.operator import (
    CollectMode,
    HandOver,
    LegRequest,
    LookUp,
    Original,
    Outcome,
    RefundMode,
    Unknown,
    Visit,
)
from cross.storage import movements as stored
from cross.storage.store import StoreUnavailable
from cross.switch.switch import Switch

WAY_BACK: Final = "/back"
"""Where an operator's page sends the payer's browser: to us, who know where he came from.

Its address is short and plain whatever the merchant's is: operators bound its length, and one
signs it in a text in which `&` and `=` would mean something (operators.md 7b).
"""

CANCELED: Final = "canceled"


async def send(switch: Switch, movement: Movement, leg: Leg) -> Outcome:
    """The operator's answer to the request that the leg is."""
    operator = switch.operator(leg.operator)
    request = request_for(switch, movement, leg)
    if leg.kind is LegKind.DEBIT:
        return await operator.collect(request)
    if leg.kind is LegKind.CREDIT:
        return await operator.pay_out(request)
    try:
        original = await _original_of(switch, movement, leg)
    except StoreUnavailable as error:
        return Unknown(f"the books could not be read: {error}", sent=False)
    if original is None:
        return await operator.pay_out(request)
    return await operator.refund(request_for(switch, movement, leg, original=original))


async def look_up(switch: Switch, movement: Movement, leg: Leg) -> LookUp:
    """What the operator says became of it."""
    operator = switch.operator(leg.operator)
    request = request_for(switch, movement, leg)
    if leg.kind is LegKind.DEBIT:
        return await operator.look_up_collection(request)
    if leg.kind is LegKind.CREDIT:
        return await operator.look_up_payout(request)
    original = await _original_of(switch, movement, leg)
    if original is None:
        return await operator.look_up_payout(request)
    return await operator.look_up_refund(request_for(switch, movement, leg, original=original))


def hand_over_of(switch: Switch, movement: Movement) -> HandOver | None:
    """Where the payer goes to approve now; None where there is no such page, or not at present."""
    leg = movement.legs[0]
    if leg.operator_reference is None or not leg.is_under_way:
        return None
    visit = _visit_for(switch, movement, leg)
    now = switch.clock()
    if visit is None or now >= visit.until:
        return None
    request = request_for(switch, movement, leg)
    found = switch.operator(leg.operator).hand_over(request, leg.operator_reference)
    is_over = found is not None and found.expires_at is not None and now >= found.expires_at
    return None if is_over else found


def is_by_page(switch: Switch, leg: Leg) -> bool:
    """Whether a payer approves the leg on the operator's own page."""
    profile = switch.profiles.get(leg.operator)
    by_page = profile is not None and profile.collect is CollectMode.REDIRECT
    return by_page and leg.kind is LegKind.DEBIT


def request_for(
    switch: Switch, movement: Movement, leg: Leg, *, original: Original | None = None
) -> LegRequest:
    """All that the operator needs to know, the same each time it is asked."""
    return LegRequest(
        leg.reference,
        leg.msisdn,
        leg.money,
        movement.id,
        movement.terms.description,
        movement.updated_at if leg.sent_at is None else leg.sent_at,
        _visit_for(switch, movement, leg),
        original,
    )


def _visit_for(switch: Switch, movement: Movement, leg: Leg) -> Visit | None:
    if not is_by_page(switch, leg):
        return None
    terms, home = movement.terms, switch.settings.public_url
    back = f"{home}{WAY_BACK}/{movement.id}"
    return Visit(
        terms.title or terms.description,
        return_url=_nearest(terms.return_url, back, home=home),
        cancel_url=_nearest(terms.cancel_url, f"{back}/{CANCELED}", home=home),
        until=movement.approve_by,
        language=terms.language or "fr",
    )


def _nearest(wanted: str | None, back: str, *, home: str) -> str:
    """A page of ours at once; anybody else's by way of us."""
    return wanted if wanted is not None and wanted.startswith(f"{home}/") else back


async def _original_of(switch: Switch, movement: Movement, leg: Leg) -> Original | None:
    """What the operator's own refund gives back; None where the payer is credited."""
    if switch.profile(leg.operator).refunds is not RefundMode.OPERATOR:
        return None
    whole: Movement | None = movement
    if movement.kind is MovementKind.REFUND:
        whole = await stored.get(switch.store, movement.terms.original or "")
    if whole is None:
        raise ValueError(f"{movement.id} gives back what is not in the books")
    debit = whole.leg(LegKind.DEBIT)
    if debit.operator != leg.operator:
        return None
    return Original(debit.reference, debit.operator_reference, debit.money)
