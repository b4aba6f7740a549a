"""Velocity: what was moved in this minute, hour and day, counted before it is accepted.

Counting happens at one go, before anything is awaited: of two hundred movements that are asked for
at the same moment, as many are accepted as the limit allows and not one more. What is refused after
all is given back. Each window is the calendar's, in UTC: all that was counted in it is forgotten
when the next one begins.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeAlias

import structlog

from cross.domain.leg import LegKind
from cross.domain.limits import (
    SECONDS,
    Limit,
    LimitExceeded,
    Of,
    Per,
    Reached,
    VelocityExceeded,
    read_limit,
)
from cross.domain.movement import Movement, MovementKind

WALLETS_MAX: Final = 50_000
"""Of more wallets than so many in one window, those that were used least are forgotten."""

OwnLimits: TypeAlias = Callable[[str], Mapping[str, int] | None]
Subject: TypeAlias = str | tuple[str, str, str]
"""A merchant, or a merchant, an operator and a number there."""

log = structlog.get_logger("cross.velocity")


class Meter:
    """How much of one limit each of those whom it concerns has used in the window that is now."""

    __slots__ = ("limit", "seconds", "used", "window")

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.seconds = SECONDS.get(limit.per, 0)
        self.window = 0
        self.used: dict[Subject, int] = {}

    def turn(self, now_seconds: int) -> None:
        """Forgets what was counted before the window that is now."""
        window = now_seconds // self.seconds
        if window > self.window:
            self.window = window
            self.used = {}

    def add(self, subject: Subject, more: int) -> None:
        """Counts what others have moved, or, where it is less than nothing, what was not moved."""
        left = self.used.get(subject, 0) + more
        if left > 0:
            self.used[subject] = left
        else:
            self.used.pop(subject, None)

    def make_room(self) -> None:
        """Forgets the wallets that were used least, where there are too many."""
        least = sorted(self.used.values())[len(self.used) // 2]
        self.used = {subject: used for subject, used in self.used.items() if used > least}
        log.warning("wallets_forgotten", limit=self.limit.name, kept=len(self.used))


class _Rule(NamedTuple):
    meter: Meter
    most: int
    place: int
    by_wallet: bool
    currency: str | None


class Velocity:
    """All meters of this process, and what each merchant may."""

    def __init__(self, house: Mapping[str, int]) -> None:
        self._house = dict(house)
        self._rules: dict[tuple[str, MovementKind], tuple[_Rule, ...]] = {}
        self._own: OwnLimits = lambda _: None
        self._turns_at_seconds = 0
        self.meters: dict[str, Meter] = {}
        self.know(house)

    def know(self, names: Mapping[str, int]) -> list[Meter]:
        """Makes sure that each of these limits has a meter; those that are new."""
        fresh = [Meter(read_limit(name)) for name in names if name not in self.meters]
        self.meters.update((meter.limit.name, meter) for meter in fresh)
        self._turns_at_seconds = 0  # the new ones have no window yet
        return [meter for meter in fresh if meter.seconds]

    def bound(self, own: OwnLimits) -> None:
        """What merchants may is told by that from now on, for those that differ from the rest."""
        self._own = own
        self._rules.clear()

    def limits_of(self, merchant: str) -> Mapping[str, int]:
        """What a merchant may: its own limits over the house's."""
        return {**self._house, **(self._own(merchant) or {})}

    def take(self, movement: Movement) -> None:
        """Counts a movement that is about to be accepted.

        Raises `LimitExceeded`, `VelocityExceeded`: then nothing of it is counted.
        """
        now = movement.created_at
        now_seconds = int(now.timestamp())
        if now_seconds >= self._turns_at_seconds:
            self.turn(now_seconds)
        rules = self._rules_for(movement)
        for done, rule in enumerate(rules):
            if not _counted(rule, movement):
                for before in rules[:done]:
                    _count_back(before, movement)
                raise _refusal(rule, now_seconds)

    def give_back(self, movement: Movement) -> None:
        """Uncounts a movement that was not accepted after all."""
        now_seconds = int(movement.created_at.timestamp())
        for rule in self._rules_for(movement):
            if rule.meter.seconds and now_seconds // rule.meter.seconds == rule.meter.window:
                _count_back(rule, movement)

    def turn(self, now_seconds: int) -> None:
        """Begins the windows that begin now."""
        for meter in self.meters.values():
            if meter.seconds:
                meter.turn(now_seconds)
                if len(meter.used) > WALLETS_MAX:
                    meter.make_room()
        shortest = SECONDS[Per.MINUTE]
        self._turns_at_seconds = (now_seconds // shortest + 1) * shortest

    def _rules_for(self, movement: Movement) -> tuple[_Rule, ...]:
        key = (movement.merchant, movement.kind)
        rules = self._rules.get(key)
        if rules is None:
            rules = self._rules[key] = tuple(self._compiled(*key))
        return rules

    def _compiled(self, merchant: str, kind: MovementKind) -> list[_Rule]:
        found = []
        for name, most in self.limits_of(merchant).items():
            meter = self.meters[name]
            limit, leg = meter.limit, meter.limit.leg_of(kind)
            if leg is not None:
                both = kind is MovementKind.TRANSFER and leg is LegKind.CREDIT
                by_wallet = limit.of is not Of.MERCHANT
                found.append(_Rule(meter, most, int(both), by_wallet, limit.currency))
        return found


def _counted(rule: _Rule, movement: Movement) -> bool:
    meter, most, place, by_wallet, currency = rule
    leg = movement.legs[place]
    more = 1
    if currency is not None:
        if leg.money.currency.code != currency:
            return True
        more = leg.money.amount
    if not meter.seconds:
        return more <= most
    subject: Subject = movement.merchant
    if by_wallet:
        if leg.msisdn is None:
            return True  # a payer whom only the operator's page will know
        subject = (movement.merchant, leg.operator, leg.msisdn.e164)
    used = meter.used.get(subject, 0) + more
    if used > most:
        return False
    meter.used[subject] = used
    return True


def _count_back(rule: _Rule, movement: Movement) -> None:
    leg = movement.legs[rule.place]
    if rule.currency is not None and leg.money.currency.code != rule.currency:
        return
    subject: Subject = movement.merchant
    if rule.by_wallet:
        if leg.msisdn is None:
            return
        subject = (movement.merchant, leg.operator, leg.msisdn.e164)
    if rule.meter.seconds:
        rule.meter.add(subject, -1 if rule.currency is None else -leg.money.amount)


def _refusal(rule: _Rule, now_seconds: int) -> LimitExceeded | VelocityExceeded:
    name, seconds = rule.meter.limit.name, rule.meter.seconds
    if not seconds:
        return LimitExceeded(Reached(name, rule.most))
    frees_at_seconds = (max(now_seconds // seconds, rule.meter.window) + 1) * seconds
    reached = Reached(name, rule.most, datetime.fromtimestamp(frees_at_seconds, UTC))
    return VelocityExceeded(reached, retry_after_seconds=frees_at_seconds - now_seconds)
