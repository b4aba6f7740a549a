"""Operators: which this switch is connected to, what they cost, and whose a number probably is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cross.domain.fees import FeeSchedule
from cross.domain.movement import MovementKind
from cross.domain.msisdn import Country, Msisdn, read_msisdn
from cross.domain.operator import Profile
from cross.switch.switch import Switch

HIGH: Final = "high"
LOW: Final = "low"


@dataclass(frozen=True, slots=True)
class Likely:
    """Where a number probably has its wallet: numbers are portable, so it is a hint only."""

    msisdn: Msisdn
    country: Country
    operator: str | None
    confidence: str
    alternatives: tuple[str, ...]


def look_up(switch: Switch, text: str) -> Likely:
    """The likely operator of a number as people write it; raises `InvalidMsisdn`."""
    msisdn = read_msisdn(text, country=None)
    country = msisdn.country
    if country is None:
        raise ValueError("a number that was read has a country")
    national = msisdn.national_in(country) or ""
    there = [profile for profile in switch.profiles.values() if profile.country == country]
    known = [profile.name for profile in there if national.startswith(profile.prefixes)]
    operator = known[0] if known else None
    return Likely(
        msisdn,
        country,
        operator,
        HIGH if known else LOW,
        tuple(profile.name for profile in there if profile.name != operator),
    )


def fees_in_force(
    switch: Switch, profile: Profile, *, merchant: str
) -> Sequence[tuple[MovementKind, FeeSchedule]]:
    """What moving money in the operator's currency costs a merchant now."""
    now = switch.clock()
    found = (
        (kind, switch.schedule_for(kind, profile.currency, now, merchant=merchant))
        for kind in MovementKind
    )
    return [(kind, schedule) for kind, schedule in found if schedule is not None]
