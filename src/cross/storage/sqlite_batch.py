"""Writing a batch on SQLite: every check first, then every row, balances last.

Runs inside one transaction that the caller begins and ends. This process holds the database
alone, so what it knows of balances and entry numbers is what the database says.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import apsw

from cross.domain.accounts import Account, AccountKind
from cross.domain.ledger import JournalEntry, Need
from cross.domain.movement import Movement
from cross.storage import breaks, rows
from cross.storage.collisions import in_sets
from cross.storage.order_writes import writing
from cross.storage.sqlite_sets import BOOKED, RECEIVED, STALE, TAKEN, RowSets, look_up
from cross.storage.store import (
    Addition,
    Advance,
    Beside,
    BreakFound,
    Broken,
    CallbackArrival,
    EventRow,
    KeyTaken,
    NotCovered,
    Opening,
    OrderWrite,
    QuoteOffer,
    QuoteTaken,
    ReferenceTaken,
    Row,
    Saved,
    Stale,
    Verdict,
    Write,
)


class SqliteBatch:
    """Applies writes on one connection; forgets what it learnt when a batch is rolled back."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._cursor = connection.cursor()
        self._accounts: dict[tuple[str, str], int] = {}
        self._balances: dict[int, int] = {}
        self._next_entry = 1
        self._sets = RowSets()
        self._touched: dict[int, None] = {}

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
        verdicts: list[Verdict] = []
        for apart in in_sets(writes):
            verdicts += self._apply_set(apart)
        return verdicts

    def _apply_set(self, writes: Sequence[Write]) -> list[Verdict]:
        self._sets, self._touched = RowSets(), {}
        known = self._known(writes)
        verdicts = [self._apply_one(write, known.get(place)) for place, write in enumerate(writes)]
        self._sets.balances = [(number, self._balances[number]) for number in self._touched]
        self._sets.write(self._cursor)
        return verdicts

    def _known(self, writes: Sequence[Write]) -> Mapping[int, Verdict]:
        """What the database says of writes that it has seen, or will not see, before any row."""
        openings = [(p, w) for p, w in enumerate(writes) if isinstance(w, Opening)]
        advances = [(p, w) for p, w in enumerate(writes) if isinstance(w, Advance)]
        arrivals = [(p, w) for p, w in enumerate(writes) if isinstance(w, CallbackArrival)]
        found: dict[int, Verdict] = {}
        asked = [
            (m.id, m.merchant, m.idempotency_key, m.kind, m.terms.reference, m.terms.uses_up)
            for m in (write.movement for _, write in openings)
        ]
        for key, movement, digest, by in look_up(self._cursor, TAKEN, asked):
            place = openings[key][0]
            taken = _taken(by, movement, digest)
            if _RANKS[type(taken)] < _RANKS.get(type(found.get(place)), len(_RANKS)):
                found[place] = taken
        steps = [(w.movement.id, w.movement.version - 1, w.owner) for _, w in advances]
        for (key,) in look_up(self._cursor, STALE, steps):
            found[advances[key][0]] = Stale()
        for (key,) in look_up(self._cursor, RECEIVED, [w.digest for _, w in arrivals]):
            found[arrivals[key][0]] = Saved(fresh=False)
        return found

    def _apply_one(self, write: Write, known: Verdict | None) -> Verdict:
        if known is not None:
            return known
        match write:
            case Opening():
                return self._open(write)
            case Advance():
                return self._advance(write)
            case Addition():
                return self._add(write)
            case CallbackArrival():
                row = list(rows.callback_row(write))
                row[7] = write.callback.body.hex()
                self._sets.callbacks.append(tuple(row))
            case QuoteOffer():
                self._sets.quotes.append(rows.quote_row(write.quote))
            case _:
                return self._beside(write)
        return Saved()

    def _open(self, opening: Opening) -> Verdict:
        movement = opening.movement
        for need in opening.needs:
            if not self._is_covered(need):
                return NotCovered(need)
        self._sets.movements.append(rows.movement_row(movement, opening.owner))
        for leg in movement.legs:
            self._sets.legs.append(rows.leg_row(movement.id, leg))
        self._book(movement.id, opening.entries, rows.micros(movement.created_at))
        self._announce(movement, opening.events)
        return Saved()

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
        self._sets.steps.append((row[0], row[4], row[5], row[6], row[8], row[21], *row[23:28]))
        for leg in movement.legs:
            if leg.kind in advance.legs:
                self._sets.legs.append(rows.leg_row(movement.id, leg))
        self._book(movement.id, advance.entries, rows.micros(movement.updated_at))
        self._announce(movement, advance.events)
        return Saved()

    def _differ(self, found: BreakFound) -> Verdict:
        """Written at once: there are few, and whether it was there before decides the event."""
        self._cursor.execute(_INSERT_BREAK, breaks.break_row(found))
        fresh = self._cursor.connection.changes() == 1
        if fresh:
            self._sets.events.append(breaks.event_row(found))
        return Saved(fresh=fresh)

    def _beside(self, write: BreakFound | OrderWrite | Beside) -> Verdict:
        """Written at once, statement by statement: there are few."""
        if isinstance(write, BreakFound):
            return self._differ(write)
        statements = writing(write) if isinstance(write, OrderWrite) else write.writing()
        try:
            sql, parameters = next(statements)
            while True:
                found: list[Row] = self._cursor.execute(sql, parameters).fetchall()
                sql, parameters = statements.send(found)
        except StopIteration as end:
            verdict: Verdict = end.value
            return verdict

    def _add(self, addition: Addition) -> Verdict:
        asked = [(addition.movement, entry.cause) for entry in addition.entries]
        booked = {key for (key,) in look_up(self._cursor, BOOKED, asked)}
        causes: dict[str, JournalEntry] = {}
        for place, entry in enumerate(addition.entries):
            if place not in booked:
                causes.setdefault(entry.cause, entry)
        for need in addition.needs if causes else ():
            if not self._is_covered(need):
                return NotCovered(need)
        self._book(addition.movement, list(causes.values()), rows.micros(addition.at))
        return Saved(fresh=bool(causes))

    def _book(self, movement: str, entries: Sequence[JournalEntry], at: int) -> None:
        for entry in entries:
            number, self._next_entry = self._next_entry, self._next_entry + 1
            lines = entry.signed
            for line, (account, amount) in enumerate(lines, 1):
                account_number = self._number_of(account)
                self._sets.postings.append((number, line, account_number, amount))
                self._balances[account_number] += amount
                self._touched[account_number] = None
            self._sets.entries.append((number, movement, entry.cause, len(lines), at))

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
            self._sets.events.append(rows.event_row(movement, event))


_INSERT_BREAK: Final = (
    f"INSERT INTO breaks ({breaks.COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (reference, kind, heard) DO NOTHING"
)
_RANKS: Mapping[type, int] = {KeyTaken: 0, ReferenceTaken: 1, QuoteTaken: 2, Broken: 3}


def _taken(by: str, movement: str, digest: str) -> Verdict:
    match by:
        case "key":
            return KeyTaken(movement, digest)
        case "reference":
            return ReferenceTaken(movement)
        case "quote":
            return QuoteTaken(movement)
        case _:
            return Broken(f"movement {movement} is there already")
