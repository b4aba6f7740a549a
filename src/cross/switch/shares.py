"""Shares: how far each key's and each source's calls are used up, over a restart (S-API-08).

Limits are kept in memory, for they are asked at every call; what somebody has overdrawn is written
down every few seconds, and taken up again by the process that starts next. Where nobody makes more
calls than he may nothing is written at all.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from cross.clock import monotonic_seconds
from cross.domain.errors import SwitchUnavailable
from cross.storage import admission as stored
from cross.storage.admission import PromptsSwept, Share, SharesKept
from cross.storage.store import StoreUnavailable
from cross.switch.limits import KeyLimit, SourceLimit
from cross.switch.switch import Switch, log

KEEP_SECONDS: Final = 5.0
SWEEP_SECONDS: Final = 3_600.0
LEAST_SECONDS: Final = 1.0
"""Who owes less has rested by the time that a process has started again."""

KEPT_MAX: Final = 256
"""Of more, those that owe most."""


async def look(switch: Switch) -> None:
    """Takes up what earlier processes kept, then keeps what is owed, every few seconds."""
    keeper, now_seconds = switch.keeper, monotonic_seconds()
    try:
        if not keeper.began:
            keeper.began = True
            await begin(switch)
        if now_seconds >= keeper.kept_at_seconds + KEEP_SECONDS:
            keeper.kept_at_seconds = now_seconds
            await keep(switch)
        await _sweep(switch, now_seconds)
    except (StoreUnavailable, SwitchUnavailable):
        log.warning("shares_not_kept")


async def begin(switch: Switch) -> None:
    """What was taken up when the process before this one ended still is."""
    limits, now = _limits(switch), switch.clock()
    for share in await stored.shares(switch.store, now=now):
        limit = limits.get(share.kind)
        if limit is not None:
            limit.recall(share.subject, seconds=(share.until - now).total_seconds())


async def keep(switch: Switch) -> None:
    """Writes down who owes how much; nothing where nobody does and nobody did."""
    owed = sorted(_owed(switch), key=lambda share: share.until, reverse=True)[:KEPT_MAX]
    if owed or switch.keeper.wrote:
        await switch.recorder_beside.record(SharesKept(tuple(owed), switch.clock()))
        switch.keeper.wrote = bool(owed)


async def _sweep(switch: Switch, now_seconds: float) -> None:
    keeper = switch.keeper
    if switch.store.engine == "sqlite":
        return
    if now_seconds >= keeper.swept_at_seconds + SWEEP_SECONDS:
        keeper.swept_at_seconds = now_seconds
        before = switch.clock() - timedelta(days=1)
        await switch.recorder_beside.record(PromptsSwept(before))


def _owed(switch: Switch) -> Iterator[Share]:
    now = switch.clock()
    for kind, limit in _limits(switch).items():
        for subject, seconds in limit.owed_seconds(least_seconds=LEAST_SECONDS):
            yield Share(kind, subject, now + timedelta(seconds=seconds))


def _limits(switch: Switch) -> dict[str, KeyLimit | SourceLimit]:
    return {
        "key": switch.key_limit,
        "stranger": switch.stranger_limit,
        "callback": switch.callback_limit,
    }
