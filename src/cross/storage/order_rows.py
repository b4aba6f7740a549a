"""Orders, their log and payment links, to rows and back; the same for both engines."""

import json
from collections.abc import Mapping
from typing import Any, Final

from cross.domain.money import CURRENCIES, Money, currency_named
from cross.domain.order import Order, OrderTerms, Status
from cross.domain.payment_link import LinkTerms, PaymentLink
from cross.storage.rows import micros, moment
from cross.storage.store import Row

ORDER_COLUMNS: Final = (
    "id, merchant, livemode, token, amount, currency, reference, customer, payment_link,"
    " idempotency_key, request_digest, terms, created_at, expires_at, updated_at, status, version,"
    " amount_paid, amount_refunded, paid_late, paid_at, paid_by, attempts, events"
)
ORDER_MOVES: Final = (
    "updated_at",
    "status",
    "version",
    "amount_paid",
    "amount_refunded",
    "paid_late",
    "paid_at",
    "paid_by",
    "attempts",
    "events",
)
"""The columns that a step changes."""

LINK_COLUMNS: Final = (
    "id, merchant, livemode, code, terms, uses, paid, expires_at, closed_at, created_at, updated_at"
)


def order_row(order: Order) -> Row:
    """An order in the order of `ORDER_COLUMNS`."""
    terms = order.terms
    return (
        order.id,
        order.merchant,
        int(order.livemode),
        order.token,
        order.amount.amount,
        order.amount.currency.code,
        terms.reference,
        terms.customer,
        terms.payment_link,
        order.idempotency_key,
        order.request_digest,
        _order_terms_json(terms),
        micros(order.created_at),
        micros(order.expires_at),
        micros(order.updated_at),
        order.status.value,
        order.version,
        order.amount_paid,
        order.amount_refunded,
        int(order.paid_late),
        None if order.paid_at is None else micros(order.paid_at),
        order.paid_by,
        order.attempts,
        order.events,
    )


def read_order(row: Row) -> Order:
    """An order from a row of `ORDER_COLUMNS`."""
    kept = json.loads(row[11])
    return Order(
        id=row[0],
        merchant=row[1],
        livemode=bool(row[2]),
        token=row[3],
        amount=Money(row[4], CURRENCIES[row[5]]),
        terms=OrderTerms(
            reference=row[6],
            title=kept["title"],
            operators=tuple(kept["operators"]),
            description=kept["description"],
            return_url=kept["return_url"],
            cancel_url=kept["cancel_url"],
            callback_info=kept["callback_info"],
            customer=row[7],
            metadata=kept["metadata"],
            payment_link=row[8],
        ),
        idempotency_key=row[9],
        request_digest=row[10],
        created_at=moment(row[12]),
        expires_at=moment(row[13]),
        updated_at=moment(row[14]),
        status=Status(row[15]),
        version=row[16],
        amount_paid=row[17],
        amount_refunded=row[18],
        paid_late=bool(row[19]),
        paid_at=None if row[20] is None else moment(row[20]),
        paid_by=row[21],
        attempts=row[22],
        events=row[23],
    )


def link_row(link: PaymentLink) -> Row:
    """A payment link in the order of `LINK_COLUMNS`."""
    terms = link.terms
    return (
        link.id,
        link.merchant,
        int(link.livemode),
        link.code,
        _link_terms_json(terms),
        terms.uses,
        link.paid,
        None if terms.expires_at is None else micros(terms.expires_at),
        None if link.closed_at is None else micros(link.closed_at),
        micros(link.created_at),
        micros(link.updated_at),
    )


def read_link(row: Row) -> PaymentLink:
    """A payment link from a row of `LINK_COLUMNS`."""
    kept = json.loads(row[4])
    return PaymentLink(
        id=row[0],
        merchant=row[1],
        livemode=bool(row[2]),
        code=row[3],
        terms=LinkTerms(
            title=kept["title"],
            currency=currency_named(kept["currency"]),
            operators=tuple(kept["operators"]),
            amount=kept["amount"],
            least=kept["least"],
            most=kept["most"],
            uses=row[5],
            expires_at=None if row[7] is None else moment(row[7]),
            description=kept["description"],
            return_url=kept["return_url"],
            cancel_url=kept["cancel_url"],
            metadata=kept["metadata"],
        ),
        created_at=moment(row[9]),
        updated_at=moment(row[10]),
        closed_at=None if row[8] is None else moment(row[8]),
        paid=row[6],
    )


def named(columns: str, row: Row) -> dict[str, Any]:
    """A row as parameters, each by its column's name."""
    return dict(zip(columns.split(", "), row, strict=True))


def _order_terms_json(terms: OrderTerms) -> str:
    return _json(
        {
            "title": terms.title,
            "operators": terms.operators,
            "description": terms.description,
            "return_url": terms.return_url,
            "cancel_url": terms.cancel_url,
            "callback_info": terms.callback_info,
            "metadata": dict(terms.metadata),
        }
    )


def _link_terms_json(terms: LinkTerms) -> str:
    return _json(
        {
            "title": terms.title,
            "currency": terms.currency.code,
            "operators": terms.operators,
            "amount": terms.amount,
            "least": terms.least,
            "most": terms.most,
            "description": terms.description,
            "return_url": terms.return_url,
            "cancel_url": terms.cancel_url,
            "metadata": dict(terms.metadata),
        }
    )


def _json(kept: Mapping[str, Any]) -> str:
    return json.dumps(kept, ensure_ascii=False)
