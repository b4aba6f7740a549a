"""What merchants do in one seed: movements, repeats of their requests, reads, rechecks, cancels."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final

from cross.outbound import HttpRequest, HttpResponse, NoAnswer, Outbound
from tests.simulation.swarm import ABROAD

SWITCH: Final = "http://switch"
SECRET: Final = "sk_test_simulation"
PREFIXES: Final[Mapping[str, str]] = {"tmoney": "22890", "flooz": "22896"}
SUFFIXES: Final = tuple(f"{number:02}" for number in range(21))
PATIENCE_SECONDS: Final = 10.0
TRIES_MAX: Final = 6
AGAIN: Final = (409, 429, 503)


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """One movement that a merchant wants, and how it asks: when, how often, how persistently."""

    kind: str
    body: Mapping[str, Any]
    key: str
    at_seconds: float
    copies: int
    tries: int
    quotes_first: bool
    changes_body: bool
    wallets: tuple[str, ...]


@dataclass
class Outcomes:
    """What merchants were answered: ids accepted for each order, refusals by code."""

    accepted: dict[Order, list[str]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)


def orders_of(random: Random, abroad: Random | None = None) -> list[Order]:
    """The movements of a seed, all within its first minute; with `abroad`, some to Djibouti."""
    wallets = _Wallets(random)
    orders = [_order(random, wallets, number) for number in range(random.randint(10, 25))]
    return orders if abroad is None else [_perhaps_abroad(abroad, order) for order in orders]


class Merchant:
    """Places orders over the network, and looks at what became of them."""

    def __init__(self, outbound: Outbound, random: Random, refunds: Random) -> None:
        self._outbound = outbound
        self._random = random
        self._refunds = refunds
        self.outcomes = Outcomes()

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
            await self._watch(order, ids[0])
            if order.kind == "collection":
                await self._give_back(order, ids[0])

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
            body |= {"amount": part, "currency": "XOF"}
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
            answer = await self._send("POST", f"/v1/{order.kind}s", body, key=order.key)
            if answer is not None and answer.status not in AGAIN:
                self._heard(order, answer)
                return
            await asyncio.sleep(self._random.uniform(0.0, 2.0 ** (tried + 1)))

    async def _ask_for_another(self, order: Order, body: Mapping[str, Any]) -> None:
        await asyncio.sleep(self._random.uniform(0.0, 20.0))
        other = {**body, "description": "another"}
        answer = await self._send("POST", f"/v1/{order.kind}s", other, key=order.key)
        if answer is not None and answer.status == 202 and self.outcomes.accepted.get(order):
            self.outcomes.strange.append(f"I-29 key {order.key} took two bodies")

    def _heard(self, order: Order, answer: HttpResponse) -> None:
        content = json.loads(answer.body)
        if answer.status == 202:
            self.outcomes.accepted.setdefault(order, []).append(content["id"])
            return
        self.outcomes.refused[content["code"]] += 1
        if answer.status >= 500:
            self.outcomes.strange.append(f"I-31 {answer.status} for key {order.key}")

    async def _watch(self, order: Order, movement: str) -> None:
        for _ in range(self._random.choice((0, 1, 3))):
            await asyncio.sleep(self._random.uniform(0.0, 90.0))
            path, chance = f"/v1/{order.kind}s/{movement}", self._random.random()
            if chance < 0.5:
                await self._send("GET", path)
            elif chance < 0.9:
                await self._send("POST", f"{path}/recheck")
            elif order.kind != "transfer":
                await self._send("POST", f"{path}/cancel")

    async def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, key: str = ""
    ) -> HttpResponse | None:
        headers = [("Authorization", f"Bearer {SECRET}"), ("Content-Type", "application/json")]
        if key:
            headers.append(("Idempotency-Key", key))
        content = b"" if body is None else json.dumps(body).encode()
        request = HttpRequest(method, SWITCH + path, tuple(headers), content, PATIENCE_SECONDS)
        try:
            return await self._outbound.send(request)
        except NoAnswer:
            return None


class Person:
    """Whoever holds the phones whose number ends in 00: approves, refuses, or lets it ring."""

    def __init__(self, operators: Outbound, random: Random) -> None:
        self._operators = operators
        self._random = random
        self.answered: Counter[str] = Counter()

    async def hold(self, wallet: str, *, from_seconds: float) -> None:
        """Look at the phone from time to time and answer what it asks."""
        await asyncio.sleep(from_seconds)
        for _ in range(self._random.randint(0, 12)):
            await asyncio.sleep(self._random.uniform(1.0, 20.0))
            path = f"http://operators/control/handsets/{wallet}"
            answer = await self._operators.send(HttpRequest("GET", path))
            for prompt in json.loads(answer.body)["prompts"]:
                await self._answer(path, prompt["id"])

    async def _answer(self, path: str, prompt: str) -> None:
        action = self._random.choice(("approve", "approve", "refuse", "mistype"))
        body = {"action": "refuse"}
        if action != "refuse":
            body = {"action": "approve", "pin": "1234" if action == "approve" else "9999"}
        request = HttpRequest("POST", f"{path}/prompts/{prompt}", (), json.dumps(body).encode())
        await self._operators.send(request)
        self.answered[action] += 1


class _Wallets:
    """Numbers of every story; now and then one that is already in use."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._given: dict[str, list[str]] = {operator: [] for operator in PREFIXES}

    def at(self, operator: str) -> str:
        given = self._given[operator]
        if given and self._random.random() < 0.1:
            return self._random.choice(given)
        suffix = self._random.choice(SUFFIXES) if self._random.random() < 0.8 else "01"
        number = f"{PREFIXES[operator]}{self._random.randrange(10_000):04}{suffix}"
        given.append(number)
        return number


def _order(random: Random, wallets: _Wallets, number: int) -> Order:
    kind = random.choice(("transfer", "transfer", "collection", "payout"))
    source, destination = random.sample(list(PREFIXES), 2)
    if random.random() < 0.15:
        destination = source
    amount = random.randint(100, 5_000)
    body: dict[str, Any] = {"amount": amount, "currency": "XOF", "reference": f"CMD-{number}"}
    places = (source, destination) if kind == "transfer" else (source,)
    numbers = tuple(wallets.at(place) for place in places)
    if kind == "transfer":
        body["source"] = {"operator": source, "msisdn": numbers[0]}
        body["destination"] = {"operator": destination, "msisdn": numbers[1]}
    else:
        body |= {"operator": source, "msisdn": numbers[0]}
    return Order(
        kind=kind,
        body=body,
        key=f"key-{number}",
        at_seconds=random.uniform(0.0, 60.0),
        copies=random.choice((1, 1, 1, 2, 5)),
        tries=random.choice((1, TRIES_MAX)),
        quotes_first=kind == "transfer" and random.random() < 0.3,
        changes_body=random.random() < 0.1,
        wallets=numbers,
    )


def _perhaps_abroad(random: Random, order: Order) -> Order:
    """The same order, or one whose money ends at D-Money, in Djibouti francs."""
    if order.kind == "collection" or random.random() < 0.4:
        return order
    wallet = f"25377{random.randrange(10_000):04}{random.choice(SUFFIXES)}"
    place = {"operator": ABROAD, "msisdn": wallet}
    body = {**order.body, "amount": random.randint(40, 1_500), "currency": "DJF"}
    if order.kind == "transfer":
        return replace(
            order, body={**body, "destination": place}, wallets=(order.wallets[0], wallet)
        )
    return replace(order, body={**body, **place}, wallets=(wallet,))
