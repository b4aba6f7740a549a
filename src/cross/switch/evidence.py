"""Evidence: what callbacks prove at an operator that answers no queries (api.md section 5).

Its callbacks are all that it ever says, kept as they came and read again each time. The first
answer that fits the leg counts; whatever contradicts it opens a break and changes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cross.domain.leg import Leg, LegStatus
from cross.domain.movement import Movement
from cross.domain.msisdn import Msisdn
from cross.domain.operator import (
    LookUp,
    Missing,
    Pending,
    RefusalCode,
    Refused,
    Succeeded,
    Unknown,
)
from cross.domain.reconciliation import BreakKind
from cross.storage import callbacks as stored
from cross.switch import breaks, found, requests
from cross.switch.switch import Switch

NEVER_HANDED_OVER: Final = Refused(RefusalCode.EXPIRED_SESSION)


@dataclass(frozen=True, slots=True)
class Heard:
    """What the callbacks about a leg prove: the `answer` that counts, and the payment in it."""

    answer: Succeeded | Refused | None
    payment: Succeeded | None

    @property
    def decides(self) -> bool:
        """Whether a leg that is open will be final once it hears this."""
        return self.payment is not None or isinstance(self.answer, Refused)


async def look_up(switch: Switch, movement: Movement, leg: Leg) -> LookUp:
    """As a query would have answered, from what the operator said by itself."""
    heard = await weigh(switch, movement, leg)
    if leg.status is LegStatus.FAILED:
        return heard.payment or Missing()
    if heard.answer is not None:
        return heard.answer
    return await _meanwhile(switch, movement, leg)


async def weigh(switch: Switch, movement: Movement, leg: Leg) -> Heard:
    """What counts of all that was heard; what contradicts it is opened as a break, once."""
    said = await _answers(switch, leg)
    heard = _counted(leg, said)
    for kind, expected, contradiction in _contradictions(leg, heard, said):
        await breaks.open_break(
            switch,
            movement,
            breaks.Difference(
                kind, leg.operator, leg.reference, breaks.told(expected), breaks.told(contradiction)
            ),
        )
        if kind is BreakKind.PAID_TWICE and isinstance(contradiction, Succeeded):
            await found.second_payment(switch, movement, leg, contradiction)
    return heard


async def payer_of(switch: Switch, leg: Leg) -> Msisdn | None:
    """The wallet that paid, where only the operator's page knew it."""
    payment = _counted(leg, await _answers(switch, leg)).payment
    return None if payment is None else payment.payer


async def _answers(switch: Switch, leg: Leg) -> Sequence[Succeeded | Refused]:
    operator = switch.operator(leg.operator)
    hints = [
        operator.read_callback(callback)
        for callback in await stored.about(switch.store, leg.operator, leg.reference)
    ]
    return [
        hint.answer for hint in hints if hint.answer is not None and hint.reference == leg.reference
    ]


async def _meanwhile(switch: Switch, movement: Movement, leg: Leg) -> LookUp:
    """Nothing was heard. Silence is never failure (I-23), unless nobody can have paid."""
    if leg.operator_reference is None:  # no way to the page was ever known: nobody went there
        return Pending() if leg.quiet_at is None else Missing()
    request = requests.request_for(switch, movement, leg)
    silence = await switch.operator(leg.operator).look_up_collection(request)  # it asks nobody
    if not isinstance(silence, Unknown) or not silence.overdue:
        return Pending(leg.operator_reference)
    return silence if await switch.handed_over(movement) else NEVER_HANDED_OVER


def _counted(leg: Leg, said: Sequence[Succeeded | Refused]) -> Heard:
    """The first answer, unless a payment of another amount came before a refusal.

    A payment of another amount is no success; nor is a refusal after it a failure: a person looks.
    """
    payment = next((one for one in said if _is_payment(leg, one)), None)
    first = said[0] if said else None
    answer = first if first is None or isinstance(first, Refused) else payment or first
    return Heard(answer, payment if isinstance(payment, Succeeded) else None)


def _contradictions(
    leg: Leg, heard: Heard, said: Sequence[Succeeded | Refused]
) -> Iterator[tuple[BreakKind, Succeeded | Refused | LegStatus, Succeeded | Refused]]:
    expected = leg.status if leg.is_final else heard.answer
    if expected is None:
        return
    paid = expected is LegStatus.SUCCEEDED or isinstance(expected, Succeeded)
    for one in said:
        if isinstance(one, Succeeded) and not _is_payment(leg, one):
            yield BreakKind.AMOUNT_DIFFERS, leg.status, one
        elif isinstance(one, Succeeded) is not paid:
            yield BreakKind.STATUS_DIFFERS, expected, one
        elif paid and heard.payment is not None and _is_another(heard.payment, one):
            yield BreakKind.PAID_TWICE, expected, one


def _is_payment(leg: Leg, answer: Succeeded | Refused) -> bool:
    return isinstance(answer, Succeeded) and answer.money in (None, leg.money)


def _is_another(first: Succeeded, other: Succeeded | Refused) -> bool:
    return isinstance(other, Succeeded) and other.operator_reference != first.operator_reference
