"""`cross admins`: the people who run Cross, each with his own token, shown once."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from cross.cli.calls import Calls
from cross.cli.options import admin_command
from cross.cli.pages import status_text
from cross.cli.screen import Screen

admins = typer.Typer(help="People who run Cross, each with a token: add, list, revoke.")
PATH: Final = "/admin/admins"


@admins.command()
@admin_command
async def add(
    screen: Screen,
    calls: Calls,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As the audit will name him.")],
) -> None:
    """Give somebody a token. It is shown once."""
    fresh = await calls.post(PATH, {"name": name})
    screen.document(fresh)
    _show(screen, [fresh])
    screen.say(fr="Son jeton, montré une seule fois :", en="His token, shown once:")
    screen.line(f"  {fresh['token']}")
    screen.say(
        fr="À donner par CROSS_ADMIN_TOKEN ou --admin-token.",
        en="To be given by CROSS_ADMIN_TOKEN or --admin-token.",
    )
    if fresh["approval"] is not None:
        screen.say(
            fr=f"Il n'ouvre rien avant : cross approvals approve {fresh['approval']}",
            en=f"It opens nothing before: cross approvals approve {fresh['approval']}",
            style="yellow",
        )


@admins.command("list")
@admin_command
async def list_(screen: Screen, calls: Calls) -> None:
    """List everybody that ever was, newest first."""
    found = await calls.get(PATH)
    screen.document(found)
    if not found["data"]:
        screen.say(
            fr="Personne n'a de jeton à lui : cross admins add NOM",
            en="Nobody has a token of his own: cross admins add NAME",
        )
    _show(screen, found["data"])


@admins.command()
@admin_command
async def revoke(
    screen: Screen,
    calls: Calls,
    *,
    admin: Annotated[str, typer.Argument(metavar="ID", help="adm_…")],
) -> None:
    """End somebody's token at once."""
    found = await calls.post(f"{PATH}/{admin}/revoke")
    screen.document(found)
    _show(screen, [found])


def _show(screen: Screen, found: Sequence[Mapping[str, Any]]) -> None:
    for one in found:
        added = f"  {one['added_at'][:10]}  ← {one['added_by']}"
        screen.show(
            Text(f"{one['id']}  ", "bold") + status_text(one["status"]) + f"  {one['name']}{added}"
        )
