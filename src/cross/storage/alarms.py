"""Alarms, written once a turn and read back: what is wrong now, and since when."""

from collections.abc import Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cross.storage.rows import micros, moment
from cross.storage.store import Question, Reader, Row, Saved, Statement, Verdict

RAISED, CLEARED = "raised", "cleared"
LIST_MAX: Final = 500
_COLUMNS: Final = "name, subject, state, detail, times, turned_at, told_at"
_RAISE: Final = (
    "INSERT INTO alarms (name, subject, state, detail, times, turned_at) VALUES"
    " (:name, :subject, 'raised', :detail, 1, :at) ON CONFLICT (name, subject) DO UPDATE"
    " SET state = 'raised', detail = excluded.detail, times = alarms.times + 1,"
    " turned_at = excluded.turned_at, told_at = NULL WHERE alarms.state <> 'raised' RETURNING name"
)
_CLEAR: Final = (
    "UPDATE alarms SET state = 'cleared', turned_at = :at, told_at = NULL"
    " WHERE name = :name AND subject = :subject AND state = 'raised' RETURNING name"
)


@dataclass(frozen=True, slots=True)
class AlarmState:
    """An alarm as it stands; `told_at` is None until the page of its last turn was taken."""

    name: str
    subject: str
    state: str
    detail: str
    times: int
    turned_at: datetime
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class AlarmTurned:
    """An alarm raised or cleared; not `fresh` where it stood so already."""

    name: str
    subject: str
    state: str
    detail: str
    at: datetime

    def marks(self) -> Iterator[Hashable]:
        """The alarm."""
        yield "alarm", self.name, self.subject

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The turn, where it is one."""
        values = {"name": self.name, "subject": self.subject, "at": micros(self.at)}
        if self.state == RAISED:
            return Saved(fresh=bool((yield _RAISE, {**values, "detail": self.detail})))
        return Saved(fresh=bool((yield _CLEAR, values)))

    def looking_for(self) -> Question:
        """The state, at this moment."""
        sql = "SELECT state, turned_at FROM alarms WHERE name = :name AND subject = :subject"
        named = {"name": self.name, "subject": self.subject}
        return sql, named, (self.state, micros(self.at))


@dataclass(frozen=True, slots=True)
class AlarmTold:
    """That the page of a turn was taken; nothing where the alarm has turned since."""

    name: str
    subject: str
    turned_at: datetime
    at: datetime

    def marks(self) -> Iterator[Hashable]:
        """The alarm."""
        yield "alarm", self.name, self.subject

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """When."""
        yield (
            "UPDATE alarms SET told_at = :at WHERE name = :name AND subject = :subject"
            " AND turned_at = :turned_at RETURNING name",
            {
                "at": micros(self.at),
                "name": self.name,
                "subject": self.subject,
                "turned_at": micros(self.turned_at),
            },
        )
        return Saved()

    def looking_for(self) -> None:
        """Lost, it is told once more."""


async def standing(reader: Reader) -> list[AlarmState]:
    """Every alarm that is raised, the oldest first."""
    return await _read(reader, "WHERE state = 'raised' ORDER BY turned_at, name, subject")


async def newest(reader: Reader) -> list[AlarmState]:
    """Every alarm that ever was, the one that turned last first, as far as a screen goes."""
    return await _read(reader, f"ORDER BY turned_at DESC, name, subject LIMIT {LIST_MAX}")


async def untold(reader: Reader) -> list[AlarmState]:
    """Turns whose page nobody has taken yet, the oldest first."""
    return await _read(reader, "WHERE told_at IS NULL ORDER BY turned_at, name, subject LIMIT 20")


async def _read(reader: Reader, rest: str) -> list[AlarmState]:
    found = await reader.rows(f"SELECT {_COLUMNS} FROM alarms {rest}", {})
    return [
        AlarmState(
            name=row[0],
            subject=row[1],
            state=row[2],
            detail=row[3],
            times=row[4],
            turned_at=moment(row[5]),
            told_at=None if row[6] is None else moment(row[6]),
        )
        for row in found
    ]
