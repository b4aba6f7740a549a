"""`cross settlements`: merchants are paid what a period left them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from cross.cli.calls import Calls
from cross.cli.options import admin_command
from cross.cli.pages import plain_table, status_text
from cross.cli.screen import USAGE, Failed, Screen, change, money

settlements = typer.Typer(help="Settlements: prepare, pay, paid-by-bank, cancel, list, terms.")
PATH: Final = "/admin/settlements"

SettlementId = Annotated[str, typer.Argument(metavar="ID", help="stl_…")]
Merchant = Annotated[str, typer.Argument(metavar="MERCHANT", help="mer_…")]
Currency = Annotated[str, typer.Option(help="ISO 4217.")]


@settlements.command("list")
@admin_command
async def list_(
    screen: Screen,
    calls: Calls,
    *,
    merchant: Annotated[str | None, typer.Option(help="Only this merchant's.")] = None,
    after: Annotated[str | None, typer.Option(help="The id that the last page ended with.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
) -> None:
    """List settlements, newest first."""
    query = {"limit": str(limit), "starting_after": after, "merchant": merchant}
    found = await calls.get(PATH, query)
    screen.document(found)
    _show(screen, found["data"])
    if found["has_more"]:
        more = found["next_cursor"]
        screen.say(fr=f"La suite : --after {more}", en=f"There is more: --after {more}")


@settlements.command()
@admin_command
async def show(screen: Screen, calls: Calls, *, settlement: SettlementId) -> None:
    """Show a settlement, with what it covers."""
    _show_whole(screen, await calls.get(f"{PATH}/{settlement}"))


@settlements.command()
@admin_command
async def prepare(
    screen: Screen, calls: Calls, *, merchant: Merchant, currency: Currency = "XOF"
) -> None:
    """Work out what a merchant is due since the last one; no money moves."""
    _show_whole(screen, await calls.post(PATH, {"merchant": merchant, "currency": currency}))


@settlements.command()
@admin_command
async def pay(screen: Screen, calls: Calls, *, settlement: SettlementId) -> None:
    """Pay it to the merchant's settlement wallet."""
    _show_whole(screen, await calls.post(f"{PATH}/{settlement}/pay"))


@settlements.command("paid-by-bank")
@admin_command
async def paid_by_bank(
    screen: Screen,
    calls: Calls,
    *,
    settlement: SettlementId,
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="The bank's own.")],
) -> None:
    """Say that your bank has paid it."""
    content = {"bank_reference": reference}
    _show_whole(screen, await calls.post(f"{PATH}/{settlement}/paid_by_bank", content))


@settlements.command()
@admin_command
async def cancel(screen: Screen, calls: Calls, *, settlement: SettlementId) -> None:
    """Take back what is not paid."""
    _show_whole(screen, await calls.post(f"{PATH}/{settlement}/cancel"))


@settlements.command()
@admin_command
async def terms(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    merchant: Merchant,
    currency: Currency = "XOF",
    wallet: Annotated[str | None, typer.Option(metavar="OPERATOR:NUMBER")] = None,
    bank: Annotated[str | None, typer.Option(help="The account, for whoever pays there.")] = None,
    daily: Annotated[bool, typer.Option("--daily", help="Each day; else by hand.")] = False,
    minimum: Annotated[int, typer.Option(min=0, help="Less is kept for the next one.")] = 0,
) -> None:
    """Say where and when a merchant is paid; without options, show it."""
    if wallet is None and bank is None and not daily and not minimum:
        found = await calls.get(f"/admin/settlement_terms/{merchant}/{currency}")
    else:
        operator, _, number = (wallet or "").partition(":")
        if wallet is not None and not number:
            raise Failed(
                fr=f"--wallet : {wallet} n'est pas OPÉRATEUR:NUMÉRO",
                en=f"--wallet: {wallet} is not OPERATOR:NUMBER",
                code=USAGE,
            )
        content = {
            "currency": currency,
            "operator": operator or None,
            "msisdn": number or None,
            "bank": bank,
            "schedule": "daily" if daily else "manual",
            "minimum": minimum,
        }
        found = await calls.put(f"/admin/settlement_terms/{merchant}", content)
    screen.document(found)
    for name in ("operator", "msisdn", "bank", "schedule", "minimum"):
        screen.line(f"{name}: {'—' if found[name] is None else found[name]}")


def _show_whole(screen: Screen, found: Mapping[str, Any]) -> None:
    screen.document(found)
    _show(screen, [found])
    currency = found["currency"]
    table = plain_table(("", "left"), ("", "right"), ("", "right"), ("", "right"))
    opening = screen.one_of(fr="report", en="brought forward")
    table.add_row(opening, "", change(found["opening_balance"], currency) or "0", "")
    for one in found["covers"]:
        fees = money(one["fees"], currency) if one["fees"] else ""
        table.add_row(one["kind"], str(one["movements"]), change(one["amount"], currency), fees)
    screen.show(table)


def _show(screen: Screen, found: Sequence[Mapping[str, Any]]) -> None:
    if not found:
        screen.say(fr="Rien.", en="Nothing.")
    for one in found:
        how = one["payout"] or one["bank_reference"] or ""
        screen.show(
            Text(f"{one['id']}  ", "bold")
            + status_text(one["status"])
            + Text(f"  {money(one['amount'], one['currency'])}  {one['merchant']}  {how}")
        )
