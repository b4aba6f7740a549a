"""The invariants that hold at every moment, checked at each event (money-safety.md section 2)."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from cross.outbound import HttpRequest, HttpResponse
from cross.simulation.app import Simulators
from cross.simulation.journal import Movement
from tests.simulation.asked import Asked, about, serial_of
from tests.simulation.books import Books, LegSeen, MovementSeen, Snapshot
from tests.simulation.tape import Tape

TOKEN_REFUSED: Final = (b"900901", b'"status":"99"', b'"code":"403"', b'"code":"1001"')
NOT_FOUND: Final = (b'"total":0,', b"TRANSACTION NOT FOUND", b"DOES NOT EXIST", b'"1004"')
"""How operators say that they know no such request."""

NOT_FOUND_TWICE: Final = 2


@dataclass
class Sent:
    """A reference that may be at the operator: how often that was denied since."""

    before: "Sent | None"
    not_found: int = 0


class Watch:
    """Looks at every commit, every request that reaches an operator, and every effect there."""

    def __init__(
        self, books: Books, simulators: Simulators, tape: Tape, stop: Callable[[], None]
    ) -> None:
        self.books = books
        self._simulators = simulators
        self._tape = tape
        self._stop = stop
        self._final: dict[str, MovementSeen] = {}
        self._versions: dict[str, int] = {}
        self._net: Counter[str] = Counter()
        self._funded = {
            name: books.snapshot().balances[f"float:{name}"] for name in simulators.desks
        }
        self._sent: dict[str, Sent] = {}
        self._arrivals: Counter[str] = Counter()
        self._in_vain: dict[int, HttpRequest] = {}  # queries of what was not there when they came
        self._belated: dict[str, None] = {}
        self._made: dict[str, int] = {}
        self.violations: list[str] = []

    def broken(self, invariant: str, detail: str) -> None:
        """A violation: kept, shown on the tape, and the end of the run."""
        self._tape.note("VIOLATION", f"{invariant} {detail}")
        self.violations.append(f"{invariant} {detail}")
        self._stop()

    def after_commit(self) -> None:
        """I-03, I-09, I-16, I-20: what every commit must leave behind."""
        now = self.books.snapshot()
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
        self._made[made.reference] = sign * made.amount
        self._tape.note("effect", f"{made.operator} {made.kind} {made.reference} {made.amount}")
        now = self.books.snapshot()
        if made.reference not in now.legs:
            self.broken("I-12", f"{made.reference} moved money and is not in the books")
        self._floats_follow(now)

    def sent(self, _: str, request: HttpRequest) -> None:
        """I-13: its intent is durable. I-23, I-24: it is sent again after *not found* twice."""
        asked = about(request)
        if asked is None or not asked.is_effect or asked.is_question:
            return
        reference = asked.reference
        leg = self.books.snapshot().legs.get(reference)
        if leg is not None and leg.status == "planned":
            self.broken("I-13", f"{reference} was sent to {asked.operator} before its intent")
        before = self._sent.get(reference)
        if before is not None and before.not_found < NOT_FOUND_TWICE:
            self.broken("I-24", f"{reference} was sent again, its fate unknown")
        self._sent[reference] = Sent(before)

    def not_sent(self, request: HttpRequest) -> None:
        """The connection was never opened: that sending did not happen."""
        asked = about(request)
        if asked is not None and asked.is_effect:
            self._take_back(asked.reference)

    def answered(self, host: str, request: HttpRequest, response: HttpResponse) -> None:
        """I-15; and takes note of what makes a second sending right: *not found*, or no token."""
        if host == "switch" and "/callbacks/" in request.url:
            stored = self.books.has_callback(request.body)
            if response.status < HTTPStatus.MULTIPLE_CHOICES and not stored:
                self.broken("I-15", f"a callback was answered and is not stored: {request.body!r}")
            return
        asked = about(request)
        if asked is None:
            return
        if asked.is_effect:
            if any(sign in response.body for sign in TOKEN_REFUSED):
                self._take_back(asked.reference)
        elif asked.reference in self._sent and self._was_denied(asked, request, response):
            self._sent[asked.reference].not_found += 1

    def held(self, request: HttpRequest) -> None:
        """The network keeps a request beyond every window: it may be executed late (F-N03)."""
        asked = about(request)
        if asked is not None and asked.is_effect:
            self._belated[asked.reference] = None

    def arrived(self, _: str, request: HttpRequest) -> None:
        """I-05, I-06, I-12: what must be durable when a request reaches an operator."""
        asked = about(request)
        if asked is None or not asked.is_effect:
            if asked is not None and self._is_unknown_to(asked):
                self._in_vain[id(request)] = request
            return
        self._arrivals[asked.reference] += 1
        if self._arrivals[asked.reference] > 1 and self._is_unknown_to(asked):
            self._belated[asked.reference] = None
        now = self.books.snapshot()
        leg = now.legs.get(asked.reference)
        if leg is None:
            self.broken("I-12", f"{asked.reference} reached {asked.operator}, no intent is stored")
        elif leg.status == "planned" and not leg.is_to_be_sent_again:
            self.broken("I-13", f"{asked.reference} reached {asked.operator} before its intent")
        elif leg.kind == "credit":
            self._is_paid_for(now, leg)
        elif leg.kind == "refund":
            self._may_be_given_back(now, leg)

    def late(self, now: Snapshot) -> dict[str, int]:
        """Effects of a request held too long, or of a copy of a refused one, by reference (F-N14).

        Only these may succeed at the operator and be failed in the books; debits are positive.
        """
        return {
            reference: self._made[reference]
            for reference in self._belated
            if reference in self._made and now.legs[reference].status == "failed"
        }

    def was_belated(self, told: str) -> bool:
        """Whether a movement that is told of was paid late, by a request held beyond every window.

        Its money may have been given back by then: a loss, and a stop (F-N03, F-O05).
        """
        late = (one for one in self._belated if one in self._made and one.endswith("C"))
        return any(serial_of(reference) in told for reference in late)

    def _take_back(self, reference: str) -> None:
        sent = self._sent.pop(reference, None)
        if sent is not None and sent.before is not None:
            self._sent[reference] = sent.before

    def _was_denied(self, asked: Asked, request: HttpRequest, response: HttpResponse) -> bool:
        """Whether an operator said truly that it was not there; it may have come since (F-N03)."""
        was_so = id(request) in self._in_vain and any(sign in response.body for sign in NOT_FOUND)
        return was_so or self._is_unknown_to(asked)

    def _is_unknown_to(self, asked: Asked) -> bool:
        return self._simulators.desks[asked.operator].cashier.find(asked.reference) is None

    def _is_paid_for(self, now: Snapshot, credit: LegSeen) -> None:
        if now.movements[credit.movement].kind != "transfer":
            return
        debit = now.leg(credit.movement, "debit")
        if debit is None or debit.status != "succeeded":
            self.broken("I-05", f"{credit.reference} reached {credit.operator}, debit {debit}")

    def _may_be_given_back(self, now: Snapshot, refund: LegSeen) -> None:
        if now.movements[refund.movement].kind == "refund":
            self._was_collected(now, refund)
            return
        debit, credit = now.leg(refund.movement, "debit"), now.leg(refund.movement, "credit")
        taken = debit is not None and debit.status == "succeeded"
        closed = credit is not None and credit.status == "failed"
        if not (taken and closed):
            self.broken("I-06", f"{refund.reference}: debit {debit}, credit {credit}")

    def _was_collected(self, now: Snapshot, refund: LegSeen) -> None:
        """I-06 of a refund: what it gives back was collected, with all others of the same."""
        collection = now.movements[refund.movement].original
        debit = now.leg(collection, "debit")
        given = sum(
            leg.amount
            for leg in now.legs.values()
            if leg.kind == "refund"
            and leg.status != "failed"
            and now.movements[leg.movement].original == collection
        )
        if debit is None or debit.status != "succeeded" or given > debit.amount:
            self.broken("I-06", f"{refund.reference}: {given} given back of {debit}")

    def _floats_follow(self, now: Snapshot) -> None:
        late = self.late(now)
        for operator, funded in self._funded.items():
            booked = now.balances[f"float:{operator}"] - funded
            under_way = sum(
                leg.amount
                for leg in now.legs.values()
                if leg.operator == operator
                and (leg.is_open or leg.is_to_be_sent_again or leg.reference in late)
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
