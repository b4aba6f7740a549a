"""Webhook endpoints: written beside the money, and read back as values."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cross.domain.event import ALL, Event
from cross.domain.webhook import DisabledReason, Endpoint, EndpointStatus, EndpointTerms
from cross.storage import events
from cross.storage.pages import Page
from cross.storage.rows import micros, moment
from cross.storage.store import Question, Reader, Row, Saved, Stale, Writing

_COLUMNS: Final = (
    "id, merchant, livemode, url, events, description, status, reason, secret, previous_secret,"
    " previous_until, failing_since, told, version, created_at, updated_at, moves_to, moves_at,"
    " secret_from"
)
_NAMES: Final = tuple(name.strip() for name in _COLUMNS.split(","))
_FIXED: Final = ("id", "merchant", "livemode", "failing_since", "created_at")
_INSERT: Final = (
    f"INSERT INTO webhook_endpoints ({_COLUMNS})"
    f" VALUES ({', '.join(f':{name}' for name in _NAMES)}) ON CONFLICT DO NOTHING RETURNING id"
)
_STEP: Final = (
    "UPDATE webhook_endpoints SET"
    f" {', '.join(f'{name} = :{name}' for name in _NAMES if name not in _FIXED)}"
    ", failing_since = CASE WHEN :status = 'enabled' AND (status <> 'enabled' OR url <> :url)"
    " THEN NULL ELSE failing_since END"
    " WHERE id = :id AND version = :version - 1 AND status <> 'deleted' RETURNING id"
)
_CANCEL: Final = (
    "UPDATE deliveries SET state = 'canceled' WHERE endpoint = :id AND state = 'waiting'"
    " RETURNING event"
)
_HERE: Final = (
    "INSERT INTO deliveries (endpoint, event, state, tries, next_at, claimed_by, created_at)"
    " VALUES (:endpoint, :event, 'waiting', 0, :at, 0, :at) RETURNING event"
)


@dataclass(frozen=True, slots=True)
class EndpointOpening:
    """An endpoint made."""

    endpoint: Endpoint

    def marks(self) -> Iterator[Hashable]:
        """The endpoint."""
        yield "webhook endpoint", self.endpoint.id

    def writing(self) -> Writing:
        """The endpoint."""
        return Saved(fresh=bool((yield _INSERT, _row(self.endpoint))))

    def looking_for(self) -> Question:
        """The endpoint's id."""
        return _version(self.endpoint)


@dataclass(frozen=True, slots=True)
class EndpointStep:
    """An endpoint as it will be, over the version before it, and what is told of it.

    One that is deleted has no delivery waiting any more. `only_here`: the event goes to this
    endpoint and no other.
    """

    endpoint: Endpoint
    event: Event | None = None
    only_here: bool = False

    def marks(self) -> Iterator[Hashable]:
        """The endpoint."""
        yield "webhook endpoint", self.endpoint.id

    def writing(self) -> Writing:
        """The change; then what it ends, and what is told."""
        row = _row(self.endpoint)
        if not (
            yield _STEP, {name: row[name] for name in row if name not in _FIXED or name == "id"}
        ):
            return Stale()
        if self.endpoint.status is EndpointStatus.DELETED:
            yield _CANCEL, {"id": self.endpoint.id}
        if self.event is not None:
            yield events.INSERT, events.event_values(self.event)
            if self.only_here:
                at = micros(self.event.created_at)
                yield _HERE, {"endpoint": self.endpoint.id, "event": self.event.id, "at": at}
        return Saved()

    def looking_for(self) -> Question:
        """The version that it makes."""
        return _version(self.endpoint)


async def find(reader: Reader, endpoint_id: str, *, merchant: str) -> Endpoint | None:
    """A merchant's endpoint; None is all that another merchant learns, or of one deleted (I-40)."""
    found = await reader.rows(
        f"SELECT {_COLUMNS} FROM webhook_endpoints"
        " WHERE id = :id AND merchant = :merchant AND status <> 'deleted'",
        {"id": endpoint_id, "merchant": merchant},
    )
    return _endpoint(found[0]) if found else None


async def get(reader: Reader, endpoint_id: str) -> Endpoint | None:
    """An endpoint whoever's it is, for the switch's own work; None where it is deleted."""
    found = await reader.rows(
        f"SELECT {_COLUMNS} FROM webhook_endpoints WHERE id = :id AND status <> 'deleted'",
        {"id": endpoint_id},
    )
    return _endpoint(found[0]) if found else None


async def of(reader: Reader, merchant: str) -> Sequence[Endpoint]:
    """All endpoints of a merchant, oldest first."""
    found = await reader.rows(
        f"SELECT {_COLUMNS} FROM webhook_endpoints"
        " WHERE merchant = :merchant AND status <> 'deleted' ORDER BY id",
        {"merchant": merchant},
    )
    return [_endpoint(row) for row in found]


async def page(reader: Reader, *, merchant: str, part: Page) -> tuple[Sequence[Endpoint], bool]:
    """A page of a merchant's endpoints, newest first, and whether there are more."""
    chosen = part.among(("merchant = :merchant", "status <> 'deleted'"))
    found = await reader.rows(
        f"SELECT {_COLUMNS} FROM webhook_endpoints WHERE {chosen}",
        {"merchant": merchant, **part.numbers},
    )
    return part.cut([_endpoint(row) for row in found])


async def enabled(reader: Reader) -> Sequence[tuple[str, str, int]]:
    """Every enabled endpoint: id, merchant and version."""
    found = await reader.rows(
        "SELECT id, merchant, version FROM webhook_endpoints WHERE status = 'enabled' ORDER BY id",
        {},
    )
    return [(str(row[0]), str(row[1]), int(row[2])) for row in found]


async def with_work(reader: Reader, at: datetime) -> Sequence[tuple[str, str, int]]:
    """Enabled endpoints to which something is due: id, merchant and version."""
    found = await reader.rows(
        "SELECT w.id, w.merchant, w.version FROM webhook_endpoints w"
        " WHERE w.status = 'enabled' AND EXISTS (SELECT 1 FROM deliveries d"
        " WHERE d.endpoint = w.id AND d.state = 'waiting' AND d.next_at <= :at) ORDER BY w.id",
        {"at": micros(at)},
    )
    return [(str(row[0]), str(row[1]), int(row[2])) for row in found]


async def with_work_after(reader: Reader, far: datetime, soon: datetime) -> Sequence[str]:
    """Enabled endpoints to which something is to be sent after `far`, or first after `soon`."""
    found = await reader.rows(
        "SELECT w.id FROM webhook_endpoints w WHERE w.status = 'enabled' AND EXISTS ("
        "SELECT 1 FROM deliveries d WHERE d.endpoint = w.id AND d.state = 'waiting'"
        " AND d.next_at > :soon AND (d.tries = 0 OR d.next_at > :far)) ORDER BY w.id",
        {"far": micros(far), "soon": micros(soon)},
    )
    return [str(row[0]) for row in found]


async def secrets_of(reader: Reader) -> Sequence[tuple[str, str, str | None]]:
    """Every endpoint's sealed secrets: id, current and previous; for rotation of master keys."""
    found = await reader.rows(
        "SELECT id, secret, previous_secret FROM webhook_endpoints"
        " WHERE status <> 'deleted' ORDER BY id",
        {},
    )
    return [(str(row[0]), str(row[1]), row[2]) for row in found]


def _version(endpoint: Endpoint) -> Question:
    sql = "SELECT version, secret, status FROM webhook_endpoints WHERE id = :id"
    wanted = (endpoint.version, endpoint.secret, endpoint.status.value)
    return sql, {"id": endpoint.id}, wanted


def _row(endpoint: Endpoint) -> dict[str, Any]:
    terms = endpoint.terms
    return {
        "id": endpoint.id,
        "merchant": endpoint.merchant,
        "livemode": int(endpoint.livemode),
        "url": terms.url,
        "events": ALL if ALL in terms.events else f" {' '.join(terms.events)} ",
        "description": terms.description,
        "status": endpoint.status.value,
        "reason": None if endpoint.reason is None else endpoint.reason.value,
        "secret": endpoint.secret,
        "previous_secret": endpoint.previous_secret,
        "previous_until": _micros(endpoint.previous_until),
        "failing_since": _micros(endpoint.failing_since),
        "told": endpoint.told,
        "version": endpoint.version,
        "created_at": micros(endpoint.created_at),
        "updated_at": micros(endpoint.updated_at),
        "moves_to": endpoint.moves_to,
        "moves_at": _micros(endpoint.moves_at),
        "secret_from": _micros(endpoint.secret_from),
    }


def _endpoint(row: Row) -> Endpoint:
    return Endpoint(
        id=row[0],
        merchant=row[1],
        livemode=bool(row[2]),
        terms=EndpointTerms(row[3], tuple(row[4].split()), row[5]),
        status=EndpointStatus(row[6]),
        reason=None if row[7] is None else DisabledReason(row[7]),
        secret=row[8],
        previous_secret=row[9],
        previous_until=_moment(row[10]),
        failing_since=_moment(row[11]),
        told=row[12],
        version=row[13],
        created_at=moment(row[14]),
        updated_at=moment(row[15]),
        moves_to=row[16],
        moves_at=_moment(row[17]),
        secret_from=_moment(row[18]),
    )


def _micros(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


def _moment(at: int | None) -> datetime | None:
    return None if at is None else moment(at)
