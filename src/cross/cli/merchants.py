"""`cross merchants`: who uses Cross, whether they may, what bounds them, what they are charged."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.text import Text

from cross.cli.calls import Calls
from cross.cli.options import admin_command
from cross.cli.pages import plain_table
from cross.cli.screen import Screen

merchants = typer.Typer(help="Merchants: add, list, suspend; their limits and their fees.")

MerchantId = Annotated[str, typer.Argument(metavar="MERCHANT", help="mer_…")]


@merchants.command()
@admin_command
async def add(
    screen: Screen,
    calls: Calls,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the merchant is called.")],
    no_house_events: Annotated[
        bool, typer.Option("--no-house-events", help="Not told of float.low, operator.down….")
    ] = False,
) -> None:
    """Add a merchant; `cross keys create` makes the key that it calls with."""
    made = await calls.post("/admin/merchants", {"name": name, "hears_house": not no_house_events})
    screen.document(made)
    _show(screen, [made])
    screen.say(
        fr=f"Sa clé : cross keys create {made['id']}",
        en=f"Its key: cross keys create {made['id']}",
    )


@merchants.command("list")
@admin_command
async def list_(
    screen: Screen,
    calls: Calls,
    *,
    after: Annotated[str | None, typer.Option(help="The id that the last page ended with.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
) -> None:
    """List merchants, newest first."""
    found = await calls.get("/admin/merchants", {"limit": str(limit), "starting_after": after})
    screen.document(found)
    _show(screen, found["data"])
    if found["has_more"]:
        more = found["next_cursor"]
        screen.say(fr=f"La suite : --after {more}", en=f"There is more: --after {more}")


@merchants.command()
@admin_command
async def show(screen: Screen, calls: Calls, *, merchant: MerchantId) -> None:
    """Show a merchant as it stands."""
    found = await calls.get(f"/admin/merchants/{merchant}")
    screen.document(found)
    _show(screen, [found])


@merchants.command()
@admin_command
async def suspend(screen: Screen, calls: Calls, *, merchant: MerchantId) -> None:
    """Take nothing more from a merchant; what is under way goes on."""
    found = await calls.post(f"/admin/merchants/{merchant}/suspend")
    screen.document(found)
    _show(screen, [found])


@merchants.command()
@admin_command
async def reinstate(screen: Screen, calls: Calls, *, merchant: MerchantId) -> None:
    """Let a suspended merchant ask again."""
    found = await calls.post(f"/admin/merchants/{merchant}/reinstate")
    screen.document(found)
    _show(screen, [found])


def _show(screen: Screen, found: Sequence[Mapping[str, Any]]) -> None:
    if not found:
        screen.say(fr="Aucun marchand.", en="No merchants.")
        return
    table = plain_table(
        (screen.one_of(fr="Marchand", en="Merchant"), "left"),
        (screen.one_of(fr="Nom", en="Name"), "left"),
        (screen.one_of(fr="État", en="Status"), "left"),
    )
    for one in found:
        active = one["status"] == "active"
        words = (
            screen.one_of(fr="actif", en="active")
            if active
            else screen.one_of(fr="suspendu", en="suspended")
        )
        status = Text(words, "green" if active else "red")
        table.add_row(one["id"], one["name"], status)
    screen.show(table)
