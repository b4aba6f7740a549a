"""The circuit breaker: an operator that is down is asked one question now and then (F-O02, F-O03).

    closed ──ten silences in a row──> open ──a pause──> half open: one query ──an answer──> closed
                                       ^                                │ silence: a longer pause
                                       └────────────────────────────────┘

Open is what `cross.switch.health` calls *down*. The probe is a query about a movement that waits
for an answer, else about a reference that nobody ever sent; never a debit. An operator that
answers no queries is let one request through: there a request only opens a page, on which nothing
moves until a payer acts.
"""

from dataclasses import dataclass
from itertools import islice
from typing import Final

from cross.clock import monotonic_seconds
from cross.switch import admission, legs, operator_tests
from cross.switch.switch import Live, Switch, log

PAUSES_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""Before each probe; the last one from then on."""

LOOKED_AT_MAX: Final = 1_000
"""Among so many movements one is sought that the probe may ask about."""


@dataclass(slots=True, eq=False)
class Probing:
    """An open circuit. `is_asking`: the one probe is under way."""

    opened_at_seconds: float
    due_at_seconds: float
    tried: int = 0
    is_asking: bool = False


def look(switch: Switch) -> None:
    """Asks operators that are down and due to be asked; lets go on what waited for others."""
    now_seconds = monotonic_seconds()
    for operator in switch.profiles:
        if not switch.health.is_down(operator):
            if switch.probings.pop(operator, None) is not None:
                switch.trials.pop(operator, None)
                log.warning("circuit_closed", operator=operator)
                legs.ask_returned(switch, operator)
            continue
        probing = switch.probings.get(operator)
        if probing is None:
            due_at_seconds = now_seconds + PAUSES_SECONDS[0]
            switch.probings[operator] = Probing(now_seconds, due_at_seconds)
            log.warning("circuit_opened", operator=operator)
        elif not probing.is_asking and now_seconds >= probing.due_at_seconds:
            probing.is_asking = True
            switch.spawn(_probe(switch, operator, probing))
    admission.let_go_on(switch)


async def _probe(switch: Switch, operator: str, probing: Probing) -> None:
    try:
        if not switch.profile(operator).answers_queries:
            switch.trials[operator] = None
            switch.bulkheads.let_go(operator)
        elif (live := _waiting_at(switch, operator)) is not None:
            await legs.ask(switch, live)
        else:
            await operator_tests.ask(switch, operator)
    finally:
        probing.tried += 1
        pause_seconds = PAUSES_SECONDS[min(probing.tried, len(PAUSES_SECONDS) - 1)]
        probing.due_at_seconds = monotonic_seconds() + pause_seconds
        probing.is_asking = False


def _waiting_at(switch: Switch, operator: str) -> Live | None:
    """A movement whose open leg the operator may know."""
    for live in islice(switch.live.values(), LOOKED_AT_MAX):
        if live.asking or live.waits:
            continue
        leg = live.movement.open_leg
        if leg is not None and leg.operator == operator:
            return live
    return None
