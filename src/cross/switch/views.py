"""What merchants see of a movement or a quote: the objects of api.md section 2, as plain values."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from pydantic_core import PydanticSerializationError, to_json

from cross.domain.conversion import Rate
from cross.domain.leg import Failure, Leg, LegKind, LegStatus
from cross.domain.money import Money
from cross.domain.movement import Movement, MovementKind
from cross.domain.msisdn import Msisdn
from cross.domain.operator import CollectMode, HandOver, Profile
from cross.domain.quote import Price, Quote, WalletAt
from cross.domain.status import status_of

View = dict[str, Any]


# ASCII only, and slower: for what an operator once said with half a surrogate pair in it.
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def encoded(view: Mapping[str, Any]) -> str:
    """A view as JSON text, the same wherever it is told."""
    try:
        return to_json(view).decode()
    except PydanticSerializationError:
        return _ENCODER.encode(view)


@lru_cache(maxsize=4096)
def rfc3339(at: datetime) -> str:
    """A moment in UTC, to the millisecond."""
    return at.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def money_view(money: Money) -> View:
    """An amount and its currency."""
    return {"amount": money.amount, "currency": money.currency.code}


def movement_view(
    movement: Movement, profiles: Mapping[str, Profile], way: HandOver | None = None
) -> View:
    """A movement as a merchant gets it; `way` is to the operator's page, where one is open."""
    match movement.kind:
        case MovementKind.TRANSFER:
            body = _transfer(movement)
            body["next_action"] = None if way is None else _redirect(way)
        case MovementKind.COLLECTION:
            body = _collection(movement, profiles, way)
        case MovementKind.PAYOUT:
            body = _wallet_side(movement, movement.leg(LegKind.CREDIT), movement.price.credit)
        case MovementKind.REFUND:
            leg = movement.leg(LegKind.REFUND)
            body = _wallet_side(movement, leg, movement.price.credit)
            body["collection"] = movement.terms.original
    terms, attention = movement.terms, movement.attention
    return {
        "id": movement.id,
        "object": movement.kind.value,
        "livemode": movement.livemode,
        "status": status_of(movement),
        "outcome_unknown": movement.outcome_unknown,
        "reference": terms.reference,
        "description": terms.description,
        "metadata": dict(terms.metadata),
        "customer": terms.customer,
        **body,
        "failure": failure_view(movement.failure),
        "needs_attention": attention is not None,
        "attention": None
        if attention is None
        else {
            "reason": attention.reason,
            "owner": attention.owner,
            "deadline": rfc3339(attention.deadline),
        },
        "warnings": [
            warning
            for leg in movement.legs
            if leg.kind is not LegKind.REFUND and leg.msisdn is not None
            for warning in _warnings(leg.operator, leg.msisdn, profiles)
        ],
        "created_at": rfc3339(movement.created_at),
        "updated_at": rfc3339(movement.updated_at),
        "completed_at": None if movement.completed_at is None else rfc3339(movement.completed_at),
    }


def quote_view(quote: Quote, profiles: Mapping[str, Profile]) -> View:
    """A quote as a merchant gets it."""
    return {
        "id": quote.id,
        "object": "quote",
        "livemode": quote.livemode,
        "source": _wallet_at(quote.source),
        "destination": _wallet_at(quote.destination),
        **_price(quote.price),
        "warnings": [
            *wallet_warnings(quote.source, profiles),
            *wallet_warnings(quote.destination, profiles),
        ],
        "created_at": rfc3339(quote.created_at),
        "expires_at": rfc3339(quote.expires_at),
    }


def failure_view(failure: Failure | None) -> View | None:
    """Why something failed."""
    if failure is None:
        return None
    return {
        "code": failure.code,
        "message": failure.message,
        "operator_code": failure.operator_code,
        "operator_message": failure.operator_message,
        "leg": failure.leg,
    }


def wallet_warnings(wallet: WalletAt, profiles: Mapping[str, Profile]) -> list[View]:
    """A hint where the number's prefix is usually another operator's: numbers are portable."""
    return _warnings(wallet.operator, wallet.msisdn, profiles)


def _warnings(operator: str, msisdn: Msisdn, profiles: Mapping[str, Profile]) -> list[View]:
    profile = profiles.get(operator)
    if profile is None or _has_prefix(msisdn, profile):
        return []
    return [
        {
            "code": "prefix_mismatch",
            "message": f"{msisdn.e164} does not start like a number of {profile.title}",
        }
    ]


def _has_prefix(msisdn: Msisdn, profile: Profile) -> bool:
    national = msisdn.national_in(profile.country)
    return national is not None and national.startswith(profile.prefixes)


def _transfer(movement: Movement) -> View:
    refund = next((leg for leg in movement.legs if leg.kind is LegKind.REFUND), None)
    return {
        "quote": {"id": movement.terms.quote, **_price(movement.price)},
        "debit": _leg(movement.leg(LegKind.DEBIT)),
        "credit": _leg(movement.leg(LegKind.CREDIT)),
        "refund": None if refund is None else _leg(refund),
    }


def _collection(movement: Movement, profiles: Mapping[str, Profile], way: HandOver | None) -> View:
    leg = movement.leg(LegKind.DEBIT)
    prompt = _prompt(movement, leg, profiles.get(leg.operator)) if way is None else _redirect(way)
    return {
        **_wallet_side(movement, leg, movement.price.debit),
        "return_url": movement.terms.return_url,
        "cancel_url": movement.terms.cancel_url,
        "next_action": prompt,
    }


def _wallet_side(movement: Movement, leg: Leg, amount: Money) -> View:
    return {
        **money_view(amount),
        "fee": money_view(movement.price.fee.charged),
        "operator": leg.operator,
        "msisdn": None if leg.msisdn is None else leg.msisdn.e164,
        "operator_reference": leg.operator_reference,
    }


def _redirect(way: HandOver) -> View:
    return {
        "type": "redirect",
        "url": way.url,
        "method": way.method,
        "fields": dict(way.fields),
        "expires_at": None if way.expires_at is None else rfc3339(way.expires_at),
    }


def _prompt(movement: Movement, leg: Leg, profile: Profile | None) -> View | None:
    waiting = leg.status in (LegStatus.SENT, LegStatus.PENDING, LegStatus.PLANNED)
    if profile is None or profile.collect is not CollectMode.PUSH or not waiting:
        return None
    return {
        "type": "approve_on_phone",
        "instructions": {"fr": profile.payer_sees.fr, "en": profile.payer_sees.en},
        "expires_at": rfc3339(movement.approve_by),
    }


def _price(price: Price) -> View:
    return {
        "debit": money_view(price.debit),
        "credit": money_view(price.credit),
        "fee": money_view(price.fee.charged),
        "rate": None if price.conversion is None else _rate(price.conversion.rate),
    }


def _rate(rate: Rate) -> View:
    return {
        "from": rate.source.code,
        "to": rate.destination.code,
        "rate": str(rate),
        "margin_bp": rate.margin_bp,
    }


def _leg(leg: Leg) -> View:
    return {
        "operator": leg.operator,
        "msisdn": None if leg.msisdn is None else leg.msisdn.e164,
        "amount": leg.money.amount,
        "currency": leg.money.currency.code,
        "status": leg.status.value,
        "operator_reference": leg.operator_reference,
        "failure": failure_view(leg.failure),
    }


def _wallet_at(wallet: WalletAt) -> View:
    return {"operator": wallet.operator, "msisdn": wallet.msisdn.e164}
