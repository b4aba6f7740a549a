"""Readiness: whether this process can take work now, check by check."""

from collections.abc import Mapping

from cross.storage import merchants
from cross.storage.store import StoreUnavailable
from cross.switch.switch import Switch


async def checks(switch: Switch) -> Mapping[str, bool]:
    """Each check by name; a store opens only with its migrations applied, and answers for them."""
    answers = await _books_answer(switch)
    return {
        "database": answers,
        "migrations": answers,
        "worker": switch.lease.is_held and not switch.stopping,
    }


async def _books_answer(switch: Switch) -> bool:
    try:
        await merchants.by_secret_hash(switch.store, "")
    except StoreUnavailable:
        return False
    return True
