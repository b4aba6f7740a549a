"""Other fees: shown on what was moved last, decided by two people, in force at a moment to come.

A fee that is typed wrong is found before it is charged (F-H01). Where no money is real, one person
sets them, from now on.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from cross.domain.approval import TWO, Approval, Look, Proposal
from cross.domain.errors import FeeExceedsAmount
from cross.domain.fees import first_in_force, within_debit
from cross.domain.movement import MovementKind
from cross.settings import FeeSettings
from cross.storage import fee_samples
from cross.storage.fee_samples import Sample
from cross.switch import approvals, merchant_terms, merchants
from cross.switch.approvals import Kind
from cross.switch.fees import Schedules, fee_schedules
from cross.switch.merchant_terms import InvalidFees
from cross.switch.switch import Switch
from cross.switch.views import View, encoded, rfc3339

CHANGE: Final = "fees.change"
SHOWN: Final = 10


async def preview(switch: Switch, fees: Sequence[FeeSettings], *, merchant: str = "") -> View:
    """What the newest movements would have been charged, once all of these fees are in force.

    Of a merchant, whose own they are to be, or of all, as the house's. Raises `InvalidFees`.
    """
    merchant_terms.require_sound(fees)
    schedules = fee_schedules(fees)
    at = _all_in_force(switch, schedules)
    sums: dict[tuple[str, str], dict[str, int]] = {}
    shown: list[View] = []
    for one in await fee_samples.newest(switch.store, merchant=merchant):
        after = _charged(switch, one, schedules, at=at, is_own=bool(merchant))
        line = sums.setdefault(
            (one.kind.value, one.debit.currency.code),
            {"movements": 0, "before": 0, "after": 0, "changed": 0, "impossible": 0},
        )
        line["movements"] += 1
        line["before"] += one.charged.amount
        line["after"] += after or 0
        line["changed"] += after != one.charged.amount
        line["impossible"] += after is None
        if after != one.charged.amount and len(shown) < SHOWN:
            amounts = {"paid": one.debit.amount, "before": one.charged.amount, "after": after}
            shown.append({"id": one.id, "currency": one.debit.currency.code, **amounts})
    told = [{"movement": kind, "currency": code, **sums[kind, code]} for kind, code in sums]
    return {
        "object": "fee_preview",
        "merchant": merchant or None,
        "in_force_at": rfc3339(at),
        "charged": told,
        "examples": shown,
    }


def takes_two(switch: Switch) -> bool:
    """Whether real money would be charged."""
    return switch.settings.livemode


def fields_of(fees: Sequence[FeeSettings]) -> Mapping[str, Any]:
    """A proposal's content."""
    return {"fees": [one.model_dump(mode="json") for one in fees]}


def _all_in_force(switch: Switch, schedules: Schedules) -> datetime:
    """The moment from which on all of them are that have begun by then."""
    begun = [schedule.valid_from for found in schedules.values() for schedule in found]
    return max([switch.clock(), *begun])


def _charged(
    switch: Switch, one: Sample, schedules: Schedules, *, at: datetime, is_own: bool
) -> int | None:
    """What it would cost; None where nothing would be left for who gets it."""
    kind = one.kind
    if is_own:
        candidates = (*schedules.get(kind, ()), *switch.fees.get(kind, ()))
    else:
        own = switch.directory.fees.get(one.merchant) or {}
        candidates = (*own.get(kind, ()), *schedules.get(kind, ()))
    schedule = first_in_force(candidates, one.debit.currency, at)
    if schedule is None:
        return 0
    if kind is not MovementKind.COLLECTION:
        return schedule.fee_on(one.debit - one.charged).charged.amount
    try:
        return within_debit(schedule, one.debit)[1].charged.amount
    except FeeExceedsAmount:
        return None


async def _look(switch: Switch, proposal: Proposal) -> Look:
    await merchants.find(switch, proposal.object)
    wanted = _wanted(proposal.fields)
    shown = await preview(switch, wanted, merchant=proposal.object)
    before = await merchant_terms.fees_told(switch, proposal.object)
    _require_to_come(switch, fee_schedules(_wanted(before)), fee_schedules(wanted))
    told = {"before": before["fees"], "after": list(proposal.fields["fees"]), "on": shown}
    return Look(encoded({"fees": before["fees"]}), told, people=TWO)


def _require_to_come(switch: Switch, before: Schedules, after: Schedules) -> None:
    """What is charged at this moment stays: another price begins at a moment that was shown."""
    now = switch.clock()
    for kind in dict.fromkeys((*before, *after)):
        for currency in dict.fromkeys(
            band.least.currency
            for schedule in (*before.get(kind, ()), *after.get(kind, ()))
            for band in schedule.bands
        ):
            was, will_be = (
                first_in_force(some.get(kind, ()), currency, now) for some in (before, after)
            )
            if (was and was.bands) != (will_be and will_be.bands):
                raise InvalidFees(
                    f"{kind} in {currency.code}: give the moment to come when it changes"
                )


def _wanted(fields: Mapping[str, Any]) -> list[FeeSettings]:
    return [FeeSettings.model_validate(one) for one in fields["fees"]]


async def _apply(switch: Switch, approval: Approval) -> str:
    by = approval.decided or approval.made
    wanted = _wanted(approval.fields)
    await merchant_terms.set_fees(switch, approval.object, wanted, who=by.name)
    return "set"


approvals.register(CHANGE, Kind(_look, _apply))
