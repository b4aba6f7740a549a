"""Books to check: the whole ledger in its database, or what a merchant's key may see of it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from cross.bootstrap import books_to_read
from cross.cli.calls import Calls, reach, running_sandbox
from cross.cli.options import SwitchOptions
from cross.cli.screen import Failed
from cross.clock import system_clock
from cross.domain.accounts import AccountKind
from cross.storage import ledger as stored
from cross.storage.store import Reader, StoreRefused, StoreUnavailable

_GROWS_BY_DEBIT: Final = AccountKind.ASSET.value


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account and its balance as one expects it; `kind` is None where it is not shown."""

    name: str
    kind: str | None
    currency: str
    balance: int
    debit_balance: int


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong in a ledger: entries by number (I-01), accounts by name (I-33)."""

    unbalanced: Sequence[str]
    drifted: Sequence[str]


class Books(Protocol):
    """A ledger, or a part of one."""

    @property
    def is_whole(self) -> bool:
        """Whether all accounts are in sight."""

    async def accounts(self) -> Sequence[AccountLine]:
        """Accounts with their balances."""

    async def sums(self) -> Sequence[AccountLine]:
        """Accounts for a trial balance: all that an entry in sight was posted to."""

    async def faults(self) -> Faults:
        """What must never be there."""


class StoredBooks:
    """The whole ledger, read where it is stored."""

    is_whole = True

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def accounts(self) -> Sequence[AccountLine]:
        """Every account."""
        return [
            AccountLine(
                line.account.name,
                line.account.kind.value,
                line.account.currency.code,
                line.natural,
                line.debit_balance,
            )
            for line in await stored.balances(self._reader)
        ]

    async def sums(self) -> Sequence[AccountLine]:
        """Every account."""
        return await self.accounts()

    async def faults(self) -> Faults:
        """As the database itself finds them."""
        unbalanced = await stored.unbalanced(self._reader)
        return Faults([str(number) for number in unbalanced], await stored.drifted(self._reader))


class MerchantBooks:
    """A merchant's own accounts, and the entries that concern it, as the API shows them."""

    is_whole = False

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def accounts(self) -> Sequence[AccountLine]:
        """The merchant's own accounts."""
        return [
            AccountLine(
                one["id"],
                one["kind"],
                one["currency"],
                one["balance"],
                one["balance"] if one["kind"] == _GROWS_BY_DEBIT else -one["balance"],
            )
            for one in (await self._calls.get("/v1/ledger/accounts"))["data"]
        ]

    async def sums(self) -> Sequence[AccountLine]:
        """What the entries in sight posted to each account."""
        sums, _ = await self._entries()
        return [
            AccountLine(name, None, currency, amount, amount)
            for (name, currency), amount in sorted(sums.items())
        ]

    async def faults(self) -> Faults:
        """Entries in sight that do not balance, own accounts that are not their postings' sum."""
        owned = await self.accounts()
        sums, unbalanced = await self._entries()
        again = {line.name: line for line in await self.accounts()}
        drifted = [
            line.name
            for line in owned
            if sums.get((line.name, line.currency), 0) != line.debit_balance
            and again.get(line.name) == line  # else it moved while the entries were read
        ]
        return Faults(unbalanced, drifted)

    async def _entries(self) -> tuple[dict[tuple[str, str], int], list[str]]:
        sums: dict[tuple[str, str], int] = {}
        unbalanced: list[str] = []
        async for entry in self._calls.every("/v1/ledger/entries", {}):
            within: dict[str, int] = {}
            for posting in entry["postings"]:
                account, currency = posting["account"], posting["currency"]
                sums[account, currency] = sums.get((account, currency), 0) + posting["amount"]
                within[currency] = within.get(currency, 0) + posting["amount"]
            if any(within.values()):
                unbalanced.append(entry["id"])
        return sums, unbalanced


@asynccontextmanager
async def books_of(database_url: str | None, switch: SwitchOptions) -> AsyncIterator[Books]:
    """The database that was named, else the switch that was named, else the running sandbox's."""
    sandbox: Mapping[str, Any] = {}
    if database_url is None and switch.api_url is None and switch.api_key is None:
        sandbox = running_sandbox()
    place = database_url or sandbox.get("database_url")
    if place is None:
        async with reach(switch.api_url, switch.api_key) as calls:
            yield MerchantBooks(calls)
        return
    async with reading(place) as reader:
        yield StoredBooks(reader)


@asynccontextmanager
async def whole_books(database_url: str | None) -> AsyncIterator[Reader]:
    """The database that was named, else the running sandbox's; what merchants do not see too."""
    place = database_url or running_sandbox().get("database_url")
    if place is None:
        raise Failed(
            fr="quels livres ? Donnez --database-url, ou lancez `cross sandbox`",
            en="which books? Give --database-url, or start `cross sandbox`",
        )
    async with reading(place) as reader:
        yield reader


@asynccontextmanager
async def reading(place: str) -> AsyncIterator[Reader]:
    """The database at a URL, to look at only; raises `Failed`."""
    try:
        reader = books_to_read(place, clock=system_clock)
        try:
            yield reader
        finally:
            await reader.close()
    except (ValueError, StoreRefused, StoreUnavailable) as error:
        raise Failed(
            fr=f"impossible de lire les livres ({error}) : --database-url",
            en=f"the books cannot be read ({error}): --database-url",
        ) from None
