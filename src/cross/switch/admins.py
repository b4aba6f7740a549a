"""Admins: people with a token each, so that two of them can be told from one.

Whoever can read the master key adds the first two. From then on somebody new opens nothing until
another person has confirmed him: one who could add people could else be as many as he liked.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from cross.domain.approval import TWO, Approval, Look, Person, PersonalTokenNeeded, Proposal
from cross.domain.errors import CrossError, NotFound, SwitchUnavailable
from cross.domain.ids import ADMIN, unguessable
from cross.storage import admins as stored
from cross.storage.admins import AdminOpening, AdminRow, AdminStep
from cross.storage.store import ReferenceTaken, Saved, Stale
from cross.switch import approvals
from cross.switch.approvals import Kind
from cross.switch.audit import Act, line_of
from cross.switch.keys import hash_of
from cross.switch.switch import Switch
from cross.switch.views import View, rfc3339

STARTS: Final = "admp_"
"""How a person's own token begins; the one that the master key gives begins with `adm_`."""

ADD: Final = "admins.add"
_TOKEN: Final = re.compile(r"admp_[0-9A-Z]{26}", re.ASCII)


class AdminNameTaken(CrossError):
    """Somebody has that name already: people are told apart by it."""

    code = "name_taken"

    def __init__(self) -> None:
        super().__init__("another admin has that name")
        self.param = "name"


class FreshAdmin(NamedTuple):
    """Somebody added: his token, told once, and the proposal that waits for a second person."""

    admin: AdminRow
    token: str
    approval: str | None


async def holder_of(switch: Switch, token: str) -> Person | None:
    """Whose own token that is; None for one that is nobody's, not confirmed, or revoked."""
    if not _TOKEN.fullmatch(token):
        return None
    found = await stored.holder_of(switch.store, hash_of(token))
    return Person(found.name, found.id) if found is not None and found.is_active else None


async def add(switch: Switch, name: str, *, by: Person) -> FreshAdmin:
    """Gives somebody a token; from the third person on it takes two who have theirs already.

    Raises `AdminNameTaken`, `PersonalTokenNeeded`.
    """
    active = [one for one in await stored.every(switch.store) if one.is_active]
    needs_second = len(active) >= TWO
    if needs_second and by.token is None:
        raise PersonalTokenNeeded
    now, token = switch.clock(), f"{STARTS}{unguessable(switch.random_bits)}"
    confirmed = None if needs_second else now
    confirmed_by = None if needs_second else by.name
    admin = AdminRow(
        switch.new_id(ADMIN), name, hash_of(token), by.name, now, confirmed_by, confirmed
    )
    line = line_of(switch, Act(by.name, "admins.add", admin.id, after=told(admin)))
    verdict = await switch.recorder.record(AdminOpening(admin, line))
    if isinstance(verdict, ReferenceTaken):
        raise AdminNameTaken
    if not isinstance(verdict, Saved):
        raise SwitchUnavailable
    approval = None
    if needs_second:
        approval = await approvals.propose(switch, Proposal(ADD, admin.id, {"name": name}, by))
    return FreshAdmin(admin, token, approval)


async def revoke(switch: Switch, admin_id: str, *, by: Person) -> AdminRow:
    """His token opens nothing from now on; revoked again changes nothing. Raises `NotFound`."""
    before = await find(switch, admin_id)
    act = Act(by.name, "admins.revoke", admin_id, before=told(before))
    step = AdminStep(admin_id, None, switch.clock(), line_of(switch, act))
    if not isinstance(await switch.recorder.record(step), Saved | Stale):
        raise SwitchUnavailable
    return await find(switch, admin_id)


async def find(switch: Switch, admin_id: str) -> AdminRow:
    """Somebody, whatever became of him; raises `NotFound`."""
    found = await stored.find(switch.store, admin_id)
    if found is None:
        raise NotFound(noun="admin")
    return found


async def every(switch: Switch) -> Sequence[AdminRow]:
    """Everybody that ever was, newest first."""
    return await stored.every(switch.store)


def told(admin: AdminRow) -> View:
    """A person as admins get him, without his token, of which nothing but the hash is kept."""
    return {
        "id": admin.id,
        "object": "admin",
        "name": admin.name,
        "status": _status(admin),
        "added_by": admin.added_by,
        "added_at": rfc3339(admin.added_at),
        "confirmed_by": admin.confirmed_by,
        "revoked_at": None if admin.revoked_at is None else rfc3339(admin.revoked_at),
    }


def _status(admin: AdminRow) -> str:
    if admin.revoked_at is not None:
        return "revoked"
    return "active" if admin.is_active else "unconfirmed"


async def _look(switch: Switch, proposal: Proposal) -> Look:
    admin = await find(switch, proposal.object)
    return Look(_status(admin), {"admin": told(admin)}, people=TWO)


async def _apply(switch: Switch, approval: Approval) -> str:
    admin = await find(switch, approval.object)
    by = approval.decided or approval.made
    act = Act(by.name, "admins.confirm", admin.id, before=told(admin))
    step = AdminStep(admin.id, by.name, switch.clock(), line_of(switch, act))
    if not isinstance(await switch.recorder.record(step), Saved | Stale):
        raise SwitchUnavailable
    return _status(await find(switch, admin.id))


approvals.register(ADD, Kind(_look, _apply))
