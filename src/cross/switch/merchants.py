"""Merchants: opened, suspended and reinstated, bounded and charged."""

from collections.abc import Mapping, Sequence
from typing import Any

from cross.domain.changed import changed
from cross.domain.errors import NotFound
from cross.domain.ids import MERCHANT
from cross.domain.merchant import ChangedMeanwhile, Merchant, MerchantStatus
from cross.storage import merchants as stored
from cross.storage.merchants import MerchantOpening, MerchantStep
from cross.storage.pages import Page
from cross.storage.store import Saved, Write
from cross.switch.audit import Act, note
from cross.switch.switch import Switch
from cross.switch.velocity import Meter
from cross.switch.views import rfc3339


async def open_merchant(
    switch: Switch, name: str, *, who: str, hears_house: bool = True
) -> Merchant:
    """A merchant, active from now on; `who` opened it."""
    now = switch.clock()
    merchant = Merchant(
        switch.new_id(MERCHANT), name, MerchantStatus.ACTIVE, hears_house, 1, now, now
    )
    await written(switch, MerchantOpening(merchant))
    await note(switch, Act(who, "merchants.add", merchant.id, after=told(merchant)))
    return merchant


async def find(switch: Switch, merchant: str) -> Merchant:
    """A merchant; raises `NotFound`."""
    found = await stored.find(switch.store, merchant)
    if found is None:
        raise NotFound(noun="merchant")
    return found


async def page(switch: Switch, part: Page) -> tuple[Sequence[Merchant], bool]:
    """A page of merchants, newest first, and whether there are more."""
    return await stored.page(switch.store, part)


async def suspend(switch: Switch, merchant: str, *, who: str) -> Merchant:
    """The merchant asks for nothing from now on; what is under way goes on."""
    return await change(
        switch, merchant, {"status": MerchantStatus.SUSPENDED}, who=who, action="suspend"
    )


async def reinstate(switch: Switch, merchant: str, *, who: str) -> Merchant:
    """The merchant may ask again."""
    return await change(
        switch, merchant, {"status": MerchantStatus.ACTIVE}, who=who, action="reinstate"
    )


async def change(
    switch: Switch, merchant: str, fields: Mapping[str, Any], *, who: str, action: str = "change"
) -> Merchant:
    """The merchant with other fields, where they are others; raises `NotFound`."""
    before = await find(switch, merchant)
    now = switch.clock()
    after = changed(before, **fields)
    if after == before:
        return before
    after = changed(after, version=before.version + 1, updated_at=now)
    await written(switch, MerchantStep(after))
    act = Act(who, f"merchants.{action}", merchant, before=told(before), after=told(after))
    await note(switch, act)
    return after


def told(merchant: Merchant) -> dict[str, Any]:
    """A merchant as admins get it."""
    return {
        "id": merchant.id,
        "object": "merchant",
        "name": merchant.name,
        "status": merchant.status.value,
        "hears_house": merchant.hears_house,
        "version": merchant.version,
        "created_at": rfc3339(merchant.created_at),
        "updated_at": rfc3339(merchant.updated_at),
    }


async def begin(switch: Switch) -> None:
    """At the start: who differs from the rest, and what was moved in the windows that are now."""
    await switch.directory.refresh(switch.store)
    _bound(switch)
    await switch.usage.begin(switch.clock())


async def look_again(switch: Switch) -> None:
    """Learns what other processes have changed and moved, and notes which keys were used here."""
    await _refresh(switch)
    await switch.usage.catch_up(switch.clock(), owner=switch.lease.owner)
    used = switch.directory.uses_to_note(at=switch.clock())
    if used is not None:
        await switch.recorder.record(used)


async def written(switch: Switch, write: Write) -> Saved:
    """The write in the books, and in this process's memory; raises `ChangedMeanwhile`."""
    verdict = await switch.recorder.record(write)
    await _refresh(switch)
    if isinstance(verdict, Saved):
        return verdict
    raise ChangedMeanwhile


async def _refresh(switch: Switch) -> None:
    if await switch.directory.refresh(switch.store):
        await switch.usage.load(_bound(switch), switch.clock())


def _bound(switch: Switch) -> list[Meter]:
    """Has merchants bounded as the directory says; the meters that count from now on only."""
    limits = switch.directory.limits
    switch.velocity.bound(limits.get)
    return [meter for own in limits.values() for meter in switch.velocity.know(own)]
