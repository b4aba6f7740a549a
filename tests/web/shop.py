"""A shop with payers: orders made in the real switch, pages asked for as a browser asks."""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from itertools import count
from typing import Any, Final
from urllib.parse import urlencode

from cross.bootstrap import front_door
from cross.cli.visitor import Visitor
from cross.domain.money import Money, xof
from cross.domain.movement import Terms
from cross.domain.order import Order, OrderTerms, Status
from cross.domain.payment_link import LinkTerms, PaymentLink
from cross.settings import Settings
from cross.switch import order_log, orders, payment_links, refunds
from cross.switch.movements import Request
from cross.switch.projection import Standing
from cross.web.receipts import code_of
from cross.web.stages import stage_of
from tests.world import MERCHANT, SWITCH_ADDRESS, World, quick_settings, until

FORM: Final = (b"content-type", b"application/x-www-form-urlencoded")


def shop_settings(**changed: Any) -> Settings:
    """Settings of a switch whose payers reach it at its own address, one operator with patience."""
    settings = quick_settings(**{"public_url": SWITCH_ADDRESS, **changed})
    patient = {**settings.operators["tmoney-online"], "answer_timeout_seconds": "20"}
    operators = {**settings.operators, "tmoney-online": patient}
    return settings.model_copy(update={"operators": operators})


@dataclass(frozen=True)
class Seen:
    """An answer as a browser has it; `sent_bytes` is what came over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    sent_bytes: int

    @property
    def text(self) -> str:
        """What a person reads, without markup; breaks and no-break spaces are spaces."""
        bare = re.sub(r"<(style|script|head)\b.*?</\1>", " ", self.html, flags=re.DOTALL)
        bare = re.sub(r"</(dt|p|small|a)>", " ", bare)
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", bare)))

    @property
    def html(self) -> str:
        """The page as it is written."""
        return self.body.decode()


@dataclass
class Shop:
    """A merchant's orders, and browsers that look at their pages."""

    world: World
    settings: Settings
    numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.app = front_door(self.world.switch, self.settings)

    async def order(self, amount: Money = xof(12_500), **said: Any) -> Order:  # noqa: B008
        """A new order; `minutes=0` has expired already."""
        minutes = said.pop("minutes", 120)
        number = next(self.numbers)
        terms = OrderTerms(
            **{
                "reference": f"CMD-{number}",
                "title": "Commande 77 : 2 pagnes wax",
                "operators": (),
                "return_url": "https://boutique-afi.example/merci",
                "cancel_url": "https://boutique-afi.example/panier?id=7",
                **said,
            }
        )
        opened = await orders.open_order(
            self.world.switch, amount, terms, self._request(number), minutes=minutes
        )
        return opened.order

    async def link(self, **said: Any) -> PaymentLink:
        """A new payment link; without an amount the payer chooses it."""
        terms = LinkTerms(
            **{
                "title": "Don pour l'école",
                "currency": xof(1).currency,
                "operators": ("tmoney", "flooz"),
                "description": "Merci à tous",
                **said,
            }
        )
        return await payment_links.open_link(
            self.world.switch, terms, merchant=MERCHANT, livemode=False
        )

    async def refund(self, order: Order, amount: Money) -> None:
        """Gives back a part of a paid order, to the end."""
        stands = await self.stands(order)
        collection = stands.order.paid_by
        assert collection is not None
        number = next(self.numbers)
        accepted = await refunds.open_refund(
            self.world.switch,
            collection,
            amount,
            Terms(reference=f"R-{number}"),
            self._request(number),
        )
        live = self.world.switch.live
        await until(lambda: accepted.movement.id not in live)

    async def stands(self, order: Order) -> Standing:
        """The order as it stands."""
        return await orders.by_token(self.world.switch, order.token)

    async def used(self, link: PaymentLink, times: int) -> None:
        """When so many orders of the link are counted as paid."""
        switch = self.world.switch
        while (await payment_links.by_code(switch, link.code)).paid < times:
            await self.a_step()

    async def order_at(self, path: str) -> Order:
        """The order of a checkout page's address."""
        token = path.removeprefix("/pay/").partition("?")[0]
        return (await orders.by_token(self.world.switch, token)).order

    async def get(self, path: str, **headers: str) -> Seen:
        """A page, as a browser asks for it."""
        return await self._ask("GET", path, b"", headers)

    async def ask(self, method: str, path: str) -> Seen:
        """The same with another method."""
        return await self._ask(method, path, b"", {})

    async def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Seen:
        """A form sent."""
        return await self._ask("POST", path, urlencode(fields).encode(), headers)

    async def pay(self, order: Order, operator: str, number: str = "", **said: str) -> Seen:
        """The checkout form, filled in and sent as the next attempt."""
        attempt = str(len((await self.stands(order)).attempts) + 1)
        fields = {"attempt": attempt, "operator": operator, "msisdn": number, **said}
        return await self.post(f"/pay/{order.token}", fields)

    async def paid(self, order: Order, operator: str = "tmoney", number: str = "90112201") -> Order:
        """The order once it is paid by push."""
        await self.pay(order, operator, number)
        return await self.once(order, Status.PAID)

    async def failed(self, order: Order, number: str = "90112202") -> None:
        """The order once its next attempt has failed."""
        await self.pay(order, "tmoney", number, confirmed="yes")
        await self.ended(order)

    async def once(self, order: Order, status: Status) -> Order:
        """The order when it has that status."""
        while (stands := await self.stands(order)).order.status is not status:
            await self.a_step()
        return stands.order

    async def ended(self, order: Order) -> None:
        """When no attempt of the order is open."""
        while (await self.stands(order)).order.status is Status.PROCESSING:
            await self.a_step()

    async def log(self, order: Order) -> list[str]:
        """What was written down of the order, by type."""
        return [entry.type for entry in await order_log.entries(self.world.switch, order)]

    async def reached(self, order: Order, stage: str) -> None:
        """When the order's page is at that stage."""
        switch = self.world.switch
        while stage_of(switch, await self.stands(order)) != stage:
            await self.a_step()

    async def a_step(self) -> None:
        """Lets the switch and the operators go on."""
        seen = len(self.world.switch.live)
        try:
            await until(lambda: len(self.world.switch.live) != seen, seconds=0.02)
        except TimeoutError:
            return

    async def receipt_of(self, order: Order) -> str:
        """The code of a paid order's receipt."""
        return code_of((await self.stands(order)).order)

    def visitor(self) -> Visitor:
        """A browser without a script, which follows redirects to operators and back."""
        return Visitor(self.world.network)

    def _request(self, number: int) -> Request:
        return Request(MERCHANT, livemode=False, key=f"shop-{number}", digest=f"{number}")

    async def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Seen:
        plain, _, query = path.partition("?")
        named = [(name.replace("_", "-").encode(), said.encode()) for name, said in headers.items()]
        scope = {
            "type": "http",
            "method": method,
            "path": plain,
            "query_string": query.encode(),
            "headers": [*named, FORM],
        }
        said: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            said.append(message)

        await self.app(scope, receive, send)
        found = {name.decode(): value.decode() for name, value in said[0]["headers"]}
        content: bytes = said[1]["body"]
        packed = found.get("content-encoding") == "gzip"
        shown = gzip.decompress(content) if packed else content
        return Seen(said[0]["status"], found, shown, len(content))
