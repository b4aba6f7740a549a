"""The site: what every page needs beside the request."""

from dataclasses import dataclass, field

from cross.domain.order import Order
from cross.storage import merchants
from cross.switch import orders
from cross.switch.projection import Standing
from cross.switch.switch import Switch
from cross.web.asking import Asked
from cross.web.rendering import Poll, Renderer, Reply, Screen
from cross.web.stages import Stage, state_told

SHORT_REFERENCE = 10
"""Of an order's id, so many last characters are what people read to one another."""


@dataclass(frozen=True, slots=True)
class Site:
    """The switch behind the pages, and how they are made; `names` remembers merchants' names."""

    switch: Switch
    renderer: Renderer
    names: dict[str, str] = field(default_factory=dict)

    async def merchant(self, merchant: str) -> str:
        """The name that payers know the merchant by."""
        known = self.names.get(merchant)
        if known is None:
            known = await merchants.name_of(self.switch.store, merchant) or merchant
            self.names[merchant] = known
        return known

    def page(self, screen: Screen, asked: Asked) -> Reply:
        """The screen for whoever asked."""
        return self.renderer.page(screen, asked.reader)

    def address_of(self, order: Order) -> str:
        """The checkout page as it is shared."""
        return orders.checkout_url(self.switch, order)

    def poll(self, asked: Asked, stands: Standing, stage: Stage, *, seconds_left: int = 0) -> Poll:
        """How a page that waits learns of news."""
        path = path_of(stands.order)
        shown = {name: "1" for name in ("back",) if name in asked.query}
        return Poll(
            url=f"{path}/status",
            state=state_told(stage, stands),
            here=asked.at(path, **shown),
            stop=asked.at(path, **shown, stop="1"),
            is_stopped="stop" in asked.query,
            seconds_left=seconds_left,
        )


def path_of(order: Order) -> str:
    """The checkout page's path."""
    return f"/pay/{order.token}"


def reference_of(order: Order) -> str:
    """What a payer reads to a merchant: `7F3Q9-K2M4P`."""
    last = order.id[-SHORT_REFERENCE:]
    return f"{last[:5]}-{last[5:]}"
