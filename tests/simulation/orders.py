"""What merchants want in one seed: movements and batches, all within its first minute."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

from tests.simulation.swarm import ABROAD

PREFIXES: Final[Mapping[str, str]] = {"tmoney": "22890", "flooz": "22896"}
SUFFIXES: Final = tuple(f"{number:02}" for number in range(21))
TRIES_MAX: Final = 6


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
    page_phone: str | None = None
    """With what number its payer pays on the operator's page, where it has one."""


def orders_of(
    random: Random, abroad: Random | None = None, *, counts: tuple[int, int] = (8, 20)
) -> list[Order]:
    """The movements of one merchant; with `abroad`, some to Djibouti."""
    wallets = Wallets(random)
    orders = [_order(random, wallets, number) for number in range(random.randint(*counts))]
    return orders if abroad is None else [_perhaps_abroad(abroad, order) for order in orders]


def pages_of(random: Random, count: int) -> list[Order]:
    """Collections whose payers pay on D-Money's own page."""
    return [_page(random, number) for number in range(count)]


def batches_of(random: Random, count: int) -> list[Order]:
    """Batches of payouts; some lines are there twice, some cannot be paid."""
    wallets = Wallets(random)
    return [_batch(random, wallets, number) for number in range(count)]


class Wallets:
    """Numbers of every story; now and then one that is already in use."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._given: dict[str, list[str]] = {operator: [] for operator in PREFIXES}

    def at(self, operator: str) -> str:
        """One at that operator."""
        given = self._given[operator]
        if given and self._random.random() < 0.1:
            return self._random.choice(given)
        suffix = self._random.choice(SUFFIXES) if self._random.random() < 0.8 else "01"
        number = f"{PREFIXES[operator]}{self._random.randrange(10_000):04}{suffix}"
        given.append(number)
        return number


def _order(random: Random, wallets: Wallets, number: int) -> Order:
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


def _page(random: Random, number: int) -> Order:
    phone = f"77{random.randrange(10_000):04}{random.choice(SUFFIXES)}"
    body = {"operator": ABROAD, "amount": random.randint(40, 1_500), "currency": "DJF"}
    return Order(
        kind="collection",
        body={**body, "reference": f"PAGE-{number}"},
        key=f"page-{number}",
        at_seconds=random.uniform(0.0, 60.0),
        copies=1,
        tries=TRIES_MAX,
        quotes_first=False,
        changes_body=False,
        wallets=(f"253{phone}",),
        page_phone=phone,
    )


def _batch(random: Random, wallets: Wallets, number: int) -> Order:
    lines = list[dict[str, Any]]()
    for _ in range(random.randint(2, 8)):
        operator = random.choice(list(PREFIXES))
        line = {
            "operator": operator,
            "msisdn": wallets.at(operator),
            "amount": random.randint(100, 3_000),
            "currency": "XOF",
        }
        lines += [line] * random.choice((1, 1, 1, 2))
    return Order(
        kind="batch",
        body={"lines": lines},
        key=f"batch-{number}",
        at_seconds=random.uniform(0.0, 60.0),
        copies=random.choice((1, 1, 2, 4)),
        tries=TRIES_MAX,
        quotes_first=False,
        changes_body=random.random() < 0.1,
        wallets=(),
    )
