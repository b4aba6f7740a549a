"""The books as they lie on disk, read past the switch: each look is one statement, one snapshot."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, LiteralString, NamedTuple, Protocol

import apsw
import psycopg

_FLOATS: Final = (
    "SELECT 'float', substr(name, 7), balance FROM accounts WHERE name LIKE 'float:%'"
    " UNION ALL SELECT 'open', operator, CAST(sum(amount) AS bigint) FROM legs"
    " WHERE status IN ('sent', 'pending', 'unknown') GROUP BY operator"
)
_LEGS: Final = (
    "SELECT l.reference, l.movement, m.kind, l.kind, l.operator, l.msisdn, l.amount, l.currency,"
    " l.status FROM legs l JOIN movements m ON m.id = l.movement"
)
_MOVEMENTS: Final = "SELECT id, kind, state, is_final, idempotency_key, events FROM movements"


class LegSeen(NamedTuple):
    """A leg as it is stored, and the kind of movement it belongs to."""

    reference: str
    movement: str
    movement_kind: str
    kind: str
    operator: str
    msisdn: str
    amount: int
    currency: str
    status: str


class MovementSeen(NamedTuple):
    """A movement as it is stored; `events` counts what its merchant is to be told."""

    id: str
    kind: str
    state: str
    is_final: int
    key: str
    events: int


class FloatSeen(NamedTuple):
    """What the ledger holds at an operator, and the sum of legs whose outcome is open there."""

    booked: int
    open: int


class Connection(Protocol):
    """A way to read the database."""

    def rows(self, sql: LiteralString) -> Sequence[tuple[Any, ...]]:
        """All rows of a query."""

    def close(self) -> None:
        """Lets go of the database."""


class Books:
    """Opens the database when it is first looked at.

    `let_go` before a process is killed, so that only the switch can recover what it leaves.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Connection | None = None

    @property
    def is_served(self) -> bool:
        """Whether a server keeps the database, whoever of the switch dies."""
        return not self._url.startswith("sqlite:")

    def floats(self) -> Mapping[str, FloatSeen]:
        """I-03's two numbers for every operator, of one moment."""
        found = self.read(_FLOATS)
        booked = {name: amount for what, name, amount in found if what == "float"}
        open_ = {name: amount for what, name, amount in found if what == "open"}
        return {name: FloatSeen(booked[name], open_.get(name, 0)) for name in booked}

    def legs(self) -> Mapping[str, LegSeen]:
        """Every leg of one moment, by its reference."""
        return {row[0]: LegSeen(*row) for row in self.read(_LEGS)}

    def movements(self) -> Mapping[str, MovementSeen]:
        """Every movement of one moment, by its id."""
        return {row[0]: MovementSeen(*row) for row in self.read(_MOVEMENTS)}

    def open_count(self) -> int:
        """How many movements are not final."""
        return int(self.read("SELECT count(*) FROM movements WHERE is_final = 0")[0][0])

    def open_legs(self) -> Sequence[tuple[Any, ...]]:
        """The legs of what is not final, each with its movement's owner, for whoever wonders."""
        return self.read(
            "SELECT m.id, m.state, m.owner, m.version, l.kind, l.status, l.sends, l.msisdn"
            " FROM movements m JOIN legs l ON l.movement = m.id WHERE m.is_final = 0"
        )

    async def rows(self, sql: LiteralString, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """As `cross.storage.store.Reader`, for the checks that anyone may ask for."""
        assert not parameters
        return self.read(sql)

    def read(self, sql: LiteralString) -> Sequence[tuple[Any, ...]]:
        """All rows of a query."""
        if self._connection is None:
            self._connection = _connect(self._url)
        return self._connection.rows(sql)

    def let_go(self) -> None:
        """Closes the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _connect(url: str) -> Connection:
    scheme, _, rest = url.partition(":")
    return _Sqlite(Path(rest)) if scheme == "sqlite" else _Postgres(url)


class _Sqlite:
    def __init__(self, path: Path) -> None:
        self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        self._connection.set_busy_timeout(5_000)

    def rows(self, sql: LiteralString) -> Sequence[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()

    def close(self) -> None:
        self._connection.close()


class _Postgres:
    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def rows(self, sql: LiteralString) -> Sequence[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()

    def close(self) -> None:
        self._connection.close()
