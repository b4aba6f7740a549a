"""The same few movements again and again, so that a point means the same in every run.

A tour is a transfer, one whose credit is refused, a collection, a payout, and the refund of the
collection of the tour before; each with its callbacks and webhooks, all at one time.
"""

import asyncio
from dataclasses import replace
from random import Random
from typing import Final

from cross.outbound_http import HttpOutbound
from tests.crash.load import Merchant, Order, Orders

APPROVES: Final = "21"
CREDIT_REFUSED: Final = "14"


class Tour:
    """One merchant's orders, tour by tour; the same from the same seed."""

    def __init__(self, outbound: HttpOutbound, urls: list[str], random: Random) -> None:
        self.merchant = Merchant(outbound, urls, random)
        self._orders = Orders(random)
        self._collection: str | None = None
        self.number = 0

    async def walk(self) -> None:
        """Asks for all of a tour, and again, until all of it is accepted."""
        self.number += 1
        orders = [
            self._of("transfer", "tmoney", "flooz", APPROVES),
            self._of("transfer", "flooz", "tmoney", CREDIT_REFUSED),
            self._of("payout", "tmoney", "flooz", APPROVES),
        ]
        if self._collection is not None:
            body = {"collection": self._collection}
            orders.append(Order("refund", body, f"crash-refund-{self.number}"))
        collection = self._of("collection", "tmoney", "flooz", APPROVES)
        self._collection, *_ = await asyncio.gather(
            *(self.merchant.place(order) for order in (collection, *orders))
        )

    def _of(self, kind: str, source: str, destination: str, payee: str) -> Order:
        order = self._orders.of(kind, source, APPROVES, destination, payee)
        return replace(order, is_repeated=False)
