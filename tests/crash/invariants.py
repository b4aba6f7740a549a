"""What must hold while the switch dies and lives, and at the end (money-safety.md section 2).

Journals and books are two places and cannot be read at one moment. So the journal is read, then
the books in one statement, then the journal again: at the moment of the statement the operators
had made all of the first reading, and some first part of what the second one adds.
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from tests.crash.books import FloatSeen, LegSeen
from tests.crash.programs import FLOAT
from tests.crash.stage import OPERATORS, Stage

PAGE: Final = 500
UNSENT: Final = ("planned", "failed")
"""What a leg cannot be whose money has moved."""


class Made(NamedTuple):
    """One movement of money at an operator."""

    operator: str
    kind: str
    reference: str
    msisdn: str
    amount: int
    currency: str

    @property
    def change(self) -> int:
        """What it did to our float."""
        return self.amount if self.kind == "debit" else -self.amount


class Distance(NamedTuple):
    """How far an operator's movements and our ledger were apart, and how far they might be."""

    apart: int
    open: int


class Watch:
    """Looks at operators and books, as often as it is asked to."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._looking = asyncio.Lock()
        self.made: list[Made] = []
        self._nets = {operator: [0] for operator in OPERATORS}
        self.violations: list[str] = []
        self.looks = 0
        self.worst = Distance(0, 0)
        self.tightest = Distance(0, 1)

    async def look_at_floats(self) -> None:
        """I-03: at every instant, |operator's net - ledger float| <= sum of open legs."""
        async with self._looking:
            before = await self._read_journal()
            floats = self._stage.books.floats()
            after = await self._read_journal()
        self.looks += 1
        for operator in OPERATORS:
            self._compare(operator, floats[operator], before, after)

    async def look_at_legs(self) -> None:
        """I-03 leg by leg, I-04, I-05, I-06, I-12: what each movement of money presupposes."""
        async with self._looking:
            before = await self._read_journal()
            legs = self._stage.books.legs()
            await self._read_journal()
        by_movement = {(leg.movement, leg.kind): leg for leg in legs.values()}
        for made in self.made[:before]:
            leg = legs.get(made.reference)
            if leg is None:
                self._broken("I-12", f"{made} is not in the books")
            else:
                self.violations.extend(_wrong_with(made, leg, by_movement))
        moved = {made.reference for made in self.made}
        for leg in legs.values():
            if leg.status == "succeeded" and leg.reference not in moved:
                self._broken("I-03", f"{leg} is booked and did not happen")

    async def _read_journal(self) -> int:
        while True:
            path = f"/control/journal?since={len(self.made)}&limit={PAGE}"
            found = (await self._stage.control.get(path))["data"]
            for movement in found:
                self._take(Made(*(movement[name] for name in Made._fields)))
            if len(found) < PAGE:
                return len(self.made)

    def _take(self, made: Made) -> None:
        self.made.append(made)
        for operator, nets in self._nets.items():
            nets.append(nets[-1] + (made.change if made.operator == operator else 0))

    def _compare(self, operator: str, seen: FloatSeen, before: int, after: int) -> None:
        possible = self._nets[operator][before : after + 1]
        apart = min(abs(FLOAT + net - seen.booked) for net in possible)
        distance = Distance(apart, seen.open)
        if apart > seen.open:
            self._broken("I-03", f"{operator}: {distance}")
        self.worst = max(self.worst, distance)
        if seen.open and apart * self.tightest.open > self.tightest.apart * seen.open:
            self.tightest = distance

    def _broken(self, invariant: str, detail: str) -> None:
        self.violations.append(f"{invariant} {detail}")


def _wrong_with(made: Made, leg: LegSeen, legs: Mapping[tuple[str, str], LegSeen]) -> Iterator[str]:
    asked = (leg.operator, leg.msisdn.removeprefix("+"), leg.amount, leg.currency)
    if (made.operator, made.msisdn, made.amount, made.currency) != asked:
        yield f"I-04 {made} is not {leg}"
    if leg.status in UNSENT:
        yield f"I-03 {made} happened, and {leg}"
    if leg.movement_kind != "transfer" or leg.kind == "debit":
        return
    debit, credit = legs[leg.movement, "debit"], legs[leg.movement, "credit"]
    if debit.status != "succeeded":
        yield f"I-05 {made} happened, and {debit}"
    if leg.kind == "refund" and credit.status != "failed":
        yield f"I-06 {made} happened, and {credit}"
