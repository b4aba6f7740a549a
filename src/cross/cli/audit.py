"""`cross audit`: who changed what in this installation."""

import json
from typing import Annotated

import typer
from rich.text import Text

from cross.cli.calls import Calls
from cross.cli.options import admin_command
from cross.cli.pages import plain_table
from cross.cli.screen import Screen

audit = typer.Typer(help="Who changed what: keys, merchants, secrets, partners.")


@audit.callback()
def _audit() -> None:
    """Keeps `tail` a command of the group while it is the only one."""


@audit.command()
@admin_command
async def tail(
    screen: Screen,
    calls: Calls,
    *,
    subject: Annotated[
        str | None, typer.Option(metavar="ID", help="Only what was done to this: key_…, mer_…")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
) -> None:
    """Show the last acts, the newest at the end."""
    found = await calls.get("/admin/audit", {"subject": subject, "limit": str(limit)})
    screen.document(found)
    table = plain_table(
        ("UTC", "left"),
        (screen.one_of(fr="Qui", en="Who"), "left"),
        (screen.one_of(fr="Acte", en="Act"), "left"),
        (screen.one_of(fr="Sur", en="On"), "left"),
        (screen.one_of(fr="Changement", en="Change"), "left"),
    )
    table.columns[3].no_wrap = True
    for line in reversed(found["data"]):
        at = line["at"][:19].replace("T", " ")
        change = Text(f"{_short(line['before'])} → {_short(line['after'])}", "dim")
        table.add_row(at, line["who"], line["action"], line["subject"], change)
    if found["data"]:
        screen.show(table)
    else:
        screen.say(fr="Aucun acte.", en="Nothing was done.")


def _short(value: object) -> str:
    return "·" if value is None else json.dumps(value, ensure_ascii=False)
