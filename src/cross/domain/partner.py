"""Partners: banks on the MBANKING gateway, and what each of them may do there and when."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import Final, TypeAlias

from cross.domain.errors import CrossError

Network: TypeAlias = IPv4Network | IPv6Network

USERNAME: Final = re.compile(r"[A-Za-z0-9._@-]{3,64}", re.ASCII)
NUMBER: Final = re.compile(r"[A-Za-z0-9-]{1,20}", re.ASCII)
OLD_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,32}", re.ASCII)
PASSWORD_CHARACTERS_MIN: Final = 8  # money-safety.md S-DASH-01
PASSWORD_CHARACTERS_MAX: Final = 128  # enough for anybody, and little to hash


class Operation(StrEnum):
    """What a bank asks for: give to a wallet (bankcashin) or take from one (bankcashout)."""

    CREDIT = "credit"
    DEBIT = "debit"


class PartnerStatus(StrEnum):
    """Whether a partner is let in."""

    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class OperationTerms:
    """One operation of one partner; None is no limit. `cut_off` is in UTC, which is Togo's time.

    From the cut-off to midnight the operation is refused.
    """

    enabled: bool = True
    amount_max: int | None = None
    day_max: int | None = None
    cut_off: time | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Partner:
    """A bank: who it is, how it proves it, and what it may do.

    `merchant` is its own: its balance is the bank's float. `number` and `name` are what answers
    call idPartenaire and nomPartenaire. `client_secret_hash` is None where OAuth2 takes the
    password. `callback_endpoint` is the webhook endpoint through which
    callbacks go. `generation` rises when tokens given before must no longer be good.
    """

    id: str
    merchant: str
    number: str
    name: str
    username: str
    password_hash: str
    client_id: str
    created_at: datetime
    updated_at: datetime
    client_secret_hash: str | None = None
    merchantid: str | None = None
    agentid: str | None = None
    callback_url: str | None = None
    callback_endpoint: str | None = None
    networks: tuple[Network, ...] = ()
    operations: Mapping[Operation, OperationTerms] = field(
        default_factory=lambda: {operation: OperationTerms() for operation in Operation}
    )
    status: PartnerStatus = PartnerStatus.ACTIVE
    generation: int = 1
    version: int = 1

    def __repr__(self) -> str:
        return f"Partner({self.id})"

    @property
    def is_active(self) -> bool:
        """Whether it is let in at all."""
        return self.status is PartnerStatus.ACTIVE


class OperationNotEnabled(CrossError):
    """The partner may not do that."""

    code = "operation_not_enabled"

    def __init__(self) -> None:
        super().__init__("the operation is not enabled for this partner")


class PastCutOff(CrossError):
    """The partner's day is over for that operation."""

    code = "past_cut_off"

    def __init__(self) -> None:
        super().__init__("the operation's cut-off time has passed")


class PartnerLimitReached(CrossError):
    """More than the partner may move at once, or in a day."""

    code = "partner_limit_reached"

    def __init__(self) -> None:
        super().__init__("the partner's limit is reached")


class NameTaken(CrossError):
    """A user name, client id, merchantid, agentid or number that is another partner's."""

    code = "name_taken"

    def __init__(self) -> None:
        super().__init__(
            "the user name, the client id, merchantid, agentid or the number is another partner's"
        )


class UnfitPassword(CrossError):
    """A password too short to resist guessing, or too long to be one."""

    code = "unfit_password"

    def __init__(self) -> None:
        super().__init__(
            f"a password has {PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX} characters"
        )


def require_allowed(partner: Partner, operation: Operation, amount: int, *, at: datetime) -> None:
    """Raises `OperationNotEnabled`, `PastCutOff`, `PartnerLimitReached` for one operation."""
    terms = partner.operations[operation]
    if not terms.enabled:
        raise OperationNotEnabled
    if terms.cut_off is not None and at.time() >= terms.cut_off:
        raise PastCutOff
    if terms.amount_max is not None and amount > terms.amount_max:
        raise PartnerLimitReached
