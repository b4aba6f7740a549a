"""What merchants see of an order or a payment link: the objects of api.md section 3."""

from collections.abc import Sequence

from cross.domain.movement import Movement
from cross.domain.order import Order
from cross.domain.payment_link import PaymentLink
from cross.switch import pi_spi
from cross.switch.order_log import Entry
from cross.switch.switch import Switch
from cross.switch.views import View, movement_view, rfc3339


def checkout_url(switch: Switch, order: Order) -> str:
    """Where the payer pays it."""
    return f"{switch.settings.public_url}/pay/{order.token}"


def link_url(switch: Switch, link: PaymentLink) -> str:
    """The address that is shared or printed."""
    return f"{switch.settings.public_url}/l/{link.code}"


def order_view(switch: Switch, order: Order, attempts: Sequence[Movement]) -> View:
    """An order as its merchant gets it, with its attempts."""
    terms = order.terms
    return {
        "id": order.id,
        "object": "order",
        "livemode": order.livemode,
        "status": order.status.value,
        "reference": terms.reference,
        "title": terms.title,
        "description": terms.description,
        "amount": order.amount.amount,
        "currency": order.amount.currency.code,
        "amount_paid": order.amount_paid,
        "amount_refunded": order.amount_refunded,
        "paid_late": order.paid_late,
        "operators": list(terms.operators),
        "attempts": [movement_view(attempt, switch.profiles) for attempt in attempts],
        "checkout_url": checkout_url(switch, order),
        "return_url": terms.return_url,
        "cancel_url": terms.cancel_url,
        "callback_info": terms.callback_info,
        "customer": terms.customer,
        "metadata": dict(terms.metadata),
        "payment_link": terms.payment_link,
        "pi_spi_qr": pi_spi.of_order(switch, order),
        "created_at": rfc3339(order.created_at),
        "updated_at": rfc3339(order.updated_at),
        "expires_at": rfc3339(order.expires_at),
        "paid_at": None if order.paid_at is None else rfc3339(order.paid_at),
    }


def link_view(switch: Switch, link: PaymentLink) -> View:
    """A payment link as its merchant gets it."""
    terms = link.terms
    return {
        "id": link.id,
        "object": "payment_link",
        "livemode": link.livemode,
        "status": link.status(switch.clock()).value,
        "title": terms.title,
        "description": terms.description,
        "amount": terms.amount,
        "amount_min": terms.least,
        "amount_max": terms.most,
        "currency": terms.currency.code,
        "uses": terms.uses,
        "paid": link.paid,
        "operators": list(terms.operators),
        "url": link_url(switch, link),
        "qr_url": f"{link_url(switch, link)}.svg",
        "pi_spi_qr": pi_spi.of_link(switch, link),
        "return_url": terms.return_url,
        "cancel_url": terms.cancel_url,
        "metadata": dict(terms.metadata),
        "created_at": rfc3339(link.created_at),
        "updated_at": rfc3339(link.updated_at),
        "expires_at": None if terms.expires_at is None else rfc3339(terms.expires_at),
        "closed_at": None if link.closed_at is None else rfc3339(link.closed_at),
    }


def entry_view(entry: Entry) -> View:
    """A line of an order's log."""
    return {
        "id": entry.id,
        "object": "order_log",
        "type": entry.type,
        "message": entry.message,
        "data": dict(entry.data),
        "created_at": rfc3339(entry.at),
    }
