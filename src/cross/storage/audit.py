"""The audit: who did what that only an admin may, kept for ever."""

from collections.abc import Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cross.storage.rows import micros, moment
from cross.storage.store import Question, Reader, Row, Saved, Statement, Verdict

LINES_MAX: Final = 500
_COLUMNS: Final = "id, at, who, action, subject, before, after"
_INSERT: Final = (
    f"INSERT INTO audit ({_COLUMNS})"
    " VALUES (:id, :at, :who, :action, :subject, :before, :after) RETURNING id"
)


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One act of an admin; `before` and `after` are JSON of what it changed, without secrets."""

    id: str
    at: datetime
    who: str
    action: str
    subject: str
    before: str = "null"
    after: str = "null"

    def marks(self) -> Iterator[Hashable]:
        """Lines never collide."""
        return iter(())

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The line."""
        yield (
            _INSERT,
            {
                "id": self.id,
                "at": micros(self.at),
                "who": self.who,
                "action": self.action,
                "subject": self.subject,
                "before": self.before,
                "after": self.after,
            },
        )
        return Saved()

    def looking_for(self) -> Question:
        """The line's id."""
        return "SELECT id FROM audit WHERE id = :id", {"id": self.id}, (self.id,)


async def newest(
    reader: Reader, *, limit: int = LINES_MAX, subject: str | None = None
) -> list[AuditLine]:
    """The newest lines first, of everything or of one subject."""
    narrowed = "" if subject is None else " WHERE subject = :subject"
    found = await reader.rows(
        f"SELECT {_COLUMNS} FROM audit{narrowed} ORDER BY id DESC LIMIT :limit",
        {"limit": limit, "subject": subject} if subject else {"limit": limit},
    )
    return [AuditLine(row[0], moment(row[1]), *row[2:]) for row in found]
