"""Events, read back and listed; and what the house tells of itself, written once a change."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cross.domain.event import Event
from cross.domain.ids import EVENT, new_id
from cross.storage.pages import Page
from cross.storage.rows import micros, moment
from cross.storage.store import Question, Reader, Row, Saved, Writing

_IDS_LAG: Final = timedelta(seconds=1)
"""More than an id is older than its event: ids of one millisecond share its beginning."""

_FIRST_DAY: Final = datetime(1970, 1, 2, tzinfo=UTC)
"""No id is older than 1970; a caller may name any year."""

COLUMNS: Final = "id, merchant, movement, type, sequence, body, created_at"
INSERT: Final = (
    f"INSERT INTO events ({COLUMNS}) VALUES"
    " (:id, :merchant, :movement, :type, :sequence, :body, :created_at) RETURNING id"
)
_INSERT_NEXT: Final = (
    f"INSERT INTO events ({COLUMNS}) SELECT :id, :merchant, :movement, :type,"
    " 1 + coalesce(max(e.sequence), 0), :body, :created_at"
    " FROM events e WHERE e.movement = :movement RETURNING id"
)
_TURN: Final = (
    "INSERT INTO house_states (object, state, at) VALUES (:object, :state, :at)"
    " ON CONFLICT (object) DO UPDATE SET state = excluded.state, at = excluded.at"
    " WHERE house_states.state <> excluded.state RETURNING object"
)
_TURN_BACK: Final = (
    "UPDATE house_states SET state = :state, at = :at"
    " WHERE object = :object AND state <> :state RETURNING object"
)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What a merchant narrows its events by; None is *any*. Both times are included."""

    type: str | None = None
    object: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class HouseNews:
    """A change of what belongs to no merchant, told to each that hears of the house.

    `told` holds an event's id and a merchant each. Where `at_rest`, and nothing else was ever
    told, it is no change. Written once, whichever of several processes saw it first.
    """

    object: str
    state: str
    type: str
    body: str
    at: datetime
    told: tuple[tuple[str, str], ...]
    at_rest: bool = False

    def marks(self) -> Iterator[Hashable]:
        """The object."""
        yield "house", self.object

    def writing(self) -> Writing:
        """The new state, and an event a merchant, numbered for each of them without gaps."""
        at = micros(self.at)
        turned = {"object": self.object, "state": self.state, "at": at}
        if not (yield _TURN_BACK if self.at_rest else _TURN, turned):
            return Saved(fresh=False)
        for event, merchant in self.told:
            yield (
                _INSERT_NEXT,
                {
                    "id": event,
                    "merchant": merchant,
                    "movement": house_object(self.object, merchant),
                    "type": self.type,
                    "body": self.body,
                    "created_at": at,
                },
            )
        return Saved()

    def looking_for(self) -> Question:
        """The state, at this moment."""
        sql = "SELECT state, at FROM house_states WHERE object = :object"
        return sql, {"object": self.object}, (self.state, micros(self.at))


def house_object(name: str, merchant: str) -> str:
    """What the books call an object of the house as one merchant hears of it."""
    return f"{name}@{merchant}"


async def hearers(reader: Reader) -> Sequence[str]:
    """The merchants that hear of the house's own floats and operators."""
    found = await reader.rows("SELECT id FROM merchants WHERE hears_house = 1 ORDER BY id", {})
    return [str(row[0]) for row in found]


async def house_states(reader: Reader) -> Sequence[tuple[str, str]]:
    """What was last told of each object of the house."""
    found = await reader.rows("SELECT object, state FROM house_states ORDER BY object", {})
    return [(str(row[0]), str(row[1])) for row in found]


async def find(reader: Reader, event_id: str, *, merchant: str) -> Event | None:
    """A merchant's event; None is all that another merchant learns (I-40)."""
    found = await reader.rows(
        f"SELECT {COLUMNS} FROM events WHERE id = :id AND merchant = :merchant",
        {"id": event_id, "merchant": merchant},
    )
    return read_event(found[0]) if found else None


async def page(
    reader: Reader, *, merchant: str, part: Page, only: EventFilter
) -> tuple[Sequence[Event], bool]:
    """A page of a merchant's events, newest first, and whether there are more."""
    conditions, parameters = conditions_of(only, merchant)
    chosen = part.among(conditions)
    found = await reader.rows(
        f"SELECT {COLUMNS} FROM events WHERE {chosen}",
        {**parameters, **part.numbers},
    )
    return part.cut([read_event(row) for row in found])


def conditions_of(only: EventFilter, merchant: str) -> tuple[list[str], dict[str, Any]]:
    """The conditions on a merchant's events, and their parameters.

    An id is hardly older than its event's time, so that a list from some time on begins there.
    """
    conditions, parameters = ["merchant = :merchant"], {"merchant": merchant}
    given: dict[str, Any] = {}
    if only.type is not None:
        conditions.append("type = :type")
        given["type"] = only.type
    if only.object is not None:
        conditions.append("movement IN (:object, :house_object)")
        given["object"] = only.object
        given["house_object"] = house_object(only.object, merchant)
    if only.created_from is not None:
        conditions.append("id >= :first AND created_at >= :created_from")
        first = max(only.created_from, _FIRST_DAY) - _IDS_LAG
        given["first"] = new_id(EVENT, at=first, random_bits=0)
        given["created_from"] = micros(only.created_from)
    if only.created_to is not None:
        conditions.append("created_at <= :created_to")
        given["created_to"] = micros(only.created_to)
    return conditions, {**parameters, **given}


def read_event(row: Row) -> Event:
    """An event from a row of `COLUMNS`; an object of the house loses its hearer's name."""
    name, merchant, thing, kind, sequence, body, created_at = row
    return Event(name, merchant, thing.partition("@")[0], kind, sequence, body, moment(created_at))


def event_values(event: Event) -> dict[str, Any]:
    """An event as the parameters of `INSERT`."""
    return {
        "id": event.id,
        "merchant": event.merchant,
        "movement": event.object,
        "type": event.type,
        "sequence": event.sequence,
        "body": event.body,
        "created_at": micros(event.created_at),
    }
