"""Values to rows and back, the same for both engines: JSON for what is only read whole."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic_core import to_json

from cross.domain.conversion import Conversion, Rate, read_rate
from cross.domain.fees import Fee
from cross.domain.leg import Failure, Leg, LegKind, LegStatus
from cross.domain.money import CURRENCIES, Money
from cross.domain.movement import Attention, Movement, MovementKind, Terms
from cross.domain.msisdn import Msisdn
from cross.domain.quote import Price, Quote, WalletAt
from cross.domain.status import status_of
from cross.domain.steps import is_final
from cross.storage.store import ApiKeyRow, CallbackArrival, EventRow, Row

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

MOVEMENT_COLUMNS: Final = (
    "id, kind, merchant, livemode, state, status, version, owner, is_final, debit_amount,"
    " debit_currency, credit_amount, credit_currency, fee_earned, fee_rounding, reference,"
    " idempotency_key, request_digest, quote, customer, terms, approve_by, created_at,"
    " updated_at, completed_at, failure, attention, events"
)
LEG_COLUMNS: Final = (
    "movement, kind, operator, msisdn, amount, currency, reference, status, sends, sent_at,"
    " operator_reference, failure"
)
QUOTE_COLUMNS: Final = (
    "id, merchant, livemode, source_operator, source_msisdn, destination_operator,"
    " destination_msisdn, debit_amount, debit_currency, credit_amount, credit_currency,"
    " fee_earned, fee_rounding, created_at, expires_at, conversion"
)


def micros(at: datetime) -> int:
    """Microseconds since 1970 in UTC, exactly."""
    return (at - EPOCH) // _MICROSECOND


def moment(at: int) -> datetime:
    """The moment of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=at)


def movement_row(movement: Movement, owner: int) -> Row:
    """A movement in the order of `MOVEMENT_COLUMNS`."""
    price, terms = movement.price, movement.terms
    return (
        movement.id,
        movement.kind.value,
        movement.merchant,
        int(movement.livemode),
        str(movement.state),
        status_of(movement),
        movement.version,
        owner,
        int(is_final(movement)),
        price.debit.amount,
        price.debit.currency.code,
        price.credit.amount,
        price.credit.currency.code,
        price.fee.earned.amount,
        price.fee.rounding.amount,
        terms.reference,
        movement.idempotency_key,
        movement.request_digest,
        terms.uses_up,
        terms.customer,
        _terms_json(terms, price.conversion),
        micros(movement.approve_by),
        micros(movement.created_at),
        micros(movement.updated_at),
        None if movement.completed_at is None else micros(movement.completed_at),
        failure_json(movement.failure),
        attention_json(movement.attention),
        movement.events,
    )


def leg_row(movement: str, leg: Leg) -> Row:
    """A leg in the order of `LEG_COLUMNS`."""
    return (
        movement,
        leg.kind.value,
        leg.operator,
        "" if leg.msisdn is None else leg.msisdn.e164,
        leg.money.amount,
        leg.money.currency.code,
        leg.reference,
        leg.status.value,
        leg.sends,
        None if leg.sent_at is None else micros(leg.sent_at),
        leg.operator_reference,
        failure_json(leg.failure),
    )


def quote_row(quote: Quote) -> Row:
    """A quote in the order of `QUOTE_COLUMNS`."""
    price = quote.price
    return (
        quote.id,
        quote.merchant,
        int(quote.livemode),
        quote.source.operator,
        quote.source.msisdn.e164,
        quote.destination.operator,
        quote.destination.msisdn.e164,
        price.debit.amount,
        price.debit.currency.code,
        price.credit.amount,
        price.credit.currency.code,
        price.fee.earned.amount,
        price.fee.rounding.amount,
        micros(quote.created_at),
        micros(quote.expires_at),
        None if price.conversion is None else json.dumps(_conversion_kept(price.conversion)),
    )


def read_leg(row: Row) -> Leg:
    """A leg from a row of `LEG_COLUMNS`."""
    return Leg(
        LegKind(row[1]),
        row[2],
        Msisdn(row[3]) if row[3] else None,
        Money(row[4], CURRENCIES[row[5]]),
        row[6],
        LegStatus(row[7]),
        row[8],
        None if row[9] is None else moment(row[9]),
        row[10],
        read_failure(row[11]),
    )


def read_movement(row: Row, legs: tuple[Leg, ...]) -> Movement:
    """A movement from a row of `MOVEMENT_COLUMNS` and its legs."""
    kept = json.loads(row[20])
    return Movement(
        id=row[0],
        kind=MovementKind(row[1]),
        merchant=row[2],
        livemode=bool(row[3]),
        state=row[4],
        version=row[6],
        legs=legs,
        price=_read_price(row[9:15], kept.get("conversion")),
        terms=_read_terms(kept, reference=row[15], uses_up=row[18], customer=row[19]),
        idempotency_key=row[16],
        request_digest=row[17],
        approve_by=moment(row[21]),
        created_at=moment(row[22]),
        updated_at=moment(row[23]),
        completed_at=None if row[24] is None else moment(row[24]),
        failure=read_failure(row[25]),
        attention=_read_attention(row[26]),
        events=row[27],
    )


def read_quote(row: Row) -> Quote:
    """A quote from a row of `QUOTE_COLUMNS`."""
    return Quote(
        id=row[0],
        merchant=row[1],
        livemode=bool(row[2]),
        source=WalletAt(row[3], Msisdn(row[4])),
        destination=WalletAt(row[5], Msisdn(row[6])),
        price=_read_price(row[7:13], None if row[15] is None else json.loads(row[15])),
        created_at=moment(row[13]),
        expires_at=moment(row[14]),
    )


def failure_json(failure: Failure | None) -> str | None:
    """A failure as JSON."""
    return None if failure is None else json.dumps(asdict(failure))


def attention_json(attention: Attention | None) -> str | None:
    """A call for attention as JSON."""
    if attention is None:
        return None
    return json.dumps(
        {
            "reason": attention.reason,
            "owner": attention.owner,
            "deadline": micros(attention.deadline),
        }
    )


def read_failure(text: str | None) -> Failure | None:
    """A failure from JSON."""
    return None if text is None else Failure(**json.loads(text))


def _read_attention(text: str | None) -> Attention | None:
    if text is None:
        return None
    found = json.loads(text)
    return Attention(found["reason"], found["owner"], moment(found["deadline"]))


def _read_price(row: Row, conversion: Mapping[str, Any] | None) -> Price:
    debit = Money(row[0], CURRENCIES[row[1]])
    credit = Money(row[2], CURRENCIES[row[3]])
    fee = Fee(Money(row[4], debit.currency), Money(row[5], debit.currency))
    if conversion is None:
        return Price(debit, credit, fee)
    digits, places = read_rate(conversion["rate"])
    rate = Rate(debit.currency, credit.currency, digits, places, conversion["margin_bp"])
    parts = (Money(conversion[n], debit.currency) for n in ("converted", "margin", "rounding"))
    return Price(debit, credit, fee, Conversion(rate, *parts))


def _conversion_kept(conversion: Conversion) -> Mapping[str, Any]:
    return {
        "rate": str(conversion.rate),
        "margin_bp": conversion.rate.margin_bp,
        "converted": conversion.converted.amount,
        "margin": conversion.margin.amount,
        "rounding": conversion.rounding.amount,
    }


def _terms_json(terms: Terms, conversion: Conversion | None) -> str:
    kept: dict[str, Any] = {"description": terms.description, "metadata": dict(terms.metadata)}
    if terms.return_url is not None:
        kept["return_url"] = terms.return_url
    if terms.cancel_url is not None:
        kept["cancel_url"] = terms.cancel_url
    if terms.title is not None:
        kept["title"] = terms.title
    if terms.language is not None:
        kept["language"] = terms.language
    if conversion is not None:
        kept["conversion"] = _conversion_kept(conversion)
    return json.dumps(kept)


def _read_terms(
    kept: Mapping[str, Any], *, reference: str | None, uses_up: str | None, customer: str | None
) -> Terms:
    """The column `quote` holds what the movement uses up: a quote, or a place of an original."""
    original, _, place = (uses_up or "").rpartition("/")
    return Terms(
        reference,
        kept["description"],
        kept["metadata"],
        customer,
        kept.get("return_url"),
        kept.get("cancel_url"),
        None if original else uses_up,
        original or None,
        int(place) if original else None,
        kept.get("title"),
        kept.get("language"),
    )


def event_row(movement: Movement, event: EventRow) -> Row:
    """An event: id, merchant, movement, type, sequence, body, time."""
    return (
        event.id,
        movement.merchant,
        movement.id,
        event.type,
        event.sequence,
        event.body,
        micros(event.at),
    )


def callback_row(arrival: CallbackArrival) -> Row:
    """A callback: operator, reference, what it says, digest, then the request as it came."""
    raw = arrival.callback
    return (
        arrival.operator,
        arrival.reference,
        arrival.says,
        arrival.digest,
        raw.method,
        raw.query,
        to_json(raw.headers).decode(),
        raw.body,
        raw.peer,
        micros(arrival.at),
        int(arrival.waiting),
    )


def api_key_row(key: ApiKeyRow) -> Row:
    """A key: id, merchant, livemode, hash, scopes, time."""
    return (
        key.id,
        key.merchant,
        int(key.livemode),
        key.secret_hash,
        " ".join(key.scopes),
        micros(key.at),
    )
