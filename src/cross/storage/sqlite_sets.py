"""Rows written as sets on SQLite: one statement a table, the rows as one JSON array.

A statement a row would hand Python's lock to and fro a dozen times for each movement: measured,
the writer then waited four times as long as it worked. A set is one step inside SQLite, which
`jsonb_each` (since 3.51.0) takes apart three times as fast as `json_each`: no row becomes text.
"""

from collections.abc import Sequence
from typing import Any, Final

import apsw
from pydantic_core import to_json

from cross.storage import rows
from cross.storage.store import Row

_UNTIL_32: Final = [f"value ->> {place}" for place in range(32)]


def _columns(names: str) -> str:
    return ", ".join(_UNTIL_32[: names.count(",") + 1])


_EVENT_COLUMNS: Final = "id, merchant, movement, type, sequence, body, created_at"

_INSERT_MOVEMENTS: Final = (
    f"INSERT INTO movements ({rows.MOVEMENT_COLUMNS})"
    f" SELECT {_columns(rows.MOVEMENT_COLUMNS)} FROM jsonb_each(?)"
)
_UPDATE_MOVEMENTS: Final = """
    UPDATE movements SET state = new.state, status = new.status, version = new.version,
        is_final = new.is_final, approve_by = new.approve_by, updated_at = new.updated_at,
        completed_at = new.completed_at, failure = new.failure, attention = new.attention,
        events = new.events
    FROM (
        SELECT value ->> 0 AS id, value ->> 1 AS state, value ->> 2 AS status,
            value ->> 3 AS version, value ->> 4 AS is_final, value ->> 5 AS approve_by,
            value ->> 6 AS updated_at, value ->> 7 AS completed_at, value ->> 8 AS failure,
            value ->> 9 AS attention, value ->> 10 AS events
        FROM jsonb_each(?)
    ) AS new
    WHERE movements.id = new.id
"""
_UPSERT_LEGS: Final = (
    f"INSERT INTO legs ({rows.LEG_COLUMNS}) SELECT {_columns(rows.LEG_COLUMNS)}"
    " FROM jsonb_each(?) WHERE true"
    " ON CONFLICT (movement, kind) DO UPDATE SET status = excluded.status,"
    " sends = excluded.sends, sent_at = excluded.sent_at,"
    " operator_reference = excluded.operator_reference, failure = excluded.failure"
)
_INSERT_POSTINGS: Final = (
    "INSERT INTO postings (entry, line, account, amount)"
    f" SELECT {_columns('entry, line, account, amount')} FROM jsonb_each(?)"
)
_INSERT_ENTRIES: Final = (
    "INSERT INTO entries (id, movement, cause, lines, at)"
    f" SELECT {_columns('id, movement, cause, lines, at')} FROM jsonb_each(?)"
)
_INSERT_EVENTS: Final = (
    f"INSERT INTO events ({_EVENT_COLUMNS}) SELECT {_columns(_EVENT_COLUMNS)} FROM jsonb_each(?)"
)
_INSERT_CALLBACKS: Final = """
    INSERT INTO callbacks (operator, reference, says, digest, method, query, headers, body, peer,
        received_at, waiting)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
        value ->> 6, unhex(value ->> 7), value ->> 8, value ->> 9, value ->> 10
    FROM jsonb_each(?)
"""
_UPDATE_BALANCES: Final = """
    UPDATE accounts SET balance = new.balance
    FROM (SELECT value ->> 0 AS id, value ->> 1 AS balance FROM jsonb_each(?)) AS new
    WHERE accounts.id = new.id
"""
_INSERT_QUOTES: Final = (
    f"INSERT INTO quotes ({rows.QUOTE_COLUMNS})"
    f" SELECT {_columns(rows.QUOTE_COLUMNS)} FROM jsonb_each(?)"
)

# Which of the openings collide with a movement that is there: id, key, reference, quote.
TAKEN: Final = """
    SELECT asked.key, found.id, found.request_digest,
        CASE WHEN found.merchant = asked.value ->> 1
                AND found.idempotency_key = asked.value ->> 2 THEN 'key'
            WHEN found.merchant = asked.value ->> 1 AND found.kind = asked.value ->> 3
                AND found.reference = asked.value ->> 4 THEN 'reference'
            WHEN found.quote = asked.value ->> 5 THEN 'quote' ELSE 'id' END
    FROM jsonb_each(?) AS asked JOIN movements AS found ON found.id IN (
        SELECT id FROM movements WHERE id = asked.value ->> 0
        UNION ALL SELECT id FROM movements
            WHERE merchant = asked.value ->> 1 AND idempotency_key = asked.value ->> 2
        UNION ALL SELECT id FROM movements
            WHERE merchant = asked.value ->> 1 AND kind = asked.value ->> 3
                AND reference = asked.value ->> 4 AND reference IS NOT NULL
        UNION ALL SELECT id FROM movements
            WHERE quote = asked.value ->> 5 AND quote IS NOT NULL)
"""
# Which of the steps are not over the version before, or not by the owner.
STALE: Final = """
    SELECT step.key FROM jsonb_each(?) AS step
    LEFT JOIN movements AS found ON found.id = step.value ->> 0
    WHERE found.id IS NULL OR found.version <> step.value ->> 1 OR found.owner <> step.value ->> 2
"""
# Which of the entries are booked already.
BOOKED: Final = """
    SELECT asked.key FROM jsonb_each(?) AS asked
    JOIN entries ON entries.movement = asked.value ->> 0 AND entries.cause = asked.value ->> 1
"""
# Which of the callbacks came before.
RECEIVED: Final = """
    SELECT asked.key FROM jsonb_each(?) AS asked JOIN callbacks ON callbacks.digest = asked.value
"""


def look_up(cursor: apsw.Cursor, sql: str, asked: Sequence[Any]) -> list[Row]:
    """Rows of one of the questions above, `asked` being what it is about; nothing for nothing."""
    return cursor.execute(sql, (to_json(asked).decode(),)).fetchall() if asked else []


class RowSets:
    """Rows waiting to be written together."""

    def __init__(self) -> None:
        self.movements: list[Row] = []
        self.steps: list[Row] = []
        self.legs: list[Row] = []
        self.postings: list[Row] = []
        self.entries: list[Row] = []
        self.events: list[Row] = []
        self.callbacks: list[Row] = []
        self.quotes: list[Row] = []
        self.balances: list[Row] = []

    def write(self, cursor: apsw.Cursor) -> None:
        """Writes every row; postings before the entries that close over them, balances last."""
        for sql, waiting in (
            (_INSERT_MOVEMENTS, self.movements),
            (_UPDATE_MOVEMENTS, self.steps),
            (_UPSERT_LEGS, self.legs),
            (_INSERT_POSTINGS, self.postings),
            (_INSERT_ENTRIES, self.entries),
            (_INSERT_EVENTS, self.events),
            (_INSERT_CALLBACKS, self.callbacks),
            (_INSERT_QUOTES, self.quotes),
            (_UPDATE_BALANCES, self.balances),
        ):
            if waiting:
                cursor.execute(sql, (to_json(waiting).decode(),))
