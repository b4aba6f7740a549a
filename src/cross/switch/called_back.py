"""Called back: a refusal is not believed while a callback says that the request is there (I-25).

An operator that says both is asked first, by a query that begins after its callback: otherwise what
it did would be given back, and its callback be forgotten with the leg that failed (F-O05, F-N14).
Where it answers no queries its callbacks are weighed instead (`cross.switch.evidence`).
"""

from typing import Final

from cross.domain.leg import LegKind, LegStatus
from cross.domain.operator import LookUp, Missing, Pending, Refused, Unknown
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
    legs = (live.taking or live.movement).legs
    return any(leg.reference == reference and leg.status is LegStatus.FAILED for leg in legs)


def forget(live: Live) -> None:
    """Another request of it begins: nobody has called back about that one."""
    live.called = live.followed = 0
    live.refused = None


def is_put_aside(live: Live, kind: LegKind, news: News) -> bool:
    """Whether it refuses a request about which the operator is to be asked first; it is kept."""
    refuses = news.ended and isinstance(news.answer, Refused)
    if not refuses or live.called <= live.followed or live.movement.leg(kind).is_final:
        return False
    live.refused = news
    return True


def heard(live: Live, answer: LookUp, *, called: int) -> News | None:
    """What a query leaves of a refusal put aside: it stands where the operator knows of nothing.

    `called`: how many callbacks had come when the query began.
    """
    if isinstance(answer, Unknown | Pending):
        return None
    live.followed = max(live.followed, called)
    return live.refused if isinstance(answer, Missing) else None


def came_meanwhile(live: Live, answer: LookUp, *, called: int) -> bool:
    """Whether a query that began before the latest callback refuses: another one follows."""
    return isinstance(answer, Refused) and live.called > called
