"""`cross ledger`: balances, trial balance, and whether the ledger is what it must be."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from cross.cli.books import AccountLine, Books, Faults, books_of
from cross.cli.options import SwitchOptions, command, run_until_done
from cross.cli.pages import plain_table
from cross.cli.screen import CHECK_FAILED, OK, Screen, figure


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerOptions:
    """Whose books."""

    database_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Read the whole ledger there; else the switch's API."),
    ] = None


ledger = typer.Typer(help="The books: balances, trial balance, verification.")

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
        _tell_part(screen, books)
        return OK if balanced else CHECK_FAILED

    return _with_books(place, switch, show)


@ledger.command()
@_ledger_command
def verify(screen: Screen, place: LedgerOptions, switch: SwitchOptions) -> int | None:
    """Every entry balances, every balance is its postings' sum; else exit code 4."""

    async def show(books: Books) -> int:
        faults = await books.faults()
        is_right = not faults.unbalanced and not faults.drifted
        screen.document(
            {
                "object": "ledger_verification",
                "agrees": is_right,
                "whole_ledger": books.is_whole,
                "unbalanced_entries": list(faults.unbalanced),
                "drifted_accounts": list(faults.drifted),
            }
        )
        _tell_faults(screen, faults)
        _tell_part(screen, books)
        return OK if is_right else CHECK_FAILED

    return _with_books(place, switch, show)


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


def _tell_part(screen: Screen, books: Books) -> None:
    if not books.is_whole:
        screen.say(
            fr="Ce que cette clé peut voir ; le grand livre entier : --database-url.",
            en="What this key may see; for the whole ledger: --database-url.",
        )
