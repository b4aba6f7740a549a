"""Customers: who a merchant's payers and payees are, and all that moved for them.

A movement belongs to the customer that its merchant named, and to no other: what a wallet alone
tells is never written down as a fact, for a phone is often shared.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cross.domain.changed import changed
from cross.domain.customer import About, Customer
from cross.domain.errors import NotFound, ReferenceAlreadyUsed, SwitchUnavailable
from cross.domain.ids import CUSTOMER
from cross.storage import customers as stored
from cross.storage import movements
from cross.storage.customers import CustomerWrite
from cross.storage.movements import Listing
from cross.storage.pages import Page
from cross.storage.store import ReferenceTaken, Saved
from cross.switch import pages
from cross.switch.switch import Switch
from cross.switch.views import rfc3339

TRIES_MAX: Final = 5


async def add(switch: Switch, about: About, *, merchant: str, livemode: bool) -> Customer:
    """A new customer; raises `ReferenceAlreadyUsed` naming the one that has the reference."""
    now = switch.clock()
    customer = Customer(switch.new_id(CUSTOMER), merchant, livemode, 1, about, now, now)
    if await _is_saved(switch, customer):
        return customer
    raise SwitchUnavailable


async def change(
    switch: Switch, customer_id: str, new: Mapping[str, Any], *, merchant: str
) -> Customer:
    """The customer with the fields of `About` that are said anew; raises as `add`, `NotFound`."""
    for _ in range(TRIES_MAX):
        known = await find(switch, customer_id, merchant=merchant)
        customer = changed(
            known,
            version=known.version + 1,
            about=changed(known.about, **new),
            updated_at=switch.clock(),
        )
        if await _is_saved(switch, customer):
            return customer
    raise SwitchUnavailable


async def find(switch: Switch, customer_id: str, *, merchant: str) -> Customer:
    """A merchant's customer; raises `NotFound`."""
    found = await stored.find(switch.store, customer_id, merchant=merchant)
    if found is None:
        raise NotFound(noun="customer")
    return found


async def is_known(switch: Switch, customer_id: str, *, merchant: str) -> bool:
    """Whether a movement or an order of that merchant may name the customer."""
    return await stored.exists(switch.store, customer_id, merchant=merchant)


async def page(
    switch: Switch,
    *,
    merchant: str,
    part: Page,
    reference: str | None = None,
    msisdn: str | None = None,
) -> tuple[Sequence[Customer], bool]:
    """A page of a merchant's customers, newest first, and whether there are more."""
    return await stored.page(
        switch.store, merchant=merchant, part=part, reference=reference, msisdn=msisdn
    )


async def movements_of(switch: Switch, customer_id: str, *, merchant: str, part: Page) -> Listing:
    """All that moved for a customer, of every kind, newest first; raises `NotFound`."""
    await find(switch, customer_id, merchant=merchant)
    found = await movements.page_of_customer(
        switch.store, customer_id, merchant=merchant, part=part
    )
    return pages.as_held(switch, found)


def customer_view(customer: Customer) -> Mapping[str, Any]:
    """A customer as its merchant gets it."""
    about = customer.about
    return {
        "id": customer.id,
        "object": "customer",
        "livemode": customer.livemode,
        "name": about.name,
        "email": about.email,
        "reference": about.reference,
        "wallets": [
            {"operator": wallet.operator, "msisdn": wallet.msisdn.e164} for wallet in about.wallets
        ],
        "metadata": dict(about.metadata),
        "created_at": rfc3339(customer.created_at),
        "updated_at": rfc3339(customer.updated_at),
    }


async def _is_saved(switch: Switch, customer: Customer) -> bool:
    verdict = await switch.recorder.record(CustomerWrite(customer))
    if isinstance(verdict, ReferenceTaken):
        raise ReferenceAlreadyUsed(existing_id=verdict.movement)
    return isinstance(verdict, Saved)
