"""PI-SPI codes of a merchant's orders and links, where it has an alias (settings: `pi_spi`)."""

from typing import Final

from cross.domain.money import XOF, Money
from cross.domain.order import Order
from cross.domain.payment_link import PaymentLink
from cross.domain.pi_spi import REFERENCE_MAX, dynamic_qr, static_qr
from cross.switch.switch import Switch

UNPAID: Final = frozenset({"unpaid", "processing"})


def of_order(switch: Switch, order: Order) -> str | None:
    """The code of one payment; None without an alias, outside the UEMOA, or once it has ended.

    The reference is the end of the order's id: letters and digits, as long as a code takes.
    """
    alias = switch.settings.pi_spi.get(order.merchant)
    if alias is None or order.amount.currency is not XOF or order.status not in UNPAID:
        return None
    return dynamic_qr(alias, order.amount, reference=order.id[-REFERENCE_MAX:])


def of_link(switch: Switch, link: PaymentLink) -> str | None:
    """The code to print beside the link's own; None as above."""
    alias, terms = switch.settings.pi_spi.get(link.merchant), link.terms
    if alias is None or terms.currency is not XOF:
        return None
    return static_qr(alias, None if terms.amount is None else Money(terms.amount, XOF))
