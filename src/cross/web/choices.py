"""Which accounts a payer may choose from, and why one cannot be used now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cross.domain.operator import CollectMode, Profile
from cross.domain.order import Order
from cross.switch.switch import Switch
from cross.web.words import NO_BREAK, Language, brand, isolated

EXAMPLE_DIGITS = ("12", "34", "56")


class Fault(Exception):
    """What has to be put right on a form, and in which field."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(field)
        self.field = field
        self.text = text


@dataclass(frozen=True, slots=True)
class Choice:
    """An operator that the payer may choose; `unusable` says why not, where it cannot be now."""

    name: str
    title: str
    brand: str
    prefixes: str
    by_page: bool
    is_slow: bool
    unusable: str | None
    checked: bool = False


def choices_of(
    switch: Switch, language: Language, order: Order, *, chosen: str
) -> Sequence[Choice]:
    """The order's operators; where only one can be used, it is chosen already."""
    profiles = [switch.profiles.get(name) for name in order.terms.operators]
    found = [
        Choice(
            name=profile.name,
            title=profile.title,
            brand=brand(profile.title),
            prefixes=" ".join(profile.prefixes),
            by_page=profile.collect is CollectMode.REDIRECT,
            is_slow=switch.health.of(profile.name) == "degraded",
            unusable=unusable(switch, language, order, profile),
        )
        for profile in profiles
        if profile is not None and profile.collect is not None
    ]
    usable = [choice.name for choice in found if choice.unusable is None]
    if len(usable) == 1:
        chosen = usable[0]
    return [replace(choice, checked=choice.name == chosen) for choice in found]


def unusable(switch: Switch, language: Language, order: Order, profile: Profile) -> str | None:
    """Why the operator cannot be used for this order now; None where it can."""
    limits = profile.limits
    if not limits.least.amount <= order.amount.amount <= limits.most.amount:
        least, most = (isolated(language.amount(one)) for one in (limits.least, limits.most))
        return language.say("operator_limits", least=least, most=most)
    if switch.health.of(profile.name) == "down":
        return language.plain("operator_down")
    return None


def wants_number(switch: Switch, order: Order) -> bool:
    """Whether any of the order's operators asks on the payer's phone."""
    profiles = (switch.profiles.get(name) for name in order.terms.operators)
    return any(one is not None and one.collect is CollectMode.PUSH for one in profiles)


def example_of(choices: Sequence[Choice]) -> str:
    """A number as people write it there, with the first prefix of the first operator."""
    if not choices:
        return ""
    return NO_BREAK.join([choices[0].prefixes.partition(" ")[0], *EXAMPLE_DIGITS])
