"""What merchants do while the switch dies under them: ask, and ask again with the same key."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from cross.outbound import HttpRequest, HttpResponse, NoAnswer, Outbound
from tests.crash.programs import SECRET

NUMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "tmoney": ("90", "91", "92", "93"),
    "flooz": ("96", "97", "98", "99"),
}
# sandbox.md section 3: suffixes and how often each is met; 21 has no story and succeeds
PAYERS: Final[Mapping[str, int]] = {
    "21": 10,
    "02": 1,
    "03": 1,
    "06": 1,
    "07": 2,
    "09": 2,
    "10": 1,
    "12": 1,
    "13": 2,
    "16": 2,
    "17": 1,
}
PAYEES: Final[Mapping[str, int]] = {"21": 10, "05": 1, "10": 1, "14": 3, "17": 1, "18": 3}
KINDS: Final[Mapping[str, int]] = {"transfer": 8, "collection": 1, "payout": 1}
PATIENCE_SECONDS: Final = 5.0
ANSWERED_WITHIN_SECONDS: Final = 60.0
UNDER_WAY_MAX: Final = 100
ACCEPTED: Final = 202
COME_BACK: Final = (409, 429, 503)


@dataclass(frozen=True, slots=True)
class Order:
    """One movement that a merchant wants."""

    kind: str
    body: Mapping[str, Any]
    key: str
    is_repeated: bool = False


class Orders:
    """Makes orders, the same from the same seed; no phone is in two of them."""

    def __init__(
        self,
        random: Random,
        *,
        payers: Mapping[str, int] = PAYERS,
        payees: Mapping[str, int] = PAYEES,
    ) -> None:
        self._random = random
        self._payers = payers
        self._payees = payees
        self._number = 0

    def next(self) -> Order:
        """Another order, of any kind and story."""
        [kind] = self._random.choices(list(KINDS), list(KINDS.values()))
        source, destination = self._random.sample(list(NUMBERS), 2)
        return self.of(
            kind, source, self._suffix(self._payers), destination, self._suffix(self._payees)
        )

    def of(self, kind: str, source: str, payer: str, destination: str, payee: str) -> Order:
        """Another order of a given kind and story."""
        self._number += 1
        number = self._number
        body: dict[str, Any] = {
            "amount": self._random.randint(100, 5_000),
            "currency": "XOF",
            "reference": f"C-{number}",
        }
        if kind == "transfer":
            body["source"] = {"operator": source, "msisdn": phone(source, number, payer)}
            payee_phone = phone(destination, number, payee)
            body["destination"] = {"operator": destination, "msisdn": payee_phone}
        elif kind == "collection":
            body |= {"operator": source, "msisdn": phone(source, number, payer)}
        else:
            body |= {"operator": destination, "msisdn": phone(destination, number, payee)}
        return Order(kind, body, f"crash-{number}", is_repeated=self._random.random() < 0.2)

    def _suffix(self, stories: Mapping[str, int]) -> str:
        [suffix] = self._random.choices(list(stories), list(stories.values()))
        return suffix


def phone(operator: str, number: int, suffix: str) -> str:
    """An invented number whose last two digits tell its story."""
    prefixes = NUMBERS[operator]
    block, rest = divmod(number, 10_000)
    return f"+228{prefixes[block % len(prefixes)]}{rest:04}{suffix}"


class Merchant:
    """Asks over HTTP until it is answered, wherever the switch may be reached."""

    def __init__(self, outbound: Outbound, urls: Sequence[str], random: Random) -> None:
        self._outbound = outbound
        self._urls = urls
        self._random = random
        self.asked: dict[str, Order] = {}
        self.accepted: dict[str, str] = {}
        self.violations: list[str] = []
        self.unanswered = 0

    async def place_many(self, wanted: Orders, *, a_second: float, until: asyncio.Event) -> None:
        """So many orders a second until the event; returns when all of them are answered."""
        async with asyncio.TaskGroup() as placing:
            while not until.is_set():
                if self.unanswered < UNDER_WAY_MAX:
                    placing.create_task(self.place(wanted.next()))
                await asyncio.sleep(self._random.expovariate(a_second))

    async def place(self, order: Order) -> str:
        """Asks until the order is accepted; now and then once more, later. Gives its id."""
        self.asked[order.key] = order
        self.unanswered += 1
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_SECONDS):
                found = await self._until_accepted(order)
        except TimeoutError:
            return ""  # told at the end: it was asked for and never accepted
        finally:
            self.unanswered -= 1
        if order.is_repeated:
            await asyncio.sleep(self._random.uniform(0.0, 1.0))
            await self._until_accepted(order)
        return found

    async def _until_accepted(self, order: Order) -> str:
        while True:
            answer = await self._ask(order)
            if answer is not None and answer.status == ACCEPTED:
                return self._take(order, json.loads(answer.body))
            if answer is not None and answer.status not in COME_BACK:
                self.violations.append(f"I-31 {answer.status} to {order.key}: {answer.body!r}")
                return ""
            await asyncio.sleep(self._random.uniform(0.02, 0.25))

    def _take(self, order: Order, content: Mapping[str, Any]) -> str:
        found = str(content["id"])
        first = self.accepted.setdefault(order.key, found)
        if first != found:
            self.violations.append(f"I-27 {order.key} opened {first} and {found}")
        return found

    async def _ask(self, order: Order) -> HttpResponse | None:
        headers = (
            ("Authorization", f"Bearer {SECRET}"),
            ("Content-Type", "application/json"),
            ("Idempotency-Key", order.key),
        )
        url = f"{self._random.choice(self._urls)}/v1/{order.kind}s"
        body = json.dumps(order.body).encode()
        try:
            return await self._outbound.send(
                HttpRequest("POST", url, headers, body, PATIENCE_SECONDS)
            )
        except NoAnswer:
            return None
