"""Deliveries: what is due at an endpoint, what came of each attempt, and what is sent again.

A delivery comes into being with its event, by a trigger of the books. It is taken by row, never
by "id greater than": on SQLite whatever the one process has in hand is left out of the next look;
on PostgreSQL it is marked with the process's number, and free again when that process's lease ends.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from pydantic_core import to_json

from cross.domain.event import Event
from cross.domain.webhook import Attempt, Delivery, DeliveryState
from cross.storage import events
from cross.storage.events import EventFilter
from cross.storage.pages import Page
from cross.storage.rows import micros, moment
from cross.storage.store import Question, Reader, Row, Saved, Store, Writing

RESENT_MAX: Final = 10_000
"""Of one range: whoever wants more asks for the next range."""

_EVENT: Final = ", ".join(f"e.{name}" for name in events.COLUMNS.split(", "))
_DELIVERY: Final = "event, endpoint, state, tries, next_at, created_at"
_ATTEMPT: Final = "event, at, status, silence, answer, duration_ms, signature"
_DUE: Final = f"""
    SELECT d.tries, {_EVENT} FROM deliveries d JOIN events e ON e.id = d.event
    WHERE d.endpoint = :endpoint AND d.state = 'waiting' AND d.next_at <= :at
        AND d.event NOT IN (SELECT value FROM json_each(:held))
    ORDER BY d.next_at, d.event LIMIT :rows_max
"""
# What another living process has in hand is its own; its lease runs in the database's time.
_CLAIM: Final = f"""
    WITH free AS (
        SELECT d.endpoint, d.event FROM deliveries d
        LEFT JOIN processes p ON p.fence = d.claimed_by AND p.adopted_by IS NULL
            AND p.lease_until >= microseconds_now()
        WHERE d.endpoint = :endpoint AND d.state = 'waiting' AND d.next_at <= :at
            AND (p.fence IS NULL OR p.fence = :owner)
            AND d.event <> ALL (SELECT json_array_elements_text(:held::json))
        ORDER BY d.next_at, d.event LIMIT :rows_max FOR UPDATE OF d SKIP LOCKED
    ), claimed AS (
        UPDATE deliveries d SET claimed_by = :owner FROM free
        WHERE d.endpoint = free.endpoint AND d.event = free.event
        RETURNING d.event, d.tries, d.next_at
    )
    SELECT d.tries, {_EVENT} FROM claimed d JOIN events e ON e.id = d.event
    ORDER BY d.next_at, d.event
"""
_SQLITE_MADE: Final = (
    """
    UPDATE deliveries SET state = made.state, tries = made.tries, next_at = made.next_at
    FROM (
        SELECT value ->> 0 AS endpoint, value ->> 1 AS event, value ->> 8 AS state,
            value ->> 9 AS tries, value ->> 10 AS next_at
        FROM json_each(:made)
    ) AS made
    WHERE deliveries.endpoint = made.endpoint AND deliveries.event = made.event
        AND deliveries.state = 'waiting'
        AND (made.state = 'delivered' OR deliveries.tries = made.tries - 1)
    """,
    """
    INSERT INTO delivery_attempts (endpoint, event, at, status, silence, answer, duration_ms,
        signature)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
        value ->> 6, value ->> 7
    FROM json_each(:made) WHERE true ON CONFLICT DO NOTHING
    """,
)
_MADE: Final = """
    FROM (
        SELECT m ->> 0 AS endpoint, m ->> 1 AS event, (m ->> 2)::bigint AS at,
            (m ->> 3)::integer AS status, m ->> 4 AS silence, m ->> 5 AS answer,
            (m ->> 6)::bigint AS duration_ms, m ->> 7 AS signature, m ->> 8 AS state,
            (m ->> 9)::bigint AS tries, (m ->> 10)::bigint AS next_at
        FROM json_array_elements(:made::json) AS m
    ) AS made
"""
_POSTGRES_MADE: Final = (
    f"""
    WITH settled AS (
        UPDATE deliveries d SET state = made.state, tries = made.tries, next_at = made.next_at,
            claimed_by = 0
        {_MADE}
        WHERE d.endpoint = made.endpoint AND d.event = made.event AND d.state = 'waiting'
            AND (made.state = 'delivered' OR d.tries = made.tries - 1)
    ), attempted AS (
        INSERT INTO delivery_attempts (endpoint, event, at, status, silence, answer, duration_ms,
            signature)
        SELECT made.endpoint, made.event, made.at, made.status, made.silence, made.answer,
            made.duration_ms, made.signature
        {_MADE}
        ON CONFLICT DO NOTHING
    )
    SELECT 1
    """,
)
_FAILING: Final = (
    "UPDATE webhook_endpoints SET failing_since = :since WHERE id = :endpoint RETURNING id"
)
_AGAIN: Final = (
    " ON CONFLICT (endpoint, event) DO UPDATE SET state = 'waiting', tries = 0,"
    " next_at = excluded.next_at, claimed_by = 0 WHERE deliveries.state <> 'canceled'"
    " RETURNING event"
)
_FORWARD: Final = (
    "UPDATE deliveries SET next_at = :at WHERE endpoint = :endpoint AND state = 'waiting'"
    " AND next_at > :soon AND (tries = 0 OR next_at > :far) RETURNING event"
)
_FRESH: Final = (
    "INSERT INTO deliveries (endpoint, event, state, tries, next_at, claimed_by, created_at)"
)
_RESEND: Final = f"{_FRESH} VALUES (:endpoint, :event, 'waiting', 0, :at, 0, :at){_AGAIN}"


class Due(NamedTuple):
    """An event that is due at an endpoint, `tries` of its schedule being used up."""

    event: Event
    tries: int


class Made(NamedTuple):
    """What came of an attempt, and what becomes of its delivery."""

    endpoint: str
    event: str
    attempt: Attempt
    state: DeliveryState
    tries: int
    next_at: datetime


@dataclass(frozen=True, slots=True)
class AttemptsMade:
    """Results of many attempts, written as sets; `failing` is told where it changed.

    A delivery that was delivered, canceled or exhausted meanwhile stays so; one that was asked for
    again meanwhile begins its schedule anew unless this has delivered it.
    """

    engine: str
    made: tuple[Made, ...]
    failing: tuple[tuple[str, datetime | None], ...] = ()

    def marks(self) -> Iterator[Hashable]:
        """A batch is none of another's business: each row says what must be so for it to count."""
        return iter(())

    def writing(self) -> Writing:
        """All results in two statements, then the few endpoints that turned."""
        made = {"made": to_json([_made_row(one) for one in self.made]).decode()}
        for statement in _SQLITE_MADE if self.engine == "sqlite" else _POSTGRES_MADE:
            yield statement, made
        for endpoint, since in self.failing:
            at = None if since is None else micros(since)
            yield _FAILING, {"endpoint": endpoint, "since": at}
        return Saved()

    def looking_for(self) -> Question:
        """The first of the attempts."""
        one = self.made[0]
        at = micros(one.attempt.at)
        sql = (
            "SELECT at FROM delivery_attempts"
            " WHERE endpoint = :endpoint AND event = :event AND at = :at"
        )
        return sql, {"endpoint": one.endpoint, "event": one.event, "at": at}, (at,)


@dataclass(slots=True, eq=False)
class Claim:
    """Takes what is due at an endpoint for this process; what was `taken` is in it afterwards."""

    endpoint: str
    owner: int
    at: datetime
    held: tuple[str, ...]
    rows_max: int
    taken: list[Due] = field(default_factory=list)

    def marks(self) -> Iterator[Hashable]:
        """The endpoint's queue."""
        yield "claim", self.endpoint

    def writing(self) -> Writing:
        """The claim."""
        found = yield _CLAIM, {**self.asked(), "owner": self.owner}
        self.taken = [_due(row) for row in found]
        return Saved()

    def asked(self) -> dict[str, Any]:
        """What is asked for, as parameters."""
        return {
            "endpoint": self.endpoint,
            "at": micros(self.at),
            "held": to_json(self.held).decode(),
            "rows_max": self.rows_max,
        }

    def looking_for(self) -> None:
        """No matter: what was claimed and is not known here is claimed again."""
        return


@dataclass(frozen=True, slots=True)
class Resend:
    """An event sent to endpoints once more, from the beginning of the schedule."""

    event: str
    endpoints: tuple[str, ...]
    at: datetime

    def marks(self) -> Iterator[Hashable]:
        """The event."""
        yield "resend", self.event

    def writing(self) -> Writing:
        """A delivery each, made or begun anew."""
        for endpoint in self.endpoints:
            yield _RESEND, {"endpoint": endpoint, "event": self.event, "at": micros(self.at)}
        return Saved()

    def looking_for(self) -> Question:
        """The last delivery, due at this moment."""
        sql = "SELECT next_at FROM deliveries WHERE endpoint = :endpoint AND event = :event"
        asked = {"endpoint": self.endpoints[-1], "event": self.event}
        return sql, asked, (micros(self.at),)


@dataclass(slots=True, eq=False)
class ResendRange:
    """A merchant's events of a time sent to one endpoint once more; how many is in `resent`."""

    endpoint: str
    merchant: str
    types: tuple[str, ...]
    livemode: bool
    only: EventFilter
    at: datetime
    resent: int = 0

    def marks(self) -> Iterator[Hashable]:
        """The endpoint's queue."""
        yield "resend to", self.endpoint

    def writing(self) -> Writing:
        """The oldest first, as many as may be at once."""
        conditions, parameters = events.conditions_of(self.only, self.merchant)
        names = {f"type_{place}": name for place, name in enumerate(self.types)}
        if names:
            conditions.append(f"type IN ({', '.join(f':{name}' for name in names)})")
        conditions.append("(type <> 'webhook_endpoint.test' OR movement = :endpoint)")
        mode = "LIKE" if self.livemode else "NOT LIKE"
        sql = (
            f"{_FRESH} SELECT :endpoint, id, 'waiting', 0, :at, 0, :at FROM events"
            f" WHERE {' AND '.join(conditions)} AND body {mode} :live"
            f" ORDER BY id LIMIT {RESENT_MAX}{_AGAIN}"
        )
        given = {"endpoint": self.endpoint, "at": micros(self.at), "live": '%"livemode":true%'}
        self.resent = len((yield sql, {**parameters, **names, **given}))
        return Saved()

    def looking_for(self) -> None:
        """No matter: it may be asked for again."""
        return


@dataclass(frozen=True, slots=True)
class BroughtForward:
    """What lies beyond `far` at some endpoints is due at once, and first tries beyond `soon`."""

    endpoints: tuple[str, ...]
    far: datetime
    soon: datetime
    at: datetime

    def marks(self) -> Iterator[Hashable]:
        """Each row says what must be so for it to count."""
        return iter(())

    def writing(self) -> Writing:
        """Endpoint by endpoint."""
        for endpoint in self.endpoints:
            times = {"far": micros(self.far), "soon": micros(self.soon), "at": micros(self.at)}
            yield _FORWARD, {"endpoint": endpoint, **times}
        return Saved()

    def looking_for(self) -> None:
        """No matter: the next look does it again."""
        return


async def due(store: Store, claim: Claim) -> Sequence[Due]:
    """What is due at an endpoint and in nobody's hands, the longest due first."""
    if store.engine == "sqlite":
        return [_due(row) for row in await store.rows(_DUE, claim.asked())]
    await store.record([claim])
    return claim.taken


async def page(
    reader: Reader, endpoint: str, *, part: Page, state: str | None = None
) -> tuple[Sequence[Delivery], bool]:
    """A page of an endpoint's deliveries, newest event first; the bounds are events' ids."""
    conditions, asked = ["endpoint = :endpoint"], {"endpoint": endpoint}
    if state is not None:
        conditions.append("state = :state")
        asked["state"] = state
    chosen = part.among(conditions, by="event")
    found = await reader.rows(
        f"SELECT {_DELIVERY} FROM deliveries WHERE {chosen}",
        {**asked, **part.numbers},
    )
    return part.cut([_delivery(row) for row in found])


async def find(reader: Reader, endpoint: str, event: str) -> Delivery | None:
    """One delivery."""
    found = await reader.rows(
        f"SELECT {_DELIVERY} FROM deliveries WHERE endpoint = :endpoint AND event = :event",
        {"endpoint": endpoint, "event": event},
    )
    return _delivery(found[0]) if found else None


async def of_event(reader: Reader, event: str, *, merchant: str) -> Sequence[Delivery]:
    """What became of an event at each of its merchant's endpoints."""
    columns = ", ".join(f"d.{name}" for name in _DELIVERY.split(", "))
    found = await reader.rows(
        f"SELECT {columns} FROM webhook_endpoints w"
        " JOIN deliveries d ON d.endpoint = w.id AND d.event = :event"
        " WHERE w.merchant = :merchant AND w.status <> 'deleted' ORDER BY w.id",
        {"event": event, "merchant": merchant},
    )
    return [_delivery(row) for row in found]


async def attempts(reader: Reader, endpoint: str, event: str) -> Sequence[Attempt]:
    """Every request that was made of a delivery, oldest first."""
    found = await reader.rows(
        f"SELECT {_ATTEMPT} FROM delivery_attempts"
        " WHERE endpoint = :endpoint AND event = :event ORDER BY at",
        {"endpoint": endpoint, "event": event},
    )
    return [Attempt(moment(row[1]), *row[2:]) for row in found]


async def counts(reader: Reader, endpoint: str) -> dict[str, int]:
    """How many of an endpoint's deliveries are waiting, and how many were given up."""
    found = await reader.rows(
        "SELECT"
        " (SELECT count(*) FROM deliveries WHERE endpoint = :endpoint AND state = 'waiting'),"
        " (SELECT count(*) FROM deliveries WHERE endpoint = :endpoint AND state = 'exhausted')",
        {"endpoint": endpoint},
    )
    return {"waiting": int(found[0][0]), "exhausted": int(found[0][1])}


async def oldest_due(reader: Reader, at: datetime) -> datetime | None:
    """Since when the longest delayed delivery to an enabled endpoint has been due."""
    found = await reader.rows(
        "SELECT min((SELECT min(d.next_at) FROM deliveries d"
        " WHERE d.endpoint = w.id AND d.state = 'waiting' AND d.next_at <= :at))"
        " FROM webhook_endpoints w WHERE w.status = 'enabled'",
        {"at": micros(at)},
    )
    return None if found[0][0] is None else moment(found[0][0])


def _made_row(one: Made) -> Row:
    attempt = one.attempt
    return (
        one.endpoint,
        one.event,
        micros(attempt.at),
        attempt.status,
        attempt.silence,
        attempt.answer,
        attempt.duration_ms,
        attempt.signature,
        one.state.value,
        one.tries,
        micros(one.next_at),
    )


def _due(row: Row) -> Due:
    return Due(events.read_event(row[1:]), row[0])


def _delivery(row: Row) -> Delivery:
    return Delivery(row[0], row[1], DeliveryState(row[2]), row[3], moment(row[4]), moment(row[5]))
