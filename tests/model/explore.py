"""Every situation that can be reached within the bounds, each held to the laws.

python -m tests.model.explore            the wide bounds, as `make model` runs them
"""

import sys
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from cross.domain import payout, refund, transfer
from cross.domain.changed import changed
from cross.domain.leg import LegStatus
from cross.domain.movement import Movement, MovementKind
from cross.domain.steps import TRANSITIONS, is_final
from tests.domain.movements import NOON, accepted
from tests.domain.movements import after as seconds_after
from tests.model.laws import broken
from tests.model.moves import Move, moves
from tests.model.situation import (
    APPROVE_TICKS,
    KINDS,
    Balances,
    Bounds,
    Effect,
    Flight,
    Situation,
    first_legs,
    key_of,
    settled,
)

WIDE: Final = (
    Bounds(3, 4),
    Bounds(3, 4, refuses_repeats=False),
    Bounds(2, 3, lies=True),
    Bounds(2, 3, refuses_repeats=False, lies=True),
)
_OPENING: Final = {
    MovementKind.TRANSFER: transfer.opening_entry,
    MovementKind.PAYOUT: payout.opening_entry,
    MovementKind.REFUND: refund.opening_entry,
}


class Violation(AssertionError):
    """A law that does not hold, and the shortest way to where it does not."""


@dataclass(slots=True)
class Found:
    """What an exploration has seen."""

    situations: int = 0
    events: int = 0
    seconds: float = 0.0
    edges: Counter[tuple[str, str]] = field(default_factory=Counter)
    ends: dict[tuple[object, ...], set[tuple[str, Balances]]] = field(default_factory=dict)
    without_an_end: int = 0

    def __str__(self) -> str:
        rate = self.situations / self.seconds if self.seconds else 0
        return (
            f"{self.situations} situations, {self.events} events, "
            f"{self.seconds:.1f} s, {rate:.0f} situations a second"
        )


def start_of(kind: MovementKind) -> Situation:
    """The movement is durable, its first request on the way, its reservation booked."""
    movement = changed(accepted(kind), approve_by=seconds_after(APPROVE_TICKS))
    opening = _OPENING.get(kind)
    booked: dict[str, int] = {}
    for account, amount in () if opening is None else opening(movement).signed:
        booked[account.name] = booked.get(account.name, 0) + amount
    first = first_legs(kind)
    return Situation(
        stored=movement,
        memory=movement,
        awaited=first,
        flights=tuple(Flight(leg) for leg in first),
        answers=(),
        query=None,
        truth=(Effect(), Effect(), Effect()),
        booked=tuple(sorted(booked.items())),
        causes=(),
        now=NOON,
    )


def explore(kind: MovementKind, bounds: Bounds) -> Found:
    """Walks everything within the bounds, breadth first; raises `Violation`."""
    started = perf_counter()
    found, graph = Found(), _Graph(start_of(kind))
    waiting = deque([(0, start_of(kind))])
    while waiting:
        here, one = waiting.popleft()
        _judge(graph, here, one, bounds, found)
        for move in moves(one, bounds):
            found.events += 1
            _hold_the_step(graph, here, one, move, found)
            after = settled(move.after, bounds)
            there = graph.add(here, Move(move.name, after))
            if there is not None:
                waiting.append((there, after))
    found.situations = len(graph.numbers)
    found.without_an_end = graph.without_an_end()
    found.seconds = perf_counter() - started
    return found


class _Graph:
    """The situations met, by number; by which event each was first met, and what leads where."""

    def __init__(self, start: Situation) -> None:
        self.numbers = {key_of(start): 0}
        self._first: list[tuple[int, str]] = [(-1, "")]
        self._back: list[list[int]] = [[]]
        self._ends: list[int] = []

    def add(self, here: int, move: Move) -> int | None:
        """Notes that an event leads there; its number where nobody had been there."""
        key = key_of(move.after)
        there = self.numbers.get(key)
        if there is not None:
            if there != here:
                self._back[there].append(here)
            return None
        there = self.numbers[key] = len(self.numbers)
        self._first.append((here, move.name))
        self._back.append([here])
        stored = move.after.stored
        if is_final(stored) or stored.attention is not None:
            self._ends.append(there)
        return there

    def way_to(self, number: int) -> list[str]:
        """The events that lead there, from the first."""
        names: list[str] = []
        while number > 0:
            number, name = self._first[number]
            names.append(name)
        return names[::-1]

    def without_an_end(self) -> int:
        """From how many situations neither an end nor an owner can be reached any more (I-19)."""
        reached, waiting = set(self._ends), list(self._ends)
        while waiting:
            for before in self._back[waiting.pop()]:
                if before not in reached:
                    reached.add(before)
                    waiting.append(before)
        return len(self.numbers) - len(reached)


def _judge(graph: _Graph, here: int, one: Situation, bounds: Bounds, found: Found) -> None:
    for law in broken(one, bounds):
        raise Violation(f"{law}\n  after: {', '.join(graph.way_to(here))}")
    if is_final(one.stored) and not one.flights:
        found.ends.setdefault(effects_of(one), set()).add((one.stored.state, one.booked))


def effects_of(one: Situation) -> tuple[object, ...]:
    """What the operators did, and what people decided: all that an end may depend on (I-22)."""
    canceled = one.stored.state == "canceled"
    refused = tuple(
        leg.kind for leg in one.stored.legs if leg.status is LegStatus.FAILED and leg.failure
    )
    return (tuple(one.effect(kind).times for kind in KINDS), canceled, refused)


def _hold_the_step(graph: _Graph, here: int, one: Situation, move: Move, found: Found) -> None:
    before, now = one.stored, move.after.stored
    if before is now or before.state == now.state:
        _hold_the_names(before, now)
        return
    found.edges[(before.state, now.state)] += 1
    if now.state not in TRANSITIONS[before.kind][before.state]:
        way = ", ".join((*graph.way_to(here), move.name))
        raise Violation(f"I-19: {before.state} to {now.state}\n  after: {way}")
    _hold_the_names(before, now)


def _hold_the_names(before: Movement, now: Movement) -> None:
    """I-24, I-04: a leg's reference, money and wallet are its own for ever."""
    for old in before.legs:
        new = now.leg(old.kind)
        assert (new.reference, new.money, new.msisdn) == (old.reference, old.money, old.msisdn)


def _wide() -> Iterator[tuple[MovementKind, Bounds]]:
    """The kinds with one leg first: a transfer has twenty times as many situations."""
    for kind in sorted(MovementKind, key=lambda kind: kind is MovementKind.TRANSFER):
        for bounds in sorted(WIDE):
            yield kind, bounds


def main() -> None:
    """Explores the wide bounds and prints what was seen."""
    total = Found()
    for kind, bounds in _wide():
        found = explore(kind, bounds)
        total.situations += found.situations
        total.events += found.events
        total.seconds += found.seconds
        sys.stdout.write(f"{kind:<10} {bounds}: {found}\n")
        sys.stdout.flush()
        assert not found.without_an_end
    sys.stdout.write(f"in all: {total}; violations: 0\n")


if __name__ == "__main__":
    main()
