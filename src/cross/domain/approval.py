"""Approvals: what one person proposes is done once another has looked and said yes.

    proposed ──yes──> approved ──done──> applied
        │                 └──impossible──> failed
        └──> rejected | expired | stale (what it is about has changed since)

Who proposes never decides, whatever he is called: two people are two tokens (I-35).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from cross.domain.errors import CrossError
from cross.domain.money import Money

APPROVAL_HOURS: Final = 24
"""How long a proposal may wait for its second person."""

TWO: Final = 2


class ApprovalState(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    APPLIED = "applied"
    FAILED = "failed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    STALE = "stale"


WAITING: Final = frozenset({ApprovalState.PROPOSED, ApprovalState.APPROVED})


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: a name, and the id of his own token, None where he came with the shared one."""

    name: str
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody wants done to an object; `fields` are its kind's own, plain values."""

    kind: str
    object: str
    fields: Mapping[str, Any]
    by: Person


@dataclass(frozen=True, slots=True)
class Look:
    """What a proposal would do to its object as it is: its version, postings, and the money in it.

    `people`: how many it takes, whatever the threshold says; None leaves it to the threshold.
    """

    version: str
    preview: Mapping[str, Any]
    money: Money | None = None
    people: int | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A proposal as it is kept, and what became of it."""

    id: str
    kind: str
    object: str
    version: str
    fields: Mapping[str, Any]
    preview: Mapping[str, Any]
    money: Money | None
    people: int
    made: Person
    made_at: datetime
    expires_at: datetime
    state: ApprovalState = ApprovalState.PROPOSED
    decided: Person | None = None
    decided_at: datetime | None = None
    result: str | None = None


def expiry(made_at: datetime) -> datetime:
    """Until when a proposal may be decided."""
    return made_at + timedelta(hours=APPROVAL_HOURS)


def require_second(approval: Approval, by: Person) -> None:
    """Raises `PersonalTokenNeeded`, `SecondPersonNeeded` for whoever may not approve it."""
    if approval.people < TWO:
        return
    if by.token is None:
        raise PersonalTokenNeeded
    if by.token == approval.made.token or by.name == approval.made.name:
        raise SecondPersonNeeded


class PersonalTokenNeeded(CrossError):
    """It takes two people, and a shared token tells nobody from anybody."""

    code = "personal_token_needed"

    def __init__(self) -> None:
        super().__init__("this takes two people, each with a token of his own: cross admins add")


class SecondPersonNeeded(CrossError):
    """Who proposed it cannot approve it."""

    code = "second_person_needed"

    def __init__(self) -> None:
        super().__init__("somebody else must approve what you proposed")


class ApprovalClosed(CrossError):
    """It was decided, or its time was up."""

    code = "approval_closed"

    def __init__(self, *, state: str) -> None:
        super().__init__(f"the proposal is {state}; make a new one")


class ApprovalOpen(CrossError):
    """The same is proposed already, and waits."""

    code = "approval_open"

    def __init__(self, *, existing_id: str) -> None:
        super().__init__(f"{existing_id} proposes this already; approve or reject it first")
        self.existing_id = existing_id


class ApprovalStale(CrossError):
    """What it is about has changed since it was proposed: look again."""

    code = "approval_stale"

    def __init__(self) -> None:
        super().__init__("what it is about has changed since it was proposed; make a new one")


class FixNotPossible(CrossError):
    """This cannot be done to that, as it stands."""

    code = "fix_not_possible"

    def __init__(self, *, why: str) -> None:
        super().__init__(why)
        self.param = "fix"
