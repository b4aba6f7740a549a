"""What the watch asks the books, a bounded slice at a time, each slice in one statement.

One statement sees one moment of the books on both engines, so that a balance and the postings that
make it are never of two moments.
"""

from collections.abc import Generator, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from cross.storage.rows import micros
from cross.storage.store import Question, Reader, Row, Saved, Stale, Statement, Verdict

POSTINGS_MAX: Final = 2_000
"""Of one account, and in one statement, at most so many are added up."""

# Of a span: its entries, those that have postings, and those of them that are whole and balance in
# the one currency that they are of. Where all are, nothing else need be asked.
_SOUND: Final = (
    "SELECT (SELECT count(*) FROM entries WHERE id > :after AND id <= :upto), count(*),"
    " coalesce(sum(CASE WHEN g.lines = g.there AND g.priced = g.there AND g.off = 0"
    " AND g.low = g.high THEN 1 ELSE 0 END), 0) FROM ("
    "SELECT p.entry, min(e.lines) AS lines, count(*) AS there, count(a.currency) AS priced,"
    " sum(p.amount) AS off, min(a.currency) AS low, max(a.currency) AS high FROM postings p"
    " LEFT JOIN entries e ON e.id = p.entry AND e.id > :after AND e.id <= :upto"
    " LEFT JOIN accounts a ON a.id = p.account"
    " WHERE p.entry > :after AND p.entry <= :upto GROUP BY p.entry) g"
)
# Each table read once, its span and no more: otherwise PostgreSQL, whose figures of a new table are
# none, reads every entry there is.
_FLAWED: Final = (
    "WITH p AS MATERIALIZED (SELECT p.entry, a.currency, count(*) AS lines, sum(p.amount) AS off"
    " FROM postings p LEFT JOIN accounts a ON a.id = p.account"
    " WHERE p.entry > :after AND p.entry <= :upto GROUP BY p.entry, a.currency),"
    " w AS MATERIALIZED (SELECT entry, sum(lines) AS lines FROM p GROUP BY entry),"
    " e AS MATERIALIZED (SELECT id, lines FROM entries WHERE id > :after AND id <= :upto)"
    " SELECT w.entry, 'its lines are not all there' AS flaw FROM w LEFT JOIN e ON e.id = w.entry"
    " WHERE e.id IS NULL OR e.lines <> w.lines"
    " UNION ALL SELECT entry, 'it does not balance in ' || currency FROM p WHERE off <> 0"
    " AND currency IS NOT NULL"
    " UNION ALL SELECT e.id, 'it has no lines' FROM e LEFT JOIN w ON w.entry = e.id"
    " WHERE w.entry IS NULL ORDER BY 1, 2 LIMIT 50"
)
_ACCOUNTS_OF: Final = (
    "SELECT DISTINCT a.name FROM postings p JOIN accounts a ON a.id = p.account"
    " WHERE p.entry = :entry ORDER BY a.name"
)
# Materialised: else SQLite looks for the bound once a posting.
_SUMS: Final = (
    "b AS MATERIALIZED (SELECT a.id, a.name, a.kind, a.currency, a.balance, w.mark,"
    " (SELECT p.entry FROM postings p WHERE p.account = a.id AND p.entry > w.mark"
    f" ORDER BY p.entry LIMIT 1 OFFSET {POSTINGS_MAX}) AS bound"
    " FROM w JOIN accounts a ON a.id = w.id)"
    " SELECT b.id, b.name, b.kind, b.currency, b.balance, b.bound,"
    " (SELECT coalesce(sum(p.amount), 0) FROM postings p WHERE p.account = b.id"
    " AND p.entry > b.mark AND p.entry <= coalesce(b.bound, 9223372036854775807)),"
    " (SELECT coalesce(max(p.entry), 0) FROM postings p WHERE p.account = b.id)"
    " FROM b ORDER BY b.id"
)


class Flaw(NamedTuple):
    """What is wrong with a journal entry, and the accounts that it touches."""

    entry: int
    flaw: str
    accounts: tuple[str, ...]


class Sum(NamedTuple):
    """An account beside the sum of its postings after a mark.

    `bound` is where the sum ends, where there were too many for one look; `newest` is the last
    entry that touches the account.
    """

    account: int
    name: str
    kind: str
    currency: str
    balance: int
    bound: int | None
    amount: int
    newest: int


@dataclass(frozen=True, slots=True)
class BalanceMark:
    """That an account's balance was the sum of its postings up to an entry."""

    account: int
    entry: int
    balance: int
    at: datetime

    def marks(self) -> Iterator[Hashable]:
        """The account."""
        yield "balance mark", self.account

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """In place of the one before."""
        yield (
            "INSERT INTO balance_marks (account, entry, balance, at) VALUES (:account, :entry,"
            " :balance, :at) ON CONFLICT (account) DO UPDATE SET entry = excluded.entry,"
            " balance = excluded.balance, at = excluded.at RETURNING account",
            {
                "account": self.account,
                "entry": self.entry,
                "balance": self.balance,
                "at": micros(self.at),
            },
        )
        return Saved()

    def looking_for(self) -> None:
        """Lost, it is found again."""


@dataclass(frozen=True, slots=True)
class WatchTurn:
    """Of several processes one watches: `Stale` says that another one does. PostgreSQL only."""

    owner: int
    seconds: int

    def marks(self) -> Iterator[Hashable]:
        """There is one."""
        yield ("watch turn",)

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """Taken, or kept, by the database's own time (I-45)."""
        taken = yield (
            "UPDATE watch_turn SET owner = :owner,"
            " until = microseconds_now() + CAST(:seconds AS bigint) * 1000000"
            " WHERE owner = :owner OR until < microseconds_now() RETURNING one",
            {"owner": self.owner, "seconds": self.seconds},
        )
        return Saved() if taken else Stale()

    def looking_for(self) -> Question:
        """Whose it is."""
        return "SELECT owner FROM watch_turn WHERE one = 1", {}, (self.owner,)


async def newest_entry(reader: Reader) -> int:
    """The number of the last journal entry; 0 where there is none."""
    found = await reader.rows("SELECT coalesce(max(id), 0) FROM entries", {})
    return int(found[0][0])


async def flawed(reader: Reader, *, after: int, upto: int) -> list[Flaw]:
    """Entries of a span of numbers that do not balance, or are not whole (I-01)."""
    span = {"after": after, "upto": upto}
    [(entries, booked, sound)] = await reader.rows(_SOUND, span)
    if entries == booked == sound:
        return []
    found = await reader.rows(_FLAWED, span)
    return [
        Flaw(int(entry), str(flaw), await accounts_of(reader, int(entry))) for entry, flaw in found
    ]


async def strays(reader: Reader, *, after: int) -> list[Flaw]:
    """Postings beyond the last entry that are no entry's."""
    found = await reader.rows(
        "SELECT DISTINCT p.entry FROM postings p WHERE p.entry > :after"
        " AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.id = p.entry AND e.id > :after)"
        " ORDER BY p.entry LIMIT 5",
        {"after": after},
    )
    return [
        Flaw(int(row[0]), "its lines are not all there", await accounts_of(reader, int(row[0])))
        for row in found
    ]


async def accounts_of(reader: Reader, entry: int) -> tuple[str, ...]:
    """The names of the accounts that an entry touches."""
    return tuple(str(row[0]) for row in await reader.rows(_ACCOUNTS_OF, {"entry": entry}))


async def missing(reader: Reader, *, after: int, upto: int) -> list[int]:
    """Numbers of a span that no entry bears."""
    span = {"after": after, "upto": upto}
    within = "FROM entries WHERE id > :after AND id <= :upto"
    counted = await reader.rows(f"SELECT count(*) {within}", span)
    if counted[0][0] == upto - after:
        return []
    there = {int(row[0]) for row in await reader.rows(f"SELECT id {within}", span)}
    return [number for number in range(after + 1, upto + 1) if number not in there]


async def touched(reader: Reader, *, after: int, upto: int) -> list[int]:
    """The accounts that entries of a span touch."""
    found = await reader.rows(
        "SELECT DISTINCT account FROM postings WHERE entry > :after AND entry <= :upto"
        " ORDER BY account",
        {"after": after, "upto": upto},
    )
    return [int(row[0]) for row in found]


async def house_accounts(reader: Reader) -> list[int]:
    """The house's own accounts: floats, reservations, what is in transit, capital, suspense."""
    found = await reader.rows("SELECT id FROM accounts WHERE merchant IS NULL ORDER BY id", {})
    return [int(row[0]) for row in found]


async def accounts_after(reader: Reader, account: int, *, limit: int) -> list[int]:
    """The next accounts by number, whoever's."""
    found = await reader.rows(
        "SELECT id FROM accounts WHERE id > :account ORDER BY id LIMIT :limit",
        {"account": account, "limit": limit},
    )
    return [int(row[0]) for row in found]


async def account_named(reader: Reader, name: str, currency: str) -> int | None:
    """An account's number."""
    found = await reader.rows(
        "SELECT id FROM accounts WHERE name = :name AND currency = :currency",
        {"name": name, "currency": currency},
    )
    return int(found[0][0]) if found else None


async def sums(reader: Reader, after: Mapping[int, int]) -> list[Sum]:
    """Accounts beside what their postings after an entry each add up to, in one look (I-33)."""
    if not after:
        return []
    values: dict[str, Any] = {}
    for place, (account, mark) in enumerate(after.items()):
        values[f"a{place}"], values[f"m{place}"] = account, mark
    marks = ", ".join(
        f"(CAST(:a{place} AS bigint), CAST(:m{place} AS bigint))" for place in range(len(after))
    )
    found = await reader.rows(f"WITH w (id, mark) AS (VALUES {marks}), {_SUMS}", values)
    return [
        Sum(
            int(row[0]),
            str(row[1]),
            str(row[2]),
            str(row[3]),
            int(row[4]),
            None if row[5] is None else int(row[5]),
            int(row[6]),
            int(row[7]),
        )
        for row in found
    ]


async def balance_marks(reader: Reader) -> dict[int, tuple[int, int]]:
    """The entry and the sum that each account was found right with."""
    found = await reader.rows("SELECT account, entry, balance FROM balance_marks", {})
    return {int(row[0]): (int(row[1]), int(row[2])) for row in found}


async def data_version(reader: Reader) -> int:
    """Changes whenever another connection has written SQLite's file."""
    found = await reader.rows("SELECT data_version FROM pragma_data_version", {})
    return int(found[0][0])


async def quick_check(reader: Reader, *, bytes_max: int) -> str:
    """What SQLite finds wrong in its file, at most so large; nothing where it is sound (F-D15)."""
    size = await reader.rows(
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", {}
    )
    if int(size[0][0]) > bytes_max:
        return ""
    found = await reader.rows("SELECT quick_check FROM pragma_quick_check LIMIT 3", {})
    said = [str(row[0]) for row in found]
    return "" if said == ["ok"] else "; ".join(said)


async def checksum_failures(reader: Reader) -> int:
    """How often PostgreSQL read a page whose checksum was wrong, where it keeps any (F-D15)."""
    found = await reader.rows(
        "SELECT coalesce(sum(checksum_failures), 0) FROM pg_stat_database"
        " WHERE datid = 0 OR datname = current_database()",
        {},
    )
    return int(found[0][0])


async def chain_length(reader: Reader) -> int:
    """The last position of the ledger's chain."""
    found = await reader.rows("SELECT coalesce(max(last), 0) FROM chain_blocks", {})
    return int(found[0][0])


async def is_off(reader: Reader, found: Sum) -> bool:
    """Whether a balance differs from its postings added up from the first one, where they are few.

    Two processes that were the first to use an account may have numbered their entries the other
    way round than they were committed.
    """
    again = await sums(reader, {found.account: 0})
    return not again or again[0].bound is not None or again[0].amount != again[0].balance


def is_impossible(found: Sum) -> bool:
    """Whether a balance cannot be of its account: less than nothing promised, in transit, reserved.

    What debits exceed credits by is kept: an asset's is positive, a liability's negative.
    """
    kind = found.name.partition(":")[0]
    if kind == "reserved" and found.kind == "memorandum":
        return found.balance < 0
    return kind in ("reserved", "promises", "in_transit") and found.balance > 0
