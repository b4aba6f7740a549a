"""The ledger, read: accounts, balances, entries, and the checks that anyone may ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cross.domain.accounts import Account, AccountKind
from cross.domain.money import CURRENCIES
from cross.storage import rows
from cross.storage.pages import Page
from cross.storage.store import Reader


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account with what debits exceed credits by."""

    account: Account
    debit_balance: int

    @property
    def natural(self) -> int:
        """Positive is what one expects: an asset's debit balance, a liability's credit balance."""
        if self.account.kind is AccountKind.MEMORANDUM:
            return abs(self.debit_balance)
        grows_by_debit = self.account.kind is AccountKind.ASSET
        return self.debit_balance if grows_by_debit else -self.debit_balance


@dataclass(frozen=True, slots=True)
class PostedLine:
    """One stored posting; `amount` is positive for a debit and negative for a credit."""

    account: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A journal entry as it was stored."""

    number: int
    movement: str
    cause: str
    at: datetime
    lines: tuple[PostedLine, ...]


async def balances(reader: Reader, *, merchant: str | None = None) -> Sequence[AccountBalance]:
    """Every account's balance; with `merchant`, only that merchant's own accounts."""
    only = "" if merchant is None else " WHERE merchant = :merchant"
    found = await reader.rows(
        f"SELECT name, kind, currency, merchant, balance FROM accounts{only}"
        " ORDER BY name, currency",
        {} if merchant is None else {"merchant": merchant},
    )
    return [
        AccountBalance(Account(row[0], AccountKind(row[1]), CURRENCIES[row[2]], row[3]), row[4])
        for row in found
    ]


async def entries(
    reader: Reader,
    *,
    part: Page,
    merchant: str | None = None,
    account: str | None = None,
    movement: str | None = None,
) -> tuple[Sequence[StoredEntry], bool]:
    """A page of entries, newest first; `part`'s bounds are entries' numbers written as text.

    With `merchant`, only entries of that merchant's movements, or on its own accounts.
    """
    conditions, parameters = ["1 = 1"], {}
    if merchant is not None:
        conditions.append(
            "(EXISTS (SELECT 1 FROM movements m WHERE m.id = e.movement AND m.merchant = :merchant)"
            " OR EXISTS (SELECT 1 FROM postings p JOIN accounts a ON a.id = p.account"
            " WHERE p.entry = e.id AND a.merchant = :merchant))"
        )
        parameters["merchant"] = merchant
    if account is not None:
        conditions.append(
            "e.id IN (SELECT p.entry FROM postings p JOIN accounts a ON a.id = p.account"
            " WHERE a.name = :account)"
        )
        parameters["account"] = account
    if movement is not None:
        conditions.append("e.movement = :movement")
        parameters["movement"] = movement
    return await _page_of_entries(reader, conditions, parameters, part)


async def _page_of_entries(
    reader: Reader, conditions: list[str], parameters: dict[str, str], part: Page
) -> tuple[Sequence[StoredEntry], bool]:
    numbers = {**parameters, **part.numbers}
    if part.bound is not None:
        numbers["bound"] = int(part.bound)
    chosen = part.among(conditions, by="e.id")
    found = await reader.rows(
        f"SELECT e.id, e.movement, e.cause, e.at FROM entries e WHERE {chosen}",
        numbers,
    )
    shown, has_more = part.cut(found)
    lines = await _lines_of(reader, [row[0] for row in shown])
    complete = [
        StoredEntry(row[0], row[1], row[2], rows.moment(row[3]), tuple(lines[row[0]]))
        for row in shown
    ]
    return complete, has_more


async def _lines_of(reader: Reader, numbers: Sequence[int]) -> dict[int, list[PostedLine]]:
    lines: dict[int, list[PostedLine]] = {number: [] for number in numbers}
    if not lines:
        return lines
    wanted = {f"e{place}": number for place, number in enumerate(lines)}
    found = await reader.rows(
        "SELECT p.entry, a.name, p.amount, a.currency FROM postings p"
        " JOIN accounts a ON a.id = p.account"
        f" WHERE p.entry IN ({', '.join(f':{name}' for name in wanted)}) ORDER BY p.entry, p.line",
        wanted,
    )
    for entry, account, amount, currency in found:
        lines[entry].append(PostedLine(account, amount, currency))
    return lines


async def unbalanced(reader: Reader) -> Sequence[int]:
    """Numbers of entries whose postings do not sum to zero in a currency (I-01): none, ever."""
    found = await reader.rows(
        "SELECT DISTINCT p.entry FROM postings p JOIN accounts a ON a.id = p.account"
        " GROUP BY p.entry, a.currency HAVING sum(p.amount) <> 0 ORDER BY p.entry",
        {},
    )
    return [row[0] for row in found]


async def drifted(reader: Reader) -> Sequence[str]:
    """Names of accounts whose balance is not the sum of their postings (I-33): none, ever."""
    found = await reader.rows(
        "SELECT a.name FROM accounts a LEFT JOIN postings p ON p.account = a.id"
        " GROUP BY a.id, a.name, a.balance HAVING a.balance <> coalesce(sum(p.amount), 0)"
        " ORDER BY a.name",
        {},
    )
    return [row[0] for row in found]
