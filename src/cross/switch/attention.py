"""Attention: what waits for people is gathered from time to time, and what they decided is done."""

from cross.clock import monotonic_seconds
from cross.domain.errors import SwitchUnavailable
from cross.storage.store import StoreUnavailable
from cross.switch import admins, approvals, cases, fee_changes, fixes, limit_raises
from cross.switch.switch import Switch, log

KINDS = (admins.ADD, fixes.RESOLVE, limit_raises.RAISE, fee_changes.CHANGE)
"""What people may propose here; other nouns register theirs."""


async def look(switch: Switch) -> None:
    """Does what was left undone; opens and closes cases as the books say; tells of overdue ones."""
    apart_seconds = switch.settings.attention.look_every_seconds
    if monotonic_seconds() < switch.attention_looked_at + apart_seconds:
        return
    switch.attention_looked_at = monotonic_seconds()
    try:
        await approvals.look(switch)
        await cases.gather(switch)
    except (StoreUnavailable, SwitchUnavailable):
        log.warning("attention_not_looked_at")
