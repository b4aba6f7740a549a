"""Raising a merchant's limits where money is real: two people, who see what changes (S-API-09).

To lower one takes one person, for what it stops is no money lost; so does all of it in a sandbox.
"""

from collections.abc import Mapping
from typing import Any, Final

from cross.domain.approval import TWO, Approval, Look, Proposal
from cross.domain.limits import read_limit
from cross.storage import merchants as stored
from cross.switch import approvals, merchant_terms, merchants
from cross.switch.approvals import Kind
from cross.switch.switch import Switch
from cross.switch.views import encoded

RAISE: Final = "limits.raise"


async def takes_two(switch: Switch, merchant: str, wanted: Mapping[str, int | None]) -> bool:
    """Whether real money is allowed more by these limits than before."""
    if not switch.settings.livemode:
        return False
    own, house = await _own(switch, merchant), switch.settings.limits
    return any(
        _is_more(own.get(name, house.get(name)), house.get(name) if most is None else most)
        for name, most in wanted.items()
    )


def _is_more(before: int | None, after: int | None) -> bool:
    """None is no limit at all."""
    return before is not None and (after is None or after > before)


async def _own(switch: Switch, merchant: str) -> Mapping[str, int]:
    return (await stored.limits(switch.store, merchant)).get(merchant, {})


async def _look(switch: Switch, proposal: Proposal) -> Look:
    await merchants.find(switch, proposal.object)
    wanted: Mapping[str, Any] = proposal.fields["limits"]
    for name in wanted:
        read_limit(name)
    own = await _own(switch, proposal.object)
    before = {name: own.get(name, switch.settings.limits.get(name)) for name in wanted}
    version = encoded(dict(sorted(own.items())))
    return Look(version, {"before": before, "after": dict(wanted)}, people=TWO)


async def _apply(switch: Switch, approval: Approval) -> str:
    by = approval.decided or approval.made
    limits: Mapping[str, int | None] = approval.fields["limits"]
    await merchant_terms.set_limits(switch, approval.object, limits, who=by.name)
    return "raised"


approvals.register(RAISE, Kind(_look, _apply))
