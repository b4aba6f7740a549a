"""Floats against operators' own figures: they differ by no more than what is under way (I-03).

Only where an operator tells what our wallet holds, and only for those that an installation names:
one that takes its fees from the float differs rightly. A difference counts when two questions in a
row find it, for while one is answered money moves.
"""

from cross.clock import monotonic_seconds
from cross.domain.accounts import float_at
from cross.domain.operator import Teller
from cross.domain.stop import FLOAT_OFF
from cross.storage import float_figures as stored
from cross.switch import stops
from cross.switch.stops import Finding
from cross.switch.switch import Switch


class Floats:
    """One process's comparison, from time to time."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._due_at = 0.0
        self._asking = False
        self._suspects: dict[str, int] = {}
        self.off: dict[str, int] = {}

    def begin_if_due(self) -> None:
        """Asks in the background: a silent operator holds up nobody."""
        watch = self._switch.settings.watch
        now_seconds = monotonic_seconds()
        if watch.float_operators and not self._asking and now_seconds >= self._due_at:
            self._due_at = now_seconds + watch.float_seconds
            self._asking = True
            self._switch.spawn(self.compare())

    async def compare(self) -> None:
        """Asks each operator that tells; a difference found twice stops it."""
        try:
            for name in self._switch.settings.watch.float_operators:
                if name in self._switch.operators:
                    await self._compare(name)
        finally:
            self._asking = False

    async def _compare(self, name: str) -> None:
        off = await difference(self._switch, name)
        if off is None:
            return
        if not off:
            self._suspects.pop(name, None)
            self.off.pop(name, None)
        elif name in self._suspects:
            self.off[name] = off
            more = "more" if off > 0 else "less"
            said = f"{name} holds {abs(off)} {more} than our float, beyond what is under way"
            await stops.place(self._switch, Finding(name, FLOAT_OFF, said, holds_credits=True))
        else:
            self._suspects[name] = off
            self._due_at = 0.0  # asked once more at the next look


async def difference(switch: Switch, name: str) -> int | None:
    """By how much the operator's figure is off, beyond what may be under way; None: it is silent.

    What moved while it was asked is allowed for, too.
    """
    operator = switch.operators[name]
    if not isinstance(operator, Teller):
        return None
    account = float_at(name, operator.profile.currency)
    before = await stored.figure(switch.store, account, name)
    told = await operator.tell_balance()
    after = await stored.figure(switch.store, account, name)
    if told is None or told.currency is not account.currency:
        return None
    moved = await stored.turnover(switch.store, account, after=before.entry)
    allowed = before.under_way + after.under_way + moved
    off = told.amount - after.held
    return off if abs(off) > allowed else 0
