"""`cross merchants`: who uses Cross, whether they may, what bounds them, what they are charged."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from cross.cli.approvals import show_whole
from cross.cli.calls import Calls
from cross.cli.fees import fees_in, show_preview
from cross.cli.options import admin_command
from cross.cli.pages import plain_table
from cross.cli.screen import NOT_FINAL, OK, USAGE, Failed, Screen, money

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


@merchants.command()
@admin_command
async def limits(
    screen: Screen,
    calls: Calls,
    *,
    merchant: MerchantId,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=MOST", help="Such as payer.any.day.XOF=2000000."),
    ] = None,
    unset: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="The house's own holds again.")
    ] = None,
) -> int:
    """Show what a merchant may, or change it: of.kind.per.what, `count` or a currency."""
    given = dict(map(_limit, set_ or ())) | dict.fromkeys(unset or ())
    place = f"/admin/merchants/{merchant}/limits"
    found = await (calls.put(place, {"limits": given}) if given else calls.get(place))
    if found["object"] == "approval":
        show_whole(screen, found)
        return NOT_FINAL
    screen.document(found)
    table = plain_table(
        (screen.one_of(fr="Limite", en="Limit"), "left"),
        (screen.one_of(fr="Au plus", en="Most"), "right"),
        (screen.one_of(fr="Maison", en="House"), "right"),
    )
    for one in found["limits"]:
        own = one["most"] != one["house"]
        most, house = (_figure(one["name"], one[part]) for part in ("most", "house"))
        table.add_row(one["name"], Text(most, "bold" if own else ""), house)
    screen.show(table)
    return OK


@merchants.command()
@admin_command
async def fees(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    merchant: MerchantId,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FILE", help="[[fees]] in TOML, as in cross.toml."),
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="As the house says, from now on.")] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="On what was moved last; nothing is set.")
    ] = False,
) -> int:
    """Show what a merchant is charged, or have it charged as a file says."""
    place = f"/admin/merchants/{merchant}/fees"
    wanted = {"fees": [] if file is None else fees_in(file)}
    if preview:
        show_preview(screen, await calls.post(f"{place}/preview", wanted))
        return OK
    if file is None and not none:
        found = await calls.get(place)
    else:
        found = await calls.put(place, wanted)
    if found["object"] == "approval":
        show_whole(screen, found)
        return NOT_FINAL
    screen.document(found)
    if not found["fees"]:
        screen.say(
            fr="Aucun tarif propre : celui de la maison.", en="None of its own: the house's."
        )
    for one in found["fees"]:
        until = one["valid_until"] or "…"
        screen.say(
            fr=f"{one['name']} : {one['movement']}, {one['valid_from']} → {until}",
            en=f"{one['name']}: {one['movement']}, {one['valid_from']} → {until}",
            style="bold",
        )
        for band in one["bands"]:
            screen.line(_band(band, one["currency"]))
    return OK


def _limit(text: str) -> tuple[str, int]:
    name, _, most = text.partition("=")
    if not most.isdecimal():
        raise Failed(
            fr=f"--set {text} : NOM=NOMBRE est attendu",
            en=f"--set {text}: NAME=NUMBER is expected",
            code=USAGE,
        )
    return name, int(most)


def _figure(name: str, most: int | None) -> str:
    what = name.rpartition(".")[2]
    if most is None:
        return "—"
    return f"{most:,}".replace(",", " ") if what == "count" else money(most, what)


def _band(band: Mapping[str, Any], currency: str) -> str:
    parts = [f"{band['basis_points'] / 100:g} %"] if band["basis_points"] else []
    parts += [money(band["fixed"], currency)] if band["fixed"] else []
    most = "" if band["cap"] is None else f" ≤ {money(band['cap'], currency)}"
    lead = f"  {money(band['least'], currency)} – {money(band['most'], currency)}"
    return f"{lead}: {' + '.join(parts) or '0'}{most}"


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
