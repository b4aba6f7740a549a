"""`cross fees`: what other fees would have cost, before anybody pays them (F-H01)."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cross.cli.calls import Calls
from cross.cli.options import admin_command
from cross.cli.pages import plain_table
from cross.cli.screen import USAGE, Failed, Screen, money

fees = typer.Typer(help="Fees: what others would have cost.")


@fees.callback()
def _fees() -> None:
    """Fees: what others would have cost."""


@fees.command()
@admin_command
async def preview(
    screen: Screen,
    calls: Calls,
    *,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="[[fees]] in TOML: the cross.toml to come.")
    ],
) -> None:
    """Price the newest movements by the house's fees of a file; nothing is set."""
    show_preview(screen, await calls.post("/admin/fees/preview", {"fees": fees_in(file)}))


def fees_in(file: Path) -> list[dict[str, Any]]:
    """The schedules of a file, as an admin call takes them."""
    try:
        found = tomllib.loads(file.read_text("utf-8")).get("fees", [])
    except (OSError, ValueError) as error:
        raise Failed(fr=f"{file} : {error}", en=f"{file}: {error}", code=USAGE) from None
    return [dict(one) for one in found]


def show_preview(screen: Screen, found: Mapping[str, Any]) -> None:
    """Kind by kind, what was charged and what would have been; some that would differ."""
    screen.document(found)
    if not found["charged"]:
        screen.say(fr="Rien n'a encore été transféré.", en="Nothing was moved yet.")
    table = plain_table(
        (screen.one_of(fr="Mouvement", en="Movement"), "left"),
        (screen.one_of(fr="Nombre", en="Number"), "right"),
        (screen.one_of(fr="Frais avant", en="Fees before"), "right"),
        (screen.one_of(fr="Après", en="After"), "right"),
        (screen.one_of(fr="Changés", en="Changed"), "right"),
        (screen.one_of(fr="Impossibles", en="Impossible"), "right"),
    )
    for one in found["charged"]:
        before, after = (money(one[part], one["currency"]) for part in ("before", "after"))
        counts = [str(one[part]) for part in ("movements", "changed", "impossible")]
        table.add_row(one["movement"], counts[0], before, after, *counts[1:])
    if found["charged"]:
        screen.show(table)
    for one in found["examples"]:
        paid, before = (money(one[part], one["currency"]) for part in ("paid", "before"))
        after = "—" if one["after"] is None else money(one["after"], one["currency"])
        screen.line(f"  {one['id']}  {paid}: {before} → {after}")
