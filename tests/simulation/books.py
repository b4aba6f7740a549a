"""The books, read straight from the file: the switch is not asked what it thinks it wrote."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import apsw


class LegSeen(NamedTuple):
    """One row of `legs`."""

    movement: str
    kind: str
    operator: str
    msisdn: str
    amount: int
    currency: str
    reference: str
    status: str
    sends: int

    @property
    def is_open(self) -> bool:
        """Whether it may be at the operator, its answer not known."""
        return self.status in ("sent", "pending", "unknown")

    @property
    def is_to_be_sent_again(self) -> bool:
        """Whether a request that was given up as *not found* may be on its way still (F-N03)."""
        return self.status == "planned" and self.sends > 0


class MovementSeen(NamedTuple):
    """One row of `movements`."""

    id: str
    kind: str
    state: str
    version: int
    is_final: int
    idempotency_key: str
    events: int
    attention: str | None
    failure: str | None
    completed_at: int | None
    uses_up: str | None
    merchant: str

    @property
    def original(self) -> str:
        """The collection that a refund gives back."""
        return (self.uses_up or "").rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the books say at one moment; balances are debits less credits, by account name."""

    legs: dict[str, LegSeen]
    movements: dict[str, MovementSeen]
    balances: dict[str, int]
    found_late: frozenset[tuple[str, str]] = frozenset()
    """Movement and kind of each leg whose success was booked after its failure (I-25)."""

    def leg(self, movement: str, kind: str) -> LegSeen | None:
        """A movement's leg of that kind."""
        for leg in self.legs.values():
            if leg.movement == movement and leg.kind == kind:
                return leg
        return None


class Books:
    """A reading connection of our own, opened when it is first needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: apsw.Connection | None = None
        self._seen = -1
        self._latest = Snapshot({}, {}, {})

    def rows(self, sql: str, given: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self._connection.execute(sql, given).fetchall()

    def has_callback(self, body: bytes) -> bool:
        """Whether a callback with that body is stored."""
        found = self._connection.execute("SELECT 1 FROM callbacks WHERE body = ? LIMIT 1", (body,))
        return found.get is not None

    def snapshot(self) -> Snapshot:
        """The books as they are committed now."""
        version: int = self._connection.execute("PRAGMA data_version").get
        if version != self._seen:
            self._seen = version
            legs = self.rows(
                "SELECT movement, kind, operator, msisdn, amount, currency, reference, status,"
                " sends FROM legs"
            )
            movements = self.rows(
                "SELECT id, kind, state, version, is_final, idempotency_key, events, attention,"
                " failure, completed_at, quote, merchant FROM movements"
            )
            late = self.rows(
                "SELECT movement, cause FROM entries WHERE cause LIKE '%.late_success'"
            )
            self._latest = Snapshot(
                {row[6]: LegSeen(*row) for row in legs},
                {row[0]: MovementSeen(*row) for row in movements},
                dict(self.rows("SELECT name, balance FROM accounts")),
                frozenset((row[0], row[1].partition(".")[0]) for row in late),
            )
        return self._latest

    def close(self) -> None:
        """Let the file go; the next look opens it again."""
        if self._open is not None:
            with suppress(apsw.IOError):  # it may only read: the last to leave cannot tidy up
                self._open.close()
        self._open, self._seen = None, -1

    @property
    def _connection(self) -> apsw.Connection:
        if self._open is None:
            self._open = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READONLY)
            self._open.set_busy_timeout(1_000)
        return self._open
