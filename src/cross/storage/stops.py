"""Safety stops, written beside the batch and read back: placed once, lifted once, kept for ever."""

from collections.abc import Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cross.domain.stop import Stop
from cross.storage.rows import micros, moment
from cross.storage.store import Question, Reader, Row, Saved, Stale, Statement, Verdict

LIST_MAX: Final = 500
_COLUMNS: Final = (
    "id, operator, cause, found, placed_by, placed_at, holds_credits, lifted_by, lifted_at,"
    " lift_reason, overridden"
)
_PLACE: Final = (
    "INSERT INTO stops (id, operator, cause, found, holds_credits, placed_by, placed_at)"
    " SELECT CAST(:id AS text), CAST(:operator AS text), CAST(:cause AS text),"
    " CAST(:found AS text), CAST(:holds_credits AS integer), CAST(:placed_by AS text),"
    " CAST(:placed_at AS bigint) WHERE NOT EXISTS (SELECT 1 FROM stops WHERE operator = :operator"
    " AND cause = :cause AND found = :found AND overridden = 1)"
    " ON CONFLICT (operator, cause) WHERE lifted_at IS NULL DO NOTHING RETURNING id"
)
_LIFT: Final = (
    "UPDATE stops SET lifted_by = :lifted_by, lifted_at = :lifted_at, lift_reason = :lift_reason,"
    " overridden = :overridden WHERE id = :id AND lifted_at IS NULL RETURNING id"
)


@dataclass(frozen=True, slots=True)
class StopPlaced:
    """A stop from now on; not `fresh` where one is in force, or people lifted one over the same."""

    stop: Stop

    def marks(self) -> Iterator[Hashable]:
        """The operator and the cause."""
        yield "stop", self.stop.operator, self.stop.cause

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The row."""
        values = {
            "id": self.stop.id,
            "operator": self.stop.operator,
            "cause": self.stop.cause,
            "found": self.stop.found,
            "holds_credits": int(self.stop.holds_credits),
            "placed_by": self.stop.placed_by,
            "placed_at": micros(self.stop.placed_at),
        }
        return Saved(fresh=bool((yield _PLACE, values)))

    def looking_for(self) -> Question:
        """The row's id."""
        return "SELECT id FROM stops WHERE id = :id", {"id": self.stop.id}, (self.stop.id,)


@dataclass(frozen=True, slots=True)
class StopLifted:
    """The end of a stop; `Stale` where it had ended before."""

    stop: str
    by: str
    at: datetime
    reason: str
    overridden: bool

    def marks(self) -> Iterator[Hashable]:
        """The stop."""
        yield "stop's end", self.stop

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The end, once."""
        lifted = yield (
            _LIFT,
            {
                "id": self.stop,
                "lifted_by": self.by,
                "lifted_at": micros(self.at),
                "lift_reason": self.reason,
                "overridden": int(self.overridden),
            },
        )
        return Saved() if lifted else Stale()

    def looking_for(self) -> Question:
        """The end, as it was written."""
        sql = "SELECT lifted_by, lifted_at FROM stops WHERE id = :id"
        return sql, {"id": self.stop}, (self.by, micros(self.at))


async def in_force(reader: Reader) -> list[Stop]:
    """Every stop that nobody has lifted, oldest first."""
    found = await reader.rows(
        f"SELECT {_COLUMNS} FROM stops WHERE lifted_at IS NULL ORDER BY placed_at, id", {}
    )
    return [_stop(row) for row in found]


async def newest(reader: Reader, *, limit: int = LIST_MAX) -> list[Stop]:
    """The newest stops first, those that were lifted among them."""
    found = await reader.rows(
        f"SELECT {_COLUMNS} FROM stops ORDER BY placed_at DESC, id DESC LIMIT :limit",
        {"limit": limit},
    )
    return [_stop(row) for row in found]


async def get(reader: Reader, stop_id: str) -> Stop | None:
    """A stop by its id."""
    found = await reader.rows(f"SELECT {_COLUMNS} FROM stops WHERE id = :id", {"id": stop_id})
    return _stop(found[0]) if found else None


async def overridden(reader: Reader) -> list[tuple[str, str, str]]:
    """Operator, cause and finding of each stop that people lifted over what its monitor saw."""
    found = await reader.rows(
        "SELECT operator, cause, found FROM stops WHERE overridden = 1 ORDER BY id", {}
    )
    return [(str(row[0]), str(row[1]), str(row[2])) for row in found]


def _stop(row: Row) -> Stop:
    values: tuple[Any, ...] = tuple(row)
    return Stop(
        id=values[0],
        operator=values[1],
        cause=values[2],
        found=values[3],
        placed_by=values[4],
        placed_at=moment(values[5]),
        holds_credits=bool(values[6]),
        lifted_by=values[7],
        lifted_at=None if values[8] is None else moment(values[8]),
        lift_reason=values[9],
        overridden=bool(values[10]),
    )
