"""Writing a batch on SQLite: every check first, then every row, balances last.

Runs inside one transaction that the caller begins and ends. This process holds the database
alone, so what it knows of balances and entry numbers is what the database says.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final, assert_never

import apsw

from cross.domain.accounts import Account, AccountKind
from cross.domain.ledger import JournalEntry, Need
from cross.domain.movement import Movement
from cross.storage import rows
from cross.storage.store import (
    Addition,
    Advance,
    CallbackArrival,
    EventRow,
    KeyTaken,
    NotCovered,
    Opening,
    QuoteOffer,
    QuoteTaken,
    ReferenceTaken,
    Row,
    Saved,
    Stale,
    Verdict,
    Write,
)

_INSERT_MOVEMENT: Final = (
    f"INSERT INTO movements ({rows.MOVEMENT_COLUMNS})"
    f" VALUES ({', '.join('?' * (rows.MOVEMENT_COLUMNS.count(',') + 1))}) ON CONFLICT DO NOTHING"
)
_UPDATE_MOVEMENT: Final = """
    UPDATE movements SET state = ?, status = ?, version = ?, is_final = ?, approve_by = ?,
        updated_at = ?, completed_at = ?, failure = ?, attention = ?, events = ?
    WHERE id = ? AND version = ? AND owner = ?
"""
_UPSERT_LEG: Final = (
    f"INSERT INTO legs ({rows.LEG_COLUMNS})"
    f" VALUES ({', '.join('?' * (rows.LEG_COLUMNS.count(',') + 1))})"
    " ON CONFLICT (movement, kind) DO UPDATE SET status = excluded.status,"
    " sends = excluded.sends, sent_at = excluded.sent_at,"
    " operator_reference = excluded.operator_reference, failure = excluded.failure"
)
_INSERT_QUOTE: Final = (
    f"INSERT INTO quotes ({rows.QUOTE_COLUMNS})"
    f" VALUES ({', '.join('?' * (rows.QUOTE_COLUMNS.count(',') + 1))})"
)
_INSERT_POSTING: Final = "INSERT INTO postings (entry, line, account, amount) VALUES (?, ?, ?, ?)"
_INSERT_ENTRY: Final = "INSERT INTO entries (id, movement, cause, lines, at) VALUES (?, ?, ?, ?, ?)"
_INSERT_EVENT: Final = """
    INSERT INTO events (id, merchant, movement, type, sequence, body, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_CALLBACK: Final = """
    INSERT INTO callbacks (operator, reference, says, digest, method, query, headers, body, peer,
        received_at, waiting)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""


class SqliteBatch:
    """Applies writes on one connection; forgets what it learnt when a batch is rolled back."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._accounts: dict[tuple[str, str], int] = {}
        self._balances: dict[int, int] = {}
        self._next_entry = 1
        self._clear()

    def recall(self) -> None:
        """Reads accounts, balances and the last entry's number from the database."""
        self._accounts.clear()
        self._balances.clear()
        for number, name, currency, balance in self._cursor.execute(
            "SELECT id, name, currency, balance FROM accounts"
        ):
            self._accounts[name, currency] = number
            self._balances[number] = balance
        last = self._cursor.execute("SELECT coalesce(max(id), 0) FROM entries").get
        self._next_entry = last + 1

    def apply(self, writes: Sequence[Write]) -> list[Verdict]:
        """The verdict on each write, all rows of those that are saved written."""
        self._clear()
        verdicts = [self._apply_one(write) for write in writes]
        self._cursor.executemany(_UPSERT_LEG, self._legs)
        self._cursor.executemany(_INSERT_POSTING, self._postings)
        self._cursor.executemany(_INSERT_ENTRY, self._entries)
        self._cursor.executemany(_INSERT_EVENT, self._events)
        self._cursor.executemany(
            "UPDATE accounts SET balance = ? WHERE id = ?",
            [(self._balances[number], number) for number in sorted(self._touched)],
        )
        return verdicts

    def _clear(self) -> None:
        self._legs: list[Row] = []
        self._postings: list[Row] = []
        self._entries: list[Row] = []
        self._events: list[Row] = []
        self._touched: Counter[int] = Counter()

    def _apply_one(self, write: Write) -> Verdict:
        match write:
            case Opening():
                return self._open(write)
            case Advance():
                return self._advance(write)
            case Addition():
                return self._add(write)
            case CallbackArrival():
                return self._receive(write)
            case QuoteOffer():
                self._cursor.execute(_INSERT_QUOTE, rows.quote_row(write.quote))
                return Saved()
            case _:
                assert_never(write)

    def _open(self, opening: Opening) -> Verdict:
        movement = opening.movement
        for need in opening.needs:
            if not self._is_covered(need):
                return self._taken(movement) or NotCovered(need)
        self._cursor.execute(_INSERT_MOVEMENT, rows.movement_row(movement, opening.owner))
        if self._connection.changes() == 0:
            taken = self._taken(movement)
            if taken is None:
                raise ValueError(f"movement {movement.id} is there already")
            return taken
        for leg in movement.legs:
            self._legs.append(rows.leg_row(movement.id, leg))
        self._book(movement.id, opening.entries, rows.micros(movement.created_at))
        self._announce(movement, opening.events)
        return Saved()

    def _taken(self, movement: Movement) -> Verdict | None:
        found = self._cursor.execute(
            "SELECT id, request_digest FROM movements WHERE merchant = ? AND idempotency_key = ?",
            (movement.merchant, movement.idempotency_key),
        ).get
        if found is not None:
            return KeyTaken(*found)
        terms = movement.terms
        found = self._cursor.execute(
            "SELECT id FROM movements WHERE merchant = ? AND kind = ? AND reference = ?",
            (movement.merchant, movement.kind.value, terms.reference),
        ).get
        if found is not None:
            return ReferenceTaken(found)
        found = self._cursor.execute("SELECT id FROM movements WHERE quote = ?", (terms.quote,)).get
        return None if found is None else QuoteTaken(found)

    def _is_covered(self, need: Need) -> bool:
        held = self._balance(need.holds)
        if need.holds.kind is not AccountKind.ASSET:
            held = -held
        promised = self._balance(need.promised) if need.promised else 0
        return held - promised >= need.money.amount

    def _balance(self, account: Account) -> int:
        number = self._accounts.get((account.name, account.currency.code))
        return 0 if number is None else self._balances[number]

    def _advance(self, advance: Advance) -> Verdict:
        movement = advance.movement
        row = rows.movement_row(movement, advance.owner)
        changed = (row[4], row[5], row[6], row[8], row[21], *row[23:28])
        where = (movement.id, movement.version - 1, advance.owner)
        self._cursor.execute(_UPDATE_MOVEMENT, changed + where)
        if self._connection.changes() == 0:
            return Stale()
        for leg in movement.legs:
            if leg.kind in advance.legs:
                self._legs.append(rows.leg_row(movement.id, leg))
        self._book(movement.id, advance.entries, rows.micros(movement.updated_at))
        self._announce(movement, advance.events)
        return Saved()

    def _add(self, addition: Addition) -> Verdict:
        fresh = False
        for entry in addition.entries:
            known = self._cursor.execute(
                "SELECT 1 FROM entries WHERE movement = ? AND cause = ?",
                (addition.movement, entry.cause),
            ).get
            if known is None and not self._is_waiting(addition.movement, entry.cause):
                self._book(addition.movement, (entry,), rows.micros(addition.at))
                fresh = True
        return Saved(fresh)

    def _is_waiting(self, movement: str, cause: str) -> bool:
        return any(row[1] == movement and row[2] == cause for row in self._entries)

    def _receive(self, arrival: CallbackArrival) -> Verdict:
        self._cursor.execute(_INSERT_CALLBACK, rows.callback_row(arrival))
        return Saved(fresh=self._connection.changes() > 0)

    def _book(self, movement: str, entries: Sequence[JournalEntry], at: int) -> None:
        for entry in entries:
            number, self._next_entry = self._next_entry, self._next_entry + 1
            lines = entry.signed
            for line, (account, amount) in enumerate(lines, 1):
                account_number = self._number_of(account)
                self._postings.append((number, line, account_number, amount))
                self._balances[account_number] += amount
                self._touched[account_number] += 1
            self._entries.append((number, movement, entry.cause, len(lines), at))

    def _number_of(self, account: Account) -> int:
        key = (account.name, account.currency.code)
        number = self._accounts.get(key)
        if number is None:
            number = self._cursor.execute(
                "INSERT INTO accounts (name, kind, currency, merchant) VALUES (?, ?, ?, ?)"
                " RETURNING id",
                (account.name, account.kind.value, account.currency.code, account.merchant),
            ).get
            self._accounts[key] = number
            self._balances[number] = 0
        return number

    def _announce(self, movement: Movement, events: Sequence[EventRow]) -> None:
        for event in events:
            self._events.append(rows.event_row(movement, event))
