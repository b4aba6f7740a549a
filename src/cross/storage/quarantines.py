"""Quarantines: a database that came out of a backup sends nothing until a person releases it."""

from collections.abc import Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cross.storage.rows import micros, moment
from cross.storage.store import Question, Reader, Row, Saved, Stale, Statement, Verdict


@dataclass(frozen=True, slots=True)
class Quarantine:
    """From when until when nothing was sent, and of when the books were; why, if not restored."""

    since: datetime
    backup_at: datetime
    released_at: datetime | None = None
    reason: str | None = None

    @property
    def is_in_force(self) -> bool:
        """Whether nobody has released these books yet."""
        return self.released_at is None


@dataclass(frozen=True, slots=True)
class QuarantineBegun:
    """What a restoration leaves behind, or books that are not those that they were (F-D08)."""

    since: datetime
    backup_at: datetime
    reason: str | None = None

    def marks(self) -> Iterator[Hashable]:
        """One at a time."""
        yield ("quarantine",)

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The row."""
        yield (
            "INSERT INTO quarantines (since, backup_at, reason)"
            " VALUES (:since, :backup_at, :reason)"
            " ON CONFLICT (since) DO UPDATE SET backup_at = excluded.backup_at RETURNING since",
            {
                "since": micros(self.since),
                "backup_at": micros(self.backup_at),
                "reason": self.reason,
            },
        )
        return Saved()

    def looking_for(self) -> Question:
        """The row."""
        since = micros(self.since)
        return "SELECT since FROM quarantines WHERE since = :since", {"since": since}, (since,)


@dataclass(frozen=True, slots=True)
class QuarantineEnded:
    """That a person has released the books; `Stale` where there was nothing to release."""

    at: datetime
    who: str

    def marks(self) -> Iterator[Hashable]:
        """One at a time."""
        yield ("quarantine",)

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The end of every one that is in force."""
        ended = yield (
            "UPDATE quarantines SET released_at = :at, released_by = :who"
            " WHERE released_at IS NULL RETURNING since",
            {"at": micros(self.at), "who": self.who},
        )
        return Saved() if ended else Stale()

    def looking_for(self) -> Question:
        """That none is in force."""
        return "SELECT count(*) FROM quarantines WHERE released_at IS NULL", {}, (0,)


async def newest(reader: Reader) -> Quarantine | None:
    """The last one; None for books that never came out of a backup."""
    found = await reader.rows(
        "SELECT since, backup_at, released_at, reason FROM quarantines ORDER BY since DESC LIMIT 1",
        {},
    )
    if not found:
        return None
    since, backup_at, released_at, reason = found[0]
    released = None if released_at is None else moment(released_at)
    return Quarantine(moment(since), moment(backup_at), released, reason)
