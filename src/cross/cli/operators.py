"""`cross operators`: whom a switch is connected to, whether they answer, a folder for one more."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from cross.cli import operator_template
from cross.cli.calls import Calls
from cross.cli.options import admin_command, command
from cross.cli.pages import plain_table
from cross.cli.screen import CHECK_FAILED, OK, Screen, money

operators = typer.Typer(help="Mobile-money operators: list, test, new.")

_STYLES: Final = {"up": "green", "degraded": "yellow", "down": "red"}


@operators.command("list")
@admin_command
async def list_(screen: Screen, calls: Calls) -> None:
    """Show every operator: what it does, its limits, how it is doing."""
    found = await calls.get("/admin/operators")
    screen.document(found)
    table = plain_table(
        (screen.one_of(fr="Opérateur", en="Operator"), "left"),
        (screen.one_of(fr="Pays", en="Country"), "left"),
        (screen.one_of(fr="Encaisse", en="Collects"), "left"),
        (screen.one_of(fr="Paie", en="Pays out"), "left"),
        (screen.one_of(fr="Limites", en="Limits"), "right"),
        (screen.one_of(fr="Santé", en="Health"), "left"),
    )
    for one in found["data"]:
        yes = screen.one_of(fr="oui", en="yes")
        table.add_row(
            one["name"],
            one["country"],
            one["collect"] or "—",
            yes if one["pay_out"] else "—",
            _limits(one["limits"]),
            Text(one["health"], _STYLES[one["health"]]),
        )
    screen.show(table)


@operators.command()
@admin_command
async def test(
    screen: Screen,
    calls: Calls,
    *,
    name: Annotated[str, typer.Argument(metavar="OPERATOR", help="As in `operators list`.")],
) -> int:
    """Ask an operator about a reference that was never sent: reached, signed in, no money moved."""
    found = await calls.post(f"/admin/operators/{name}/test")
    screen.document(found)
    took = f"{found['duration_ms']} ms"
    if found["is_well"]:
        screen.say(
            fr=f"✓ {name} répond ({took}) : adresse et identifiants sont bons.",
            en=f"✓ {name} answers ({took}): address and credentials are good.",
            style="green",
        )
        return OK
    screen.say(
        fr=f"✗ {name} : {found['detail']} ({took})",
        en=f"✗ {name}: {found['detail']} ({took})",
        style="red",
    )
    return CHECK_FAILED


@operators.command()
@command
def new(
    screen: Screen,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Lower case, such as wave.")],
    folder: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where operators are; else those of this program."),
    ] = None,
) -> int | None:
    """Write an operator's folder: connector, simulator and tests, to be filled with its words."""
    made = operator_template.write(name, folder or operator_template.installed_folder())
    screen.document({"object": "operator_folder", "name": name, "folder": str(made)})
    screen.say(
        fr=f"Écrit : {made}. Son README dit quoi remplir ; les tests passent déjà :",
        en=f"Written: {made}. Its README says what to fill in; the tests pass already:",
    )
    screen.line(f"  pytest {made} tests/operators -k {name}")
    return OK


def _limits(limits: Mapping[str, Any]) -> str:
    least, most = limits["least"], limits["most"]
    return (
        f"{least['amount']:,}".replace(",", " ") + f" – {money(most['amount'], most['currency'])}"
    )
