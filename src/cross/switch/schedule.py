"""The schedule of questions about a leg, and who is asked sooner than it says (I-21).

A leg of which its operator said nothing is asked about again within ten minutes, however old it is;
and once an operator that was down has answered, all that is open there has its turn. So what became
of it is known within fifteen minutes of the operator's return.
"""

from datetime import datetime
from typing import Final

from cross.clock import monotonic_seconds
from cross.domain.leg import Leg, LegStatus
from cross.domain.movement import Movement
from cross.domain.operator import SECONDS_OF_SILENCE
from cross.switch.switch import Live, Switch

SILENT_SECONDS: Final = 600.0
"""At most so long after a question that led nowhere comes the next one (I-21: 15 min in all)."""

RETURNED_APART_SECONDS: Final = 0.01
"""Of an operator that has returned, one more leg is asked about each time."""


def seconds_until_next(switch: Switch, live: Live) -> float:
    """Until the next question, or until the next try of a leg that was not sent."""
    schedule, planned = switch.settings.query_schedule_seconds, live.movement.planned_leg
    if planned is not None:
        return schedule[max(0, min(planned.sends, len(schedule)) - 1)]
    if live.asked >= len(schedule):
        seconds = switch.settings.query_every_seconds
    else:
        seconds = schedule[live.asked] - (schedule[live.asked - 1] if live.asked else 0.0)
    return min(seconds, SILENT_SECONDS) if live.unheard else seconds


def waiting_for(switch: Switch, operator: str) -> list[Live]:
    """What is open at an operator that has returned, in the order in which to ask about it.

    What would be asked about sooner anyway is not of it.
    """
    now_seconds = monotonic_seconds()
    soon: list[Live] = []
    for live in switch.live.values():
        if live.waits or live.timer is None:
            continue
        leg = live.movement.open_leg
        if leg is not None and leg.operator == operator:
            turn_seconds = now_seconds + (len(soon) + 1) * RETURNED_APART_SECONDS
            if live.due_seconds > turn_seconds:
                soon.append(live)
    return soon


def is_silent_too_long(movement: Movement, now: datetime) -> bool:
    """Whether its operator was asked for long, and said nothing: it needs a person (I-21)."""
    leg = movement.open_leg
    return leg is not None and leg.status is LegStatus.UNKNOWN and is_old(movement, leg, now)


def is_old(movement: Movement, leg: Leg, now: datetime) -> bool:
    """Whether its leg was begun long ago, and no person was called yet."""
    if leg.sent_at is None or movement.attention is not None:
        return False
    return (now - leg.sent_at).total_seconds() >= SECONDS_OF_SILENCE
