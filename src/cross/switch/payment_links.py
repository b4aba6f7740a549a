"""Payment links: addresses that make an order for whoever opens them.

For the pages: `/l/{code}` shows `by_code` (its `status` says whether it takes payments) and, where
`terms.amount` is None, asks for an amount; the button posts, and `open_order` makes the order,
once for each `visit` (the form's own token): then the browser goes to `orders.checkout_url`. A
reload of the page, and a form posted twice, make no second order.
"""

from cross.domain.money import Money
from cross.domain.order import Order
from cross.domain.payment_link import LinkTerms, PaymentLink
from cross.switch.switch import Switch


async def open_link(
    switch: Switch, terms: LinkTerms, *, merchant: str, livemode: bool
) -> PaymentLink:
    """Makes a link; raises `UnknownOperator`, `OperationNotOffered`, `CurrencyNotOfOperator`."""


def link_url(switch: Switch, link: PaymentLink) -> str:
    """The address that is shared or printed."""
    return f"{switch.settings.public_url}/l/{link.code}"


async def by_code(switch: Switch, code: str) -> PaymentLink:
    """The link that an address names; raises `NotFound`."""


async def open_order(
    switch: Switch, link: PaymentLink, amount: Money | None, *, visit: str
) -> Order:
    """The order of one visit; raises `LinkClosed`, `AmountNotOfLink`."""


async def close(switch: Switch, link_id: str, *, merchant: str) -> PaymentLink:
    """The link takes no more payments; raises `NotFound`."""
