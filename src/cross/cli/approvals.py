"""`cross approvals`: what one person proposed, for another to approve or to reject."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from cross.cli.calls import Calls
from cross.cli.options import admin_command
from cross.cli.pages import plain_table, status_text
from cross.cli.screen import CHECK_FAILED, OK, Screen, change, money

approvals = typer.Typer(help="What takes two people: list, show, approve, reject.")
PATH: Final = "/admin/approvals"

ApprovalId = Annotated[str, typer.Argument(metavar="ID", help="apr_…")]


@approvals.command("list")
@admin_command
async def list_(
    screen: Screen,
    calls: Calls,
    *,
    status: Annotated[str | None, typer.Option(help="proposed, applied, …; else all.")] = None,
    after: Annotated[str | None, typer.Option(help="The id that the last page ended with.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
) -> None:
    """List proposals, newest first."""
    query = {"limit": str(limit), "starting_after": after, "status": status}
    found = await calls.get(PATH, query)
    screen.document(found)
    if not found["data"]:
        screen.say(fr="Aucune proposition.", en="No proposal.")
    _show(screen, found["data"])
    if found["has_more"]:
        more = found["next_cursor"]
        screen.say(fr=f"La suite : --after {more}", en=f"There is more: --after {more}")


@approvals.command()
@admin_command
async def show(screen: Screen, calls: Calls, *, approval: ApprovalId) -> None:
    """Show a proposal, with the postings it would make."""
    show_whole(screen, await calls.get(f"{PATH}/{approval}"))


@approvals.command()
@admin_command
async def approve(screen: Screen, calls: Calls, *, approval: ApprovalId) -> int:
    """Say yes to what somebody else proposed: it is done at once."""
    found = await calls.post(f"{PATH}/{approval}/approve")
    show_whole(screen, found)
    return CHECK_FAILED if found["status"] == "failed" else OK


@approvals.command()
@admin_command
async def reject(screen: Screen, calls: Calls, *, approval: ApprovalId) -> None:
    """Say no, or take back what you proposed: nothing is done."""
    show_whole(screen, await calls.post(f"{PATH}/{approval}/reject"))


def show_whole(screen: Screen, found: Mapping[str, Any]) -> None:
    """A proposal with its fields, and the postings it was shown to make."""
    screen.document(found)
    _show(screen, [found])
    for name, value in found["fields"].items():
        screen.line(f"    {name}: {value}")
    preview = found["preview"]
    table = plain_table(("", "left"), ("", "right"), ("", "left"))
    for line in preview.get("entry") or ():
        side = "debit" if line["amount"] > 0 else "credit"
        table.add_row(line["account"], change(line["amount"], line["currency"]), side)
    if table.row_count:
        screen.show(table)
        before, after = preview["suspense_before"], preview["suspense_after"]
        screen.line(f"    suspense: {before} → {after}")
    elif "leg" in preview:
        screen.line(f"    {preview['leg']}: {preview['before']} → {preview['after']}")
    if found["status"] == "proposed":
        until = found["expires_at"][:16].replace("T", " ")
        screen.say(
            fr=f"Une autre personne, jusqu'au {until} UTC : cross approvals approve {found['id']}",
            en=f"Somebody else, until {until} UTC: cross approvals approve {found['id']}",
            style="yellow",
        )


def _show(screen: Screen, found: Sequence[Mapping[str, Any]]) -> None:
    for one in found:
        amount = one["amount"]
        much = "" if amount is None else f"  {money(amount['amount'], amount['currency'])}"
        by = (
            one["made_by"]
            if one["decided_by"] is None
            else f"{one['made_by']}, {one['decided_by']}"
        )
        result = "" if one["result"] is None else f"  → {one['result']}"
        screen.show(
            Text(f"{one['id']}  ", "bold")
            + status_text(one["status"])
            + Text(f"  {one['kind']} {one['about']}{much}  ({by}){result}")
        )
