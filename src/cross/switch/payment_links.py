"""Payment links: addresses that make an order for whoever opens them.

For the pages: `/l/{code}` shows `by_code` (its `status` says whether it takes payments) and, where
`terms.amount` is None, asks for an amount; the button posts, and `open_order` makes the order,
once for each `visit` (the form's own token): then the browser goes to `orders.checkout_url`. A
reload of the page, and a form posted twice, make no second order. Uses count when they are paid.
"""

from collections.abc import Sequence

from cross.domain.changed import changed
from cross.domain.errors import NotFound, SwitchUnavailable
from cross.domain.ids import PAYMENT_LINK, unguessable
from cross.domain.money import Money
from cross.domain.order import MINUTES_DEFAULT, Order, OrderTerms
from cross.domain.payment_link import LinkTerms, PaymentLink, amount_asked, require_open
from cross.storage import payment_links as stored
from cross.storage.pages import Page
from cross.storage.store import LinkClosing, LinkOpening, Saved
from cross.switch import orders
from cross.switch.movements import Request
from cross.switch.order_views import link_url
from cross.switch.switch import Switch

__all__ = ["link_url"]


async def open_link(
    switch: Switch, terms: LinkTerms, *, merchant: str, livemode: bool
) -> PaymentLink:
    """Makes a link; raises `UnknownOperator`, `OperationNotOffered`, `CurrencyNotOfOperator`."""
    now = switch.clock()
    able = orders.offered(switch, terms.operators, terms.currency)
    link = PaymentLink(
        id=switch.new_id(PAYMENT_LINK),
        merchant=merchant,
        livemode=livemode,
        code=unguessable(switch.random_bits),
        terms=changed(terms, operators=able),
        created_at=now,
        updated_at=now,
    )
    if await switch.recorder.record(LinkOpening(link)) != Saved():
        raise SwitchUnavailable
    return link


async def by_code(switch: Switch, code: str) -> PaymentLink:
    """The link that an address names; raises `NotFound`."""
    link = await stored.by_code(switch.store, code)
    if link is None:
        raise NotFound(noun="payment link")
    return link


async def find(switch: Switch, link_id: str, *, merchant: str) -> PaymentLink:
    """A merchant's link; raises `NotFound`."""
    link = await stored.find(switch.store, link_id, merchant=merchant)
    if link is None:
        raise NotFound(noun="payment link")
    return link


async def page(switch: Switch, *, merchant: str, part: Page) -> tuple[Sequence[PaymentLink], bool]:
    """A page of a merchant's links, newest first, and whether there are more."""
    return await stored.page(switch.store, merchant=merchant, part=part)


async def open_order(
    switch: Switch, link: PaymentLink, amount: Money | None, *, visit: str
) -> Order:
    """The order of one visit; raises `LinkClosed`, `AmountNotOfLink`."""
    money = amount_asked(link, amount)
    request = Request(
        link.merchant, link.livemode, f"link {link.id} {visit} {money.amount}", link.id
    )
    earlier = await orders.replay(switch, request)
    if earlier is not None:
        return earlier.order
    require_open(link, at=switch.clock())
    terms = OrderTerms(
        reference=f"{link.id}-{switch.new_id('vis')}",
        title=link.terms.title,
        operators=link.terms.operators,
        description=link.terms.description,
        return_url=link.terms.return_url,
        cancel_url=link.terms.cancel_url,
        metadata=link.terms.metadata,
        payment_link=link.id,
    )
    opened = await orders.open_order(switch, money, terms, request, minutes=MINUTES_DEFAULT)
    return opened.order


async def close(switch: Switch, link_id: str, *, merchant: str) -> PaymentLink:
    """The link takes no more payments, from now on and for good; raises `NotFound`."""
    link = await find(switch, link_id, merchant=merchant)
    if link.closed_at is None:
        await switch.recorder.record(LinkClosing(link.id, switch.clock()))
    return await find(switch, link_id, merchant=merchant)
