"""A merchant's own terms: what it may, where it differs from the house, and what it is charged."""

from collections.abc import Mapping, Sequence
from typing import Any

from cross.domain.errors import CrossError
from cross.domain.limits import read_limit
from cross.settings import FeeSettings
from cross.storage import merchants as stored
from cross.storage.merchants import FeesSetting, LimitsSetting
from cross.switch import merchants
from cross.switch.audit import Act, note
from cross.switch.fees import fee_schedules
from cross.switch.switch import Switch


class InvalidFees(CrossError):
    """Schedules that no price can be made from."""

    code = "invalid_fees"

    def __init__(self, why: str) -> None:
        super().__init__(f"no price can be made from these fees: {why}")
        self.param = "fees"


async def limits_told(switch: Switch, merchant: str) -> dict[str, Any]:
    """Every limit of a merchant, its own and the house's; raises `NotFound`."""
    await merchants.find(switch, merchant)
    own = (await stored.limits(switch.store, merchant)).get(merchant, {})
    house = switch.settings.limits
    return {
        "object": "merchant_limits",
        "merchant": merchant,
        "limits": [
            {"name": name, "most": own.get(name, house.get(name)), "house": house.get(name)}
            for name in sorted({**house, **own})
        ],
    }


async def set_limits(
    switch: Switch, merchant: str, limits: Mapping[str, int | None], *, who: str
) -> dict[str, Any]:
    """Sets some limits; None takes one back, and the house's own holds again.

    Raises `NotFound`, `UnknownLimit`.
    """
    await merchants.find(switch, merchant)
    for name in limits:
        read_limit(name)
    if limits:
        own = (await stored.limits(switch.store, merchant)).get(merchant, {})
        await merchants.written(switch, LimitsSetting(merchant, tuple(limits.items())))
        before = {name: own.get(name) for name in limits}
        await note(switch, Act(who, "merchants.limits", merchant, before=before, after=limits))
    return await limits_told(switch, merchant)


async def fees_told(switch: Switch, merchant: str) -> dict[str, Any]:
    """A merchant's own fee schedules; raises `NotFound`."""
    await merchants.find(switch, merchant)
    schedules = await _own_fees(switch, merchant)
    return {"object": "merchant_fees", "merchant": merchant, "fees": schedules}


async def set_fees(
    switch: Switch, merchant: str, fees: Sequence[FeeSettings], *, who: str
) -> dict[str, Any]:
    """Has a merchant charged by these from now on, and as the house says where none is in force.

    What was priced keeps its price. Raises `NotFound`, `InvalidFees`.
    """
    await merchants.find(switch, merchant)
    require_sound(fees)
    before = await _own_fees(switch, merchant)
    texts = tuple(one.model_dump_json() for one in fees)
    await merchants.written(switch, FeesSetting(merchant, texts))
    after = await _own_fees(switch, merchant)
    act = Act(who, "merchants.fees", merchant, before={"fees": before}, after={"fees": after})
    await note(switch, act)
    return await fees_told(switch, merchant)


def require_sound(fees: Sequence[FeeSettings]) -> None:
    """Raises `InvalidFees` where no price can be made from them."""
    try:
        schedules = fee_schedules(fees)
    except CrossError as refusal:
        raise InvalidFees(str(refusal)) from None
    except ValueError as mistake:
        raise InvalidFees(str(mistake)) from None
    for found in schedules.values():
        for schedule in found:
            moments = [schedule.valid_from, schedule.valid_until or schedule.valid_from]
            if any(moment.tzinfo is None for moment in moments):
                raise InvalidFees(f"{schedule.name}: a moment needs its offset, such as Z")
            if moments[1] < moments[0]:
                raise InvalidFees(f"{schedule.name}: it ends before it begins")


async def _own_fees(switch: Switch, merchant: str) -> list[dict[str, Any]]:
    found = (await stored.fees(switch.store, merchant)).get(merchant, ())
    return [FeeSettings.model_validate_json(one).model_dump(mode="json") for one in found]
