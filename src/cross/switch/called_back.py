"""Called back: no refusal, and no *not found*, is believed against a newer callback (I-25).

An operator that says both is asked first, by a query that begins after its callback: otherwise what
it did would be given back, and its callback be forgotten with the leg that failed (F-O05, F-N14).
Where it answers no queries its callbacks are weighed instead (`cross.switch.evidence`).
"""

from typing import Final

from cross.domain.leg import LegKind, LegStatus
from cross.domain.movement import Step
from cross.domain.operator import LookUp, Missing, Refused
from cross.domain.steps import News
from cross.switch.switch import Live, Switch

QUERIES_MAX: Final = 2
"""How often the same question is asked at once: who calls back without end makes us ask no more."""


def note(switch: Switch, live: Live, reference: str | None) -> None:
    """A callback about it came: one about its open leg calls for a query, where there are any."""
    for leg in live.movement.legs:
        if leg.reference == reference and leg.is_under_way:
            live.called += switch.profile(leg.operator).answers_queries


def is_too_late(live: Live, reference: str | None) -> bool:
    """Whether it speaks of a request that has failed, or whose failure is being written (F-O05)."""
    for leg in (live.taking or live.movement).legs:
        if leg.status is LegStatus.FAILED and leg.reference == reference:
            return True
    return False


def forget(live: Live) -> None:
    """Another request of it begins: nobody has called back about that one."""
    live.called, live.refused = 0, None


def is_put_aside(live: Live, kind: LegKind, news: News) -> bool:
    """Whether it refuses a request about which the operator is to be asked first; it is kept."""
    refuses = news.ended and isinstance(news.answer, Refused)
    if not refuses or not live.called or live.movement.leg(kind).is_final:
        return False
    live.refused = news
    return True


def that_stands(live: Live, kind: LegKind, news: News, step: Step) -> News | None:
    """The refusal put aside, where the step takes its request for one that never arrived.

    By then the operator said *not found* twice after the settling window, as for any request; what
    it refused is not sent again.
    """
    if live.refused is None or not isinstance(news.answer, Missing):
        return None
    is_waited_for = step.send is not kind and step.movement.leg(kind).is_under_way
    return None if is_waited_for else live.refused._replace(at=news.at, steady_at=news.steady_at)


def came_meanwhile(live: Live, answer: LookUp, *, called: int) -> bool:
    """Whether a query finds nothing done, and a callback came after it began: another follows."""
    return isinstance(answer, Refused | Missing) and live.called > called
