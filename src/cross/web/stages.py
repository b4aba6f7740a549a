"""Stages: what a payer is shown of an order, decided from its attempts and the time alone."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from cross.domain.leg import LegKind, LegStatus
from cross.domain.movement import Movement
from cross.domain.operator import CollectMode, RefusalCode
from cross.domain.order import MONEY_CAME, Status, open_attempt
from cross.switch.projection import Standing
from cross.switch.switch import Switch

WRONG_PINS_MAX = 2  # S-WEB-10: operators block a wallet at the third


class Stage(StrEnum):
    """The page that an order is at."""

    CHECKOUT = "checkout"
    WAITING = "waiting"
    PREPARING = "preparing"
    HANDOVER = "handover"
    VERIFYING = "verifying"
    FAILED = "failed"
    DONE = "done"
    EXPIRED = "expired"
    CANCELED = "canceled"


def stage_of(switch: Switch, stands: Standing) -> Stage:
    """Where the order is; an attempt that may still bring money goes before everything else."""
    order, attempts = stands.order, stands.attempts
    if order.status in MONEY_CAME:
        return Stage.DONE
    attempt = open_attempt(attempts)
    if attempt is not None:
        return _stage_of_attempt(switch, attempt)
    if order.status is Status.CANCELED:
        return Stage.CANCELED
    if order.status is Status.EXPIRED:
        return Stage.EXPIRED
    return Stage.FAILED if attempts else Stage.CHECKOUT


def state_told(stage: Stage, stands: Standing) -> str:
    """What a page compares with what it shows: another attempt is another state."""
    return f"{stage}-{len(stands.attempts)}"


def seconds_left(attempt: Movement, now: datetime) -> int:
    """How long the payer still has at the operator, never below nothing."""
    left = attempt.approve_by - now
    return max(0, left.days * 86_400 + left.seconds)


def wrong_pins(attempts: Sequence[Movement], e164: str) -> int:
    """How often a wrong PIN was given for this number on this order (F-S17)."""
    return _failures(attempts, e164, {RefusalCode.WRONG_PIN})


def looks_mistyped(attempts: Sequence[Movement], e164: str) -> bool:
    """Whether nobody was there to answer when this number was tried."""
    silent = {RefusalCode.WALLET_NOT_FOUND, RefusalCode.PROMPT_EXPIRED}
    return _failures(attempts, e164, silent) > 0


def _failures(attempts: Sequence[Movement], e164: str, codes: set[RefusalCode]) -> int:
    return sum(
        1
        for attempt in attempts
        if (wallet := attempt.leg(LegKind.DEBIT).msisdn) is not None
        and wallet.e164 == e164
        and attempt.failure is not None
        and attempt.failure.code in codes
    )


def _stage_of_attempt(switch: Switch, attempt: Movement) -> Stage:
    leg = attempt.leg(LegKind.DEBIT)
    if leg.status is LegStatus.UNKNOWN or switch.clock() >= attempt.approve_by:
        return Stage.VERIFYING
    profile = switch.profiles.get(leg.operator)
    if profile is None or profile.collect is not CollectMode.REDIRECT:
        return Stage.WAITING
    ready = leg.status is LegStatus.PENDING and leg.operator_reference
    return Stage.HANDOVER if ready else Stage.PREPARING
