"""`cross stops` and `cross alarms`: what is stopped, and what is wrong."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from cross.cli.calls import Calls
from cross.cli.options import admin_command
from cross.cli.screen import CHECK_FAILED, OK, Screen

stops = typer.Typer(help="Safety stops: list, place (one person), lift (two people).")
alarms = typer.Typer(help="What is wrong now: list, key.")
PATH: Final = "/admin/stops"

Reason = Annotated[str, typer.Option(help="For those who read it later.")]
Everything = Annotated[bool, typer.Option("--all", help="Those that are over, too.")]


@stops.command("list")
@admin_command
async def list_(screen: Screen, calls: Calls, *, everything: Everything = False) -> None:
    """List the stops that are in force, and how to lift them."""
    found = await calls.get(PATH, {"status": "all" if everything else None})
    screen.document(found)
    for stop in found["data"]:
        _show(screen, stop)
    if not found["data"]:
        screen.say(fr="Rien n'est arrêté.", en="Nothing is stopped.")


@stops.command()
@admin_command
async def place(
    screen: Screen,
    calls: Calls,
    *,
    reason: Reason,
    operator: Annotated[str | None, typer.Option(help="Else all of them.")] = None,
    credits_: Annotated[
        bool, typer.Option("--credits", help="What is owed to recipients waits, too.")
    ] = False,
) -> None:
    """Stop new debits and payouts at an operator, at once; queries and refunds go on."""
    content = {"operator": operator, "reason": reason, "holds_credits": credits_}
    placed = await calls.post(PATH, {k: v for k, v in content.items() if v is not None})
    screen.document(placed)
    _show(screen, placed)


@stops.command()
@admin_command
async def lift(
    screen: Screen,
    calls: Calls,
    *,
    stop: Annotated[str, typer.Argument(metavar="ID", help="stp_…")],
    reason: Reason,
    override: Annotated[
        bool, typer.Option("--override", help="Although its monitor still sees what it saw.")
    ] = False,
) -> None:
    """Propose to lift a stop; somebody else approves it: cross approvals approve."""
    content = {"reason": reason, "override": override}
    proposed = await calls.post(f"{PATH}/{stop}/lift", content)
    screen.document(proposed)
    name = proposed["id"]
    screen.say(
        fr=f"Proposé : une autre personne approuve, cross approvals approve {name}",
        en=f"Proposed: somebody else approves it, cross approvals approve {name}",
    )


@alarms.command("list")
@admin_command
async def list_alarms(screen: Screen, calls: Calls, *, everything: Everything = False) -> int:
    """List what is wrong now; fails where something is."""
    found = await calls.get("/admin/alarms", {"status": "all" if everything else None})
    screen.document(found)
    standing = [one for one in found["data"] if one["status"] == "raised"]
    for one in found["data"]:
        _show_alarm(screen, one)
    if not standing:
        screen.say(fr="Aucune alarme.", en="No alarm.")
    return CHECK_FAILED if standing else OK


@alarms.command()
@admin_command
async def key(screen: Screen, calls: Calls) -> None:
    """Show what pages are signed with: the receiver's secret, of whoever reads the master key."""
    found = await calls.get("/admin/alarms/key")
    screen.document(found)
    secrets: Sequence[str] = found["secrets"]
    for secret in secrets:
        screen.line(secret)


def _show(screen: Screen, stop: Mapping[str, Any]) -> None:
    over = stop["status"] == "lifted"
    style = "dim" if over else "bold red"
    where = screen.one_of(fr="partout", en="everywhere") if stop["operator"] == "*" else None
    screen.show(Text(f"{stop['id']}  {where or stop['operator']}  {stop['cause']}", style))
    screen.line(f"    {stop['found']}")
    screen.line(f"    {stop['placed_at'][:19]}  {stop['placed_by']}")
    if over:
        screen.line(f"    {stop['lifted_at'][:19]}  {stop['lifted_by']}: {stop['lift_reason']}")


def _show_alarm(screen: Screen, alarm: Mapping[str, Any]) -> None:
    style = "bold red" if alarm["status"] == "raised" else "dim"
    name, at = alarm["name"], alarm["turned_at"][:19]
    screen.show(Text(f"{at}  {name}  {alarm['subject']}  {alarm['detail']}".rstrip(), style))
