"""What merchants do in one seed: movements, repeats of their requests, reads, rechecks, cancels."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final

from cross.outbound import HttpRequest, HttpResponse, NoAnswer, Outbound
from tests.simulation.orders import TRIES_MAX, Order

SWITCH: Final = "http://switch"
SECRET: Final = "sk_test_simulation"
SECRET_OF_OTHER: Final = "sk_test_simulation_other"
PATIENCE_SECONDS: Final = 10.0
AGAIN: Final = (409, 429, 503)
ACCEPTED: Final = (201, 202)
SPIES: Final = 0.15
PAGE_LOOKS_MAX: Final = 8


@dataclass
class Outcomes:
    """What one merchant was answered: ids accepted for each order, refusals by code."""

    merchant: str
    accepted: dict[Order, list[str]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Means:
    """What a merchant works with: its key, its way to the switch, who pays on pages, its whims."""

    merchant: str
    secret: str
    outbound: Outbound
    pay_on: Callable[[Mapping[str, Any], str], Awaitable[None]]
    random: Random
    refunds: Random


class Merchant:
    """Places orders over the network, and looks at what became of them.

    `rival` is another merchant's: whatever is there must not be seen from here (I-40).
    """

    def __init__(self, means: Means, rival: Outcomes | None = None) -> None:
        self._means = means
        self._random = means.random
        self._refunds = means.refunds
        self._rival = rival
        self.outcomes = Outcomes(means.merchant)

    async def place(self, order: Order) -> None:
        """Ask for one movement, as often as the order says, then watch it."""
        await asyncio.sleep(order.at_seconds)
        body = await self._with_quote(order) if order.quotes_first else dict(order.body)
        asked = [self._ask(order, body) for _ in range(order.copies)]
        if order.changes_body:
            asked.append(self._ask_for_another(order, body))
        await asyncio.gather(*asked)
        ids = self.outcomes.accepted.get(order)
        if ids:
            if order.page_phone is not None:
                await self._send_to_page(ids[0], order.page_phone)
            await self._watch(order, ids[0])
            if order.kind == "collection":
                await self._give_back(order, ids[0])

    async def _send_to_page(self, collection: str, phone: str) -> None:
        """Ask where the payer has to go until it is known, and send the payer there."""
        for _ in range(PAGE_LOOKS_MAX):
            answer = await self._send("GET", f"/v1/collections/{collection}")
            way = _content(answer).get("next_action")
            if way is not None and "url" in way:
                await self._means.pay_on(way, phone)
                return
            await asyncio.sleep(self._random.uniform(1.0, 10.0))

    async def _spy(self) -> None:
        """Look at something of the rival's with our own key."""
        theirs = [] if self._rival is None else list(self._rival.accepted.items())
        if not theirs or self._random.random() >= SPIES:
            return
        order, ids = self._random.choice(theirs)
        answer = await self._send("GET", f"{path_of(order)}/{ids[0]}")
        if answer is not None and answer.status not in (404, *AGAIN):
            self.outcomes.strange.append(f"I-40 {ids[0]} was shown to another: {answer.status}")

    async def _give_back(self, order: Order, collection: str) -> None:
        """Ask for it back, whole or in parts, one by one or at once, however it stands."""
        await asyncio.sleep(self._refunds.uniform(0.0, 240.0))
        wanted = [
            self._refund_of(order, collection, number)
            for number in range(self._refunds.choice((0, 1, 1, 2, 4)))
        ]
        await asyncio.gather(*[self._ask(one, one.body) for one in wanted])

    def _refund_of(self, order: Order, collection: str, number: int) -> Order:
        body: dict[str, Any] = {"collection": collection}
        if self._refunds.random() < 0.7:
            part = self._refunds.randint(100, max(100, order.body["amount"]))
            body |= {"amount": part, "currency": order.body["currency"]}
        return replace(
            order,
            kind="refund",
            body=body,
            key=f"{order.key}-back-{number}",
            tries=self._refunds.choice((1, TRIES_MAX)),
        )

    async def _with_quote(self, order: Order) -> dict[str, Any]:
        priced = {
            name: order.body[name] for name in ("source", "destination", "amount", "currency")
        }
        answer = await self._send("POST", "/v1/quotes", priced)
        if answer is None or answer.status != 201:
            return dict(order.body)
        return {
            "quote": json.loads(answer.body)["id"],
            "reference": order.body["reference"],
        }

    async def _ask(self, order: Order, body: Mapping[str, Any]) -> None:
        for tried in range(order.tries):
            answer = await self._send("POST", path_of(order), body, key=order.key)
            if answer is not None and answer.status not in AGAIN:
                self._heard(order, answer)
                return
            await asyncio.sleep(self._random.uniform(0.0, 2.0 ** (tried + 1)))

    async def _ask_for_another(self, order: Order, body: Mapping[str, Any]) -> None:
        await asyncio.sleep(self._random.uniform(0.0, 20.0))
        other = {**body, "description": "another"}
        answer = await self._send("POST", path_of(order), other, key=order.key)
        if answer is not None and answer.status in ACCEPTED and self.outcomes.accepted.get(order):
            self.outcomes.strange.append(f"I-29 key {order.key} took two bodies")

    def _heard(self, order: Order, answer: HttpResponse) -> None:
        content = json.loads(answer.body)
        if answer.status in ACCEPTED:
            self.outcomes.accepted.setdefault(order, []).append(content["id"])
            return
        self.outcomes.refused[content["code"]] += 1
        if answer.status >= 500:
            self.outcomes.strange.append(f"I-31 {answer.status} for key {order.key}")

    async def _watch(self, order: Order, movement: str) -> None:
        await self._spy()
        for _ in range(self._random.choice((0, 1, 3))):
            await asyncio.sleep(self._random.uniform(0.0, 90.0))
            path, chance = f"{path_of(order)}/{movement}", self._random.random()
            if chance < 0.5:
                await self._send("GET", path)
            elif chance < 0.9 and order.kind != "batch":
                await self._send("POST", f"{path}/recheck")
            elif order.kind != "transfer":
                await self._send("POST", f"{path}/cancel")

    async def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, key: str = ""
    ) -> HttpResponse | None:
        headers = [
            ("Authorization", f"Bearer {self._means.secret}"),
            ("Content-Type", "application/json"),
        ]
        if key:
            headers.append(("Idempotency-Key", key))
        content = b"" if body is None else json.dumps(body).encode()
        request = HttpRequest(method, SWITCH + path, tuple(headers), content, PATIENCE_SECONDS)
        try:
            return await self._means.outbound.send(request)
        except NoAnswer:
            return None


def path_of(order: Order) -> str:
    """Where it is asked for."""
    return "/v1/payouts/batches" if order.kind == "batch" else f"/v1/{order.kind}s"


def _content(answer: HttpResponse | None) -> dict[str, Any]:
    return {} if answer is None or not answer.body else dict(json.loads(answer.body))
