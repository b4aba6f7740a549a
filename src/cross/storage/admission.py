"""What admission remembers over a restart: shares that are taken up, and PINs that were wrong."""

from collections.abc import Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from cross.domain.leg import LegKind
from cross.domain.operator import RefusalCode
from cross.storage.rows import micros, moment
from cross.storage.store import Reader, Row, Saved, Statement, Verdict

_KEEP: Final = (
    "INSERT INTO shares (kind, subject, taken_until) VALUES (:kind, :subject, :until)"
    " ON CONFLICT (kind, subject) DO UPDATE SET taken_until = excluded.taken_until"
    " WHERE shares.taken_until < excluded.taken_until RETURNING kind"
)
_FORGET: Final = "DELETE FROM shares WHERE taken_until <= :now RETURNING kind"
_SWEEP: Final = "DELETE FROM prompts WHERE until <= :before RETURNING wallet"


class Share(NamedTuple):
    """Until when somebody's share of something is taken up."""

    kind: str
    subject: str
    until: datetime


class Mistyped(NamedTuple):
    """A movement whose payer got the PIN or the code wrong."""

    movement: str
    operator: str
    msisdn: str


@dataclass(frozen=True, slots=True)
class SharesKept:
    """Shares as they are now; those that are free again are forgotten."""

    shares: tuple[Share, ...]
    at: datetime

    def marks(self) -> Iterator[Hashable]:
        """One at a time."""
        yield "shares", "kept"

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """A row a share, the later moment where another process has kept one too."""
        yield _FORGET, {"now": micros(self.at)}
        for share in self.shares:
            values = {"kind": share.kind, "subject": share.subject, "until": micros(share.until)}
            yield _KEEP, values
        return Saved()

    def looking_for(self) -> None:
        """Kept again soon: one that was lost does no harm."""


@dataclass(frozen=True, slots=True)
class PromptsSwept:
    """Forgets prompts that no phone shows any more; on PostgreSQL only, where they are rows."""

    before: datetime

    def marks(self) -> Iterator[Hashable]:
        """One at a time."""
        yield "prompts", "swept"

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """All of them."""
        yield _SWEEP, {"before": micros(self.before)}
        return Saved()

    def looking_for(self) -> None:
        """Swept again soon."""


async def shares(reader: Reader, *, now: datetime) -> list[Share]:
    """What is still taken up."""
    found = await reader.rows(
        "SELECT kind, subject, taken_until FROM shares WHERE taken_until > :now",
        {"now": micros(now)},
    )
    return [Share(kind, subject, moment(until)) for kind, subject, until in found]


async def mistyped(reader: Reader, *, first: str, until: str) -> list[Mistyped]:
    """Movements among those ids that failed because of a wrong PIN."""
    found = await reader.rows(
        "SELECT movement, operator, msisdn FROM legs WHERE movement >= :first AND movement < :until"
        " AND kind = :kind AND failure LIKE :failure AND msisdn <> ''",
        {
            "first": first,
            "until": until,
            "kind": LegKind.DEBIT.value,
            "failure": f'%"{RefusalCode.WRONG_PIN}"%',
        },
    )
    return [Mistyped(*row) for row in found]
