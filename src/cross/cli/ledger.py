"""`cross ledger`: balances, trial balance, and whether the ledger is what it must be."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from cross.cli.books import AccountLine, Books, Faults, StoredBooks, books_of
from cross.cli.chain import Verified, heads_of, tell, verified
from cross.cli.chain_books import ChainOptions, chain_of
from cross.cli.options import SwitchOptions, command, run_until_done
from cross.cli.pages import plain_table
from cross.cli.screen import CHECK_FAILED, OK, Failed, Screen, figure


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerOptions:
    """Whose books."""

    database_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Read the whole ledger there; else the switch's API."),
    ] = None


ledger = typer.Typer(help="The books: balances, trial balance, verification, signed head.")

_HEAD: Final = ("n", "hash", "at", "key", "signature")
_ledger_command: Final = partial(command, gathered=(LedgerOptions, SwitchOptions))


@ledger.command()
@_ledger_command
def balances(screen: Screen, place: LedgerOptions, switch: SwitchOptions) -> int | None:
    """Every account with its balance; by a merchant's key, its own accounts."""

    async def show(books: Books) -> int:
        lines = await books.accounts()
        screen.document({"object": "list", "data": [_account(line) for line in lines]})
        table = plain_table(
            (screen.one_of(fr="Compte", en="Account"), "left"),
            (screen.one_of(fr="genre", en="kind"), "left"),
            (screen.one_of(fr="solde", en="balance"), "right"),
            ("", "left"),
        )
        for line in lines:
            table.add_row(line.name, line.kind, figure(line.balance, line.currency), line.currency)
        screen.show(table)
        return OK

    return _with_books(place, switch, show)


@ledger.command("trial-balance")
@_ledger_command
def trial_balance(screen: Screen, place: LedgerOptions, switch: SwitchOptions) -> int | None:
    """Debits against credits of all accounts in each currency; exit code 4 where they differ."""

    async def show(books: Books) -> int:
        lines = await books.sums()
        totals = [_total(lines, currency) for currency in sorted({one.currency for one in lines})]
        balanced = all(total["balanced"] for total in totals)
        screen.document(
            {
                "object": "trial_balance",
                "balanced": balanced,
                "whole_ledger": books.is_whole,
                "totals": totals,
                "accounts": [_account(line) for line in lines],
            }
        )
        screen.show(_trial_table(screen, lines, totals))
        if not books.is_whole:
            _tell_part(screen)
        return OK if balanced else CHECK_FAILED

    return _with_books(place, switch, show)


@ledger.command()
@partial(command, gathered=(ChainOptions,))
def verify(
    screen: Screen,
    place: ChainOptions,
    *,
    api_key: Annotated[
        str | None,
        typer.Option(metavar="KEY", envvar="CROSS_API_KEY", help="What a merchant may see only."),
    ] = None,
    from_head: Annotated[
        str | None,
        typer.Option(metavar="FILE|JSON", help="Heads of older days, as they were shipped."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="BASE64", help="Whose signature an older head has.")
    ] = None,
) -> int | None:
    """Every entry balances and is as it was linked, every balance is right; else exit code 4."""

    async def check() -> int:
        if api_key is not None and place.database_url is None:
            async with books_of(None, SwitchOptions(api_url=place.api_url, api_key=api_key)) as own:
                return _told(screen, await own.faults(), None)
        async with chain_of(place) as chain:
            reader = chain.reader
            faults = None if reader is None else await StoredBooks(reader).faults()
            result = await verified(screen, chain, older=heads_of(from_head), key=key)
            return _told(screen, faults, result)

    return run_until_done(check())


def _told(screen: Screen, faults: Faults | None, chain: Verified | None) -> int:
    """What was looked at: by a merchant's key no chain, in a running switch the chain alone."""
    is_sound = faults is None or not (faults.unbalanced or faults.drifted)
    is_right = is_sound and (chain is None or chain.is_right)
    screen.document(
        {
            "object": "ledger_verification",
            "agrees": is_right,
            "whole_ledger": chain is not None,
            "unbalanced_entries": None if faults is None else list(faults.unbalanced),
            "drifted_accounts": None if faults is None else list(faults.drifted),
            "chain": None if chain is None else chain.view(),
        }
    )
    if faults is not None:
        _tell_faults(screen, faults)
    if chain is not None:
        tell(screen, chain)
    else:
        _tell_part(screen)
    return OK if is_right else CHECK_FAILED


@ledger.command()
@partial(command, gathered=(ChainOptions,))
def head(screen: Screen, place: ChainOptions) -> int | None:
    """Show the chain's signed head, to be kept where nobody here can change it."""

    async def show() -> int:
        async with chain_of(place, served=True) as chain:
            view = await chain.head()
        screen.document(view)
        screen.line(json.dumps({name: view[name] for name in _HEAD}))
        return OK

    return run_until_done(show())


@ledger.command("key")
@partial(command, gathered=(ChainOptions,))
def show_key(screen: Screen, place: ChainOptions) -> int | None:
    """Show the public key that heads are signed with; of older master keys, after it."""

    async def show() -> int:
        async with chain_of(place, served=True) as chain:
            keys = await chain.keys()
        if not keys:
            raise Failed(
                fr="aucune clé maîtresse ici : --config",
                en="no master key here: --config",
            )
        screen.document({"object": "ledger_key", "algorithm": "ed25519", "keys": list(keys)})
        for one in keys:
            screen.line(one)
        return OK

    return run_until_done(show())


def _with_books(
    place: LedgerOptions, switch: SwitchOptions, show: Callable[[Books], Awaitable[int]]
) -> int | None:
    async def read() -> int:
        async with books_of(place.database_url, switch) as books:
            return await show(books)

    return run_until_done(read())


def _account(line: AccountLine) -> dict[str, Any]:
    return {
        "account": line.name,
        "kind": line.kind,
        "currency": line.currency,
        "balance": line.balance,
        "debit_balance": line.debit_balance,
    }


def _total(lines: Sequence[AccountLine], currency: str) -> dict[str, Any]:
    amounts = [line.debit_balance for line in lines if line.currency == currency]
    debits = sum(amount for amount in amounts if amount > 0)
    credits_ = -sum(amount for amount in amounts if amount < 0)
    return {
        "currency": currency,
        "debits": debits,
        "credits": credits_,
        "balanced": debits == credits_,
    }


def _trial_table(
    screen: Screen, lines: Sequence[AccountLine], totals: Sequence[dict[str, Any]]
) -> Table:
    table = plain_table(
        (screen.one_of(fr="Compte", en="Account"), "left"),
        (screen.one_of(fr="débit", en="debit"), "right"),
        (screen.one_of(fr="crédit", en="credit"), "right"),
        ("", "left"),
    )
    table.columns[0].overflow = "fold"  # an account is named whole
    for line in lines:
        amount = figure(abs(line.debit_balance), line.currency)
        sides = (amount, "") if line.debit_balance > 0 else ("", amount)
        table.add_row(line.name, *(sides if line.debit_balance else ("", "")), line.currency)
    for total in totals:
        currency = total["currency"]
        agreed = screen.one_of(fr="concordent", en="agree")
        differ = screen.one_of(fr="DIFFÈRENT", en="DIFFER")
        table.add_row(
            screen.one_of(fr="Total", en="Total"),
            figure(total["debits"], currency),
            figure(total["credits"], currency),
            f"{currency}  {agreed if total['balanced'] else differ}",
            style="bold",
        )
    return table


def _tell_faults(screen: Screen, faults: Faults) -> None:
    for number in faults.unbalanced:
        screen.say(
            fr=f"I-01 : l'écriture {number} n'est pas équilibrée",
            en=f"I-01: entry {number} does not balance",
            style="bold red",
        )
    for name in faults.drifted:
        screen.say(
            fr=f"I-33 : le solde de {name} n'est pas la somme de ses lignes",
            en=f"I-33: the balance of {name} is not the sum of its postings",
            style="bold red",
        )
    if not faults.unbalanced and not faults.drifted:
        screen.say(
            fr="Chaque écriture est équilibrée (I-01), chaque solde est la somme de ses lignes"
            " (I-33).",
            en="Every entry balances (I-01), every balance is the sum of its postings (I-33).",
        )


def _tell_part(screen: Screen) -> None:
    screen.say(
        fr="Ce que cette clé peut voir ; le grand livre entier : --database-url.",
        en="What this key may see; for the whole ledger: --database-url.",
    )
