"""The safety stops that are in force, as this process knows them: asked on every movement's way."""

from collections.abc import Iterator, Sequence

from cross.domain.leg import Leg, LegKind
from cross.domain.movement import Movement, MovementKind
from cross.domain.stop import EVERYWHERE, OperatorStopped, Stop, opens_risk_at


class StandingStops:
    """What is stopped, in memory. `unsaved`: placed here, and not in the books yet.

    `overridden`: operator, cause and finding of what people lifted over its monitor.
    """

    def __init__(self) -> None:
        self._in_force: dict[str, list[Stop]] = {}
        self.unsaved: list[Stop] = []
        self.overridden: dict[tuple[str, str, str], None] = {}

    def __iter__(self) -> Iterator[Stop]:
        return (stop for stops in self._in_force.values() for stop in stops)

    def know(self, stops: Sequence[Stop]) -> None:
        """These are in force, and what could not be saved yet."""
        found: dict[str, list[Stop]] = {}
        for stop in (*stops, *self.unsaved):
            found.setdefault(stop.operator, []).append(stop)
        self._in_force = found

    def put(self, stop: Stop) -> None:
        """One more is in force from now on, whatever becomes of it in the books."""
        self.unsaved.append(stop)
        self._in_force.setdefault(stop.operator, []).append(stop)

    def at(self, operator: str) -> Stop | None:
        """A stop that is in force at an operator, its own or everybody's."""
        if not self._in_force:
            return None
        found = self._in_force.get(operator) or self._in_force.get(EVERYWHERE)
        return found[0] if found else None

    def by(self, operator: str, cause: str) -> Stop | None:
        """The stop of one cause at one operator, or at all of them."""
        return next((s for s in self._in_force.get(operator, ()) if s.cause == cause), None)

    def require_none(self, movement: Movement) -> None:
        """Raises `OperatorStopped` where a movement would ask for money, or pay it, at one."""
        if not self._in_force:
            return
        for operator in opens_risk_at(movement):
            if self.at(operator) is not None:
                raise OperatorStopped(operator=operator)

    def hold(self, movement: Movement, leg: Leg) -> bool:
        """Whether a leg that was accepted and not sent waits: nothing of it leaves.

        A debit waits for the stops of all the movement's operators, a payout for its own; what is
        owed to a recipient who was paid for waits only where the float itself is in doubt; what is
        given back waits for nothing.
        """
        if not self._in_force or leg.kind is LegKind.REFUND:
            return False
        if leg.kind is LegKind.DEBIT:
            return any(self.at(operator) is not None for operator in opens_risk_at(movement))
        if movement.kind is MovementKind.PAYOUT:
            return self.at(leg.operator) is not None
        everywhere = self._in_force.get(EVERYWHERE, ())
        return any(s.holds_credits for s in (*self._in_force.get(leg.operator, ()), *everywhere))
