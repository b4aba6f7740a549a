"""Seeding: so many completed transfers put into the books by SQL alone, as if they were old.

Rows are like those of real transfers but for their events' bodies, which are short. What the
books must agree on holds for them too: entries balance, and balances are the sums of postings.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from string import Template
from typing import Any, Final, TypeAlias

import apsw
import psycopg

from bench.traffic import CREDIT, DEBIT, MERCHANT

Execute: TypeAlias = Callable[[str], Sequence[Sequence[Any]]]
Words: TypeAlias = Mapping[str, str]
Dialect: TypeAlias = Callable[[int, int], Words]

# Account, kind, and its lines of one transfer: which entry, which line, how much.
LINES: Final = (
    ("reserved:flooz", "memorandum", ((0, 1, CREDIT), (2, 5, -CREDIT))),
    ("promises:flooz", "memorandum", ((0, 2, -CREDIT), (2, 2, CREDIT))),
    ("float:tmoney", "asset", ((1, 1, DEBIT),)),
    ("in_transit:XOF", "liability", ((1, 2, -DEBIT), (2, 1, DEBIT))),
    ("float:flooz", "asset", ((2, 3, -CREDIT),)),
    ("fees:XOF", "income", ((2, 4, CREDIT - DEBIT),)),
)
TABLES: Final = ("movements", "legs", "accounts", "entries", "postings", "events", "callbacks")
CHUNK: Final = 100_000
# How to remove every index of the tables that grow, and how to make it again: keys first.
INDEXES: Final = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
        format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
            pg_get_constraintdef(oid))
    FROM pg_constraint WHERE contype IN ('p', 'u') AND conrelid::regclass::text = ANY (
        '{movements,legs,entries,postings,events,callbacks}')
    UNION ALL
    SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index WHERE indrelid::regclass::text = ANY (
        '{movements,legs,entries,postings,events,callbacks}')
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
STATEMENTS: Final = tuple(
    Template(statement)
    for statement in Path(__file__).with_name("seed.sql").read_text().split(";\n")
    if statement.strip()
)


def seed(url: str, *, first: int, until: int) -> None:
    """Puts transfers of these numbers into an existing database that nobody uses meanwhile."""
    if first == until:
        return
    opened = _sqlite if url.startswith("sqlite:") else _postgres
    with opened(url) as (execute, dialect):
        highest = execute("SELECT coalesce(max(id), 0) FROM entries")[0][0]
        words = {
            "lines": _lines(_accounts(execute)),
            "first_entry": highest + 1 - first * 3,
            "at": "1700000000000000 + n.i * 1000",
            "merchant": MERCHANT,
            "debit": DEBIT,
            "credit": CREDIT,
        }
        for start in range(first, until, CHUNK):
            here = dialect(start, min(start + CHUNK, until))
            for statement in STATEMENTS:
                execute(statement.substitute(words, **here))
        for name, _, lines in LINES:
            change = sum(amount for *_, amount in lines) * (until - first)
            execute(f"UPDATE accounts SET balance = balance + {change} WHERE name = '{name}'")  # noqa: S608


def _accounts(execute: Execute) -> Mapping[str, int]:
    values = ", ".join(f"('{name}', '{kind}', 'XOF')" for name, kind, _ in LINES)
    into = "INSERT INTO accounts (name, kind, currency)"
    execute(f"{into} VALUES {values} ON CONFLICT DO NOTHING")
    return {row[1]: row[0] for row in execute("SELECT id, name FROM accounts")}


def _lines(accounts: Mapping[str, int]) -> str:
    return " UNION ALL ".join(
        f"SELECT {entry} AS place, {line} AS line, {accounts[name]} AS account, {amount} AS amount"
        for name, _, lines in LINES
        for entry, line, amount in lines
    )


@contextmanager
def _sqlite(url: str) -> Iterator[tuple[Execute, Dialect]]:
    """Without triggers and without durability, both of which are put back in the end."""
    connection = apsw.Connection(url.partition(":")[2])
    connection.pragma("journal_mode", "off")
    connection.pragma("synchronous", "off")
    connection.pragma("cache_size", -262_144)
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    kept = triggers.fetchall()
    for name, _ in kept:
        connection.execute(f'DROP TRIGGER "{name}"')
    with connection:
        yield lambda sql: connection.execute(sql).fetchall(), _sqlite_words
    for _, sql in kept:
        assert isinstance(sql, str)
        connection.execute(sql)
    connection.pragma("journal_mode", "wal")
    connection.close()


def _sqlite_words(start: int, until: int) -> Words:
    more = f"SELECT i + 1 FROM n WHERE i + 1 < {until}"  # noqa: S608  a number of ours
    return {
        "series": f"RECURSIVE n(i) AS (VALUES ({start}) UNION ALL {more})",
        "hex": "printf('%023X', n.i)",
        "body": "x'7b7d'",
    }


@contextmanager
def _postgres(url: str) -> Iterator[tuple[Execute, Dialect]]:
    """Without triggers and indexes; what follows is what autovacuum would have done by then."""
    with psycopg.connect(url, autocommit=True) as connection:

        def execute(sql: str) -> Sequence[Sequence[Any]]:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

        execute("SET session_replication_role = replica")
        execute("SET maintenance_work_mem = '512MB'")
        removed, put_back = zip(*execute(INDEXES), strict=True)
        for statement in removed:
            execute(statement)
        yield execute, _postgres_words
        for statement in put_back:
            execute(statement)
        execute("SELECT setval('entry_numbers', (SELECT max(id) FROM entries))")
        for table in TABLES:
            execute(f"VACUUM ANALYZE {table}")
        execute("CHECKPOINT")


def _postgres_words(start: int, until: int) -> Words:
    return {
        "series": f"n(i) AS (SELECT generate_series({start}::bigint, {until - 1}))",
        "hex": "lpad(upper(to_hex(n.i)), 23, '0')",
        "body": r"'\x7b7d'::bytea",
    }
