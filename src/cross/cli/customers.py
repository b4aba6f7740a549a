"""`cross customers`: who pays the merchant and whom it pays."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.text import Text

from cross.cli.calls import Calls
from cross.cli.options import api_command
from cross.cli.pages import plain_table, status_text
from cross.cli.screen import USAGE, Failed, Screen, money, phone

customers = typer.Typer(help="Customers: add, list, show with all that moved for them.")


@customers.command()
@api_command
async def add(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who it is.")],
    email: Annotated[str | None, typer.Option()] = None,
    reference: Annotated[str | None, typer.Option(help="Your own; it names one customer.")] = None,
    wallet: Annotated[
        list[str] | None, typer.Option(metavar="OPERATOR:NUMBER", help="Again for each.")
    ] = None,
) -> None:
    """Name a payer or a payee."""
    asked = {"name": name, "email": email, "reference": reference}
    content: dict[str, Any] = {field: value for field, value in asked.items() if value is not None}
    content["wallets"] = [_wallet(text) for text in wallet or []]
    made = await calls.post("/v1/customers", content)
    screen.document(made)
    _show(screen, [made])


@customers.command("list")
@api_command
async def list_(
    screen: Screen,
    calls: Calls,
    *,
    number: Annotated[str | None, typer.Option(help="Who has this number.")] = None,
    after: Annotated[str | None, typer.Option(help="The id that the last page ended with.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
) -> None:
    """List customers, newest first."""
    query = {"limit": str(limit), "starting_after": after, "msisdn": number}
    found = await calls.get("/v1/customers", query)
    screen.document(found)
    _show(screen, found["data"])
    if found["has_more"]:
        more = found["next_cursor"]
        screen.say(fr=f"La suite : --after {more}", en=f"There is more: --after {more}")


@customers.command()
@api_command
async def show(
    screen: Screen,
    calls: Calls,
    *,
    customer: Annotated[str, typer.Argument(metavar="ID", help="cus_…")],
    limit: Annotated[int, typer.Option(min=1, max=100, help="Of what moved.")] = 20,
) -> None:
    """Show a customer, and the newest of what moved for it."""
    found = await calls.get(f"/v1/customers/{customer}")
    moved = await calls.get(f"/v1/customers/{customer}/movements", {"limit": str(limit)})
    screen.document({**found, "movements": moved["data"]})
    _show(screen, [found])
    table = plain_table(*((name, "left") for name in ("", "", "")), ("", "right"), ("", "left"))
    for one in moved["data"]:
        paid = one if "amount" in one else one["quote"]["debit"]
        table.add_row(
            one["id"],
            one["object"],
            status_text(one["status"]),
            money(paid["amount"], paid["currency"]),
            one["reference"] or "",
        )
    screen.show(table)


def _wallet(text: str) -> dict[str, str]:
    operator, mark, number = text.partition(":")
    if not mark or not number:
        raise Failed(
            fr=f"--wallet : {text} n'est pas OPÉRATEUR:NUMÉRO",
            en=f"--wallet: {text} is not OPERATOR:NUMBER",
            code=USAGE,
        )
    return {"operator": operator, "msisdn": number}


def _show(screen: Screen, found: Sequence[Mapping[str, Any]]) -> None:
    if not found:
        screen.say(fr="Rien.", en="Nothing.")
    for one in found:
        more = "  ".join(text for text in (one["reference"], one["email"]) if text)
        screen.show(Text(f"{one['id']}  ", "bold") + Text(f"{one['name']}  {more}"))
        for wallet in one["wallets"]:
            screen.line(f"  {wallet['operator']}  {phone(wallet['msisdn'])}")
