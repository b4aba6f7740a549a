"""The invariants that hold at every moment, checked at each event (money-safety.md section 2)."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from cross.outbound import HttpRequest, HttpResponse
from cross.simulation.app import Simulators
from cross.simulation.journal import Movement
from tests.simulation.books import Books, LegSeen, MovementSeen, Snapshot
from tests.simulation.tape import Tape

REFERENCE: Final = re.compile(r"CRX[0-9A-Z]{26}[DCR]")
TOKEN_REFUSED: Final = (b'"900901"', b"900901", b'"status":"99"', b'"code":"403"')
NOT_FOUND_TWICE: Final = 2


class Asked(NamedTuple):
    """What a request to an operator is about."""

    operator: str
    reference: str
    is_effect: bool


def about(request: HttpRequest) -> Asked | None:
    """The leg that a request speaks of, and whether it may move money."""
    url = urlsplit(request.url)
    if url.netloc != "operators":
        return None
    found = REFERENCE.search(url.query) or REFERENCE.search(request.body.decode("latin-1"))
    if found is None:
        return None
    operator = url.path.split("/")[1]
    is_effect = request.method == "POST" and not url.path.lower().endswith("verify")
    return Asked(operator, found.group(), is_effect)


class Watch:
    """Looks at every commit, every request that reaches an operator, and every effect there."""

    def __init__(
        self, books: Books, simulators: Simulators, tape: Tape, stop: Callable[[], None]
    ) -> None:
        self._books = books
        self._simulators = simulators
        self._tape = tape
        self._stop = stop
        self._final: dict[str, MovementSeen] = {}
        self._versions: dict[str, int] = {}
        self._net: Counter[str] = Counter()
        self._funded = {
            name: books.snapshot().balances[f"float:{name}"] for name in simulators.desks
        }
        self._left: Counter[str] = Counter()
        self._missing: Counter[str] = Counter()
        self.violations: list[str] = []

    def broken(self, invariant: str, detail: str) -> None:
        """A violation: kept, shown on the tape, and the end of the run."""
        self._tape.note("VIOLATION", f"{invariant} {detail}")
        self.violations.append(f"{invariant} {detail}")
        self._stop()

    def after_commit(self) -> None:
        """I-03, I-09, I-16, I-20: what every commit must leave behind."""
        now = self._books.snapshot()
        self._tape.note("commit", _told(now))
        self._floats_follow(now)
        self._floats_cover(now)
        for movement in now.movements.values():
            self._steps_by_one(movement)
            self._stays_final(movement)

    def after_effect(self, made: Movement) -> None:
        """I-03, I-12: money has just moved at an operator."""
        sign = 1 if made.kind == "debit" else -1
        self._net[made.operator] += sign * made.amount
        self._tape.note("effect", f"{made.operator} {made.kind} {made.reference} {made.amount}")
        now = self._books.snapshot()
        if made.reference not in now.legs:
            self.broken("I-12", f"{made.reference} moved money and is not in the books")
        self._floats_follow(now)

    def sent(self, _: str, request: HttpRequest) -> None:
        """I-23, I-24: a reference is sent again only after *not found* twice."""
        asked = about(request)
        if asked is None or not asked.is_effect:
            return
        reference = asked.reference
        if self._left[reference] and self._missing[reference] < NOT_FOUND_TWICE:
            self.broken("I-24", f"{reference} was sent again, its fate unknown")
        self._left[reference] += 1
        self._missing[reference] = 0

    def not_sent(self, request: HttpRequest) -> None:
        """The connection was never opened: that sending did not happen."""
        asked = about(request)
        if asked is not None and asked.is_effect:
            self._left[asked.reference] -= 1

    def answered(self, _: str, request: HttpRequest, response: HttpResponse) -> None:
        """Takes note of what makes a second sending right: a refused token, *not found*."""
        asked = about(request)
        if asked is None:
            return
        if asked.is_effect:
            if any(sign in response.body for sign in TOKEN_REFUSED):
                self._left[asked.reference] -= 1
        elif self._is_unknown_to(asked):
            self._missing[asked.reference] += 1

    def arrived(self, _: str, request: HttpRequest) -> None:
        """I-05, I-06, I-12: what must be durable when a request reaches an operator."""
        asked = about(request)
        if asked is None or not asked.is_effect:
            return
        now = self._books.snapshot()
        leg = now.legs.get(asked.reference)
        if leg is None:
            self.broken("I-12", f"{asked.reference} reached {asked.operator}, no intent is stored")
        elif leg.status == "planned":
            self.broken("I-13", f"{asked.reference} reached {asked.operator} before its intent")
        elif leg.kind == "credit":
            self._is_paid_for(now, leg)
        elif leg.kind == "refund":
            self._may_be_given_back(now, leg)

    def _is_unknown_to(self, asked: Asked) -> bool:
        return self._simulators.desks[asked.operator].cashier.find(asked.reference) is None

    def _is_paid_for(self, now: Snapshot, credit: LegSeen) -> None:
        if now.movements[credit.movement].kind != "transfer":
            return
        debit = now.leg(credit.movement, "debit")
        if debit is None or debit.status != "succeeded":
            self.broken("I-05", f"{credit.reference} reached {credit.operator}, debit {debit}")

    def _may_be_given_back(self, now: Snapshot, refund: LegSeen) -> None:
        debit, credit = now.leg(refund.movement, "debit"), now.leg(refund.movement, "credit")
        taken = debit is not None and debit.status == "succeeded"
        closed = credit is not None and credit.status == "failed"
        if not (taken and closed):
            self.broken("I-06", f"{refund.reference}: debit {debit}, credit {credit}")

    def _floats_follow(self, now: Snapshot) -> None:
        for operator, funded in self._funded.items():
            booked = now.balances[f"float:{operator}"] - funded
            under_way = sum(
                leg.amount
                for leg in now.legs.values()
                if leg.operator == operator and leg.is_open
            )
            if abs(self._net[operator] - booked) > under_way:
                self.broken(
                    "I-03",
                    f"{operator} moved {self._net[operator]}, books say {booked},"
                    f" under way {under_way}",
                )

    def _floats_cover(self, now: Snapshot) -> None:
        for operator in self._funded:
            held = now.balances[f"float:{operator}"]
            promised = now.balances.get(f"reserved:{operator}", 0)
            if held - promised < 0:
                self.broken("I-09", f"{operator} holds {held} and promised {promised}")

    def _steps_by_one(self, movement: MovementSeen) -> None:
        before = self._versions.get(movement.id, movement.version if movement.version == 1 else 0)
        if movement.version not in (before, before + 1):
            self.broken("I-16", f"{movement.id} went from version {before} to {movement.version}")
        self._versions[movement.id] = movement.version

    def _stays_final(self, movement: MovementSeen) -> None:
        before = self._final.get(movement.id)
        if before is not None and before != movement:
            self.broken("I-20", f"{movement.id} was {before}, is {movement}")
        if movement.is_final:
            self._final[movement.id] = movement


def _told(now: Snapshot) -> str:
    done = sum(movement.is_final for movement in now.movements.values())
    versions = sum(movement.version for movement in now.movements.values())
    return f"{len(now.movements)} movements, {done} final, {versions} steps"
