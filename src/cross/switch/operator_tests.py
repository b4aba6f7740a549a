"""A test of an operator's connection: a question about a reference that nobody ever sent.

Whoever answers it was reached, took our credentials, and moved nothing.
"""

from dataclasses import dataclass
from typing import Final

from cross.clock import monotonic_seconds
from cross.domain.ids import PAYOUT, operator_reference
from cross.domain.leg import LegKind
from cross.domain.money import Money
from cross.domain.msisdn import Msisdn
from cross.domain.operator import LegRequest, Profile, Unknown
from cross.switch.switch import Switch

ASKS_NOTHING: Final = "this operator answers no questions: only a payment shows that it works"
_MILLISECONDS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Tested:
    """How an operator answered; `detail` is why there was no answer that we trust."""

    operator: str
    answer: str
    detail: str
    is_well: bool
    duration_ms: int


async def ask(switch: Switch, name: str) -> Tested:
    """Asks one operator now, and its health takes note as ever; raises `UnknownOperator`."""
    operator = switch.operator(name)
    if not operator.profile.answers_queries:
        return Tested(name, "not_asked", ASKS_NOTHING, is_well=False, duration_ms=0)
    movement = switch.new_id(PAYOUT)
    request = LegRequest(
        operator_reference(movement, LegKind.CREDIT),
        _nobody_at(operator.profile),
        Money(operator.profile.limits.least.amount, operator.profile.currency),
        movement,
        "test",
        switch.clock(),
    )
    asked_at = monotonic_seconds()
    answer = await operator.look_up_payout(request)
    switch.heard(name, "test", answer, asked_at=asked_at)
    return Tested(
        name,
        type(answer).__name__.lower(),
        answer.detail if isinstance(answer, Unknown) else "",
        is_well=not isinstance(answer, Unknown),
        duration_ms=int((monotonic_seconds() - asked_at) * _MILLISECONDS),
    )


def _nobody_at(profile: Profile) -> Msisdn:
    """A number of the operator's plan that is asked about and never paid: its last digits are 0."""
    national = next(iter(profile.prefixes), "")
    return Msisdn(f"+{profile.country.calling_code}{national:0<8}")
