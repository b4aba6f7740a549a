"""The audit of what admins do; a line is committed with, or right after, the act it tells of."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from cross.domain.ids import AUDIT
from cross.storage.audit import AuditLine
from cross.switch.switch import Switch
from cross.switch.views import encoded


class Act(NamedTuple):
    """What somebody did, such as `keys.revoke` of `key_…`; no value in it may be a secret."""

    who: str
    action: str
    subject: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


async def note(switch: Switch, act: Act) -> None:
    """Writes the line of an act; raises `SwitchUnavailable` where the books cannot take it."""
    await switch.recorder.record(line_of(switch, act))


def line_of(switch: Switch, act: Act) -> AuditLine:
    """The line of an act, for a write that keeps it in its own commit."""
    return AuditLine(
        switch.new_id(AUDIT),
        switch.clock(),
        act.who,
        act.action,
        act.subject,
        "null" if act.before is None else encoded(act.before),
        "null" if act.after is None else encoded(act.after),
    )
