"""`cross keys`: what merchants call with; a secret is shown once."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from cross.cli.calls import Calls
from cross.cli.options import admin_command
from cross.cli.screen import Screen

keys = typer.Typer(help="API keys of merchants: create, list, roll, revoke.")

KeyId = Annotated[str, typer.Argument(metavar="KEY", help="key_…")]


@keys.command()
@admin_command
async def create(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    merchant: Annotated[str, typer.Argument(metavar="MERCHANT", help="mer_…")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    scope: Annotated[
        list[str] | None,
        typer.Option(help="read, collect, pay_out, transfer, refund, admin; else all but admin."),
    ] = None,
    network: Annotated[
        list[str] | None, typer.Option(help="Such as 192.0.2.0/24, again for each; else all.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Until it expires; else never.")] = None,
) -> None:
    """Make a key for a merchant. It is shown once."""
    asked = {
        "merchant": merchant,
        "name": name,
        "scopes": scope or None,
        "networks": network or None,
        "expires_in_days": days,
    }
    content = {field: value for field, value in asked.items() if value is not None}
    _show_once(screen, await calls.post("/admin/keys", content))


@keys.command("list")
@admin_command
async def list_(
    screen: Screen,
    calls: Calls,
    *,
    merchant: Annotated[
        str | None, typer.Argument(metavar="[MERCHANT]", help="mer_…; else everybody's.")
    ] = None,
) -> None:
    """List keys, newest first; of each how it begins, never the whole of it."""
    found = await calls.get("/admin/keys", {"merchant": merchant})
    screen.document(found)
    _show(screen, found["data"])


@keys.command()
@admin_command
async def roll(
    screen: Screen,
    calls: Calls,
    *,
    key: KeyId,
    hours: Annotated[
        int, typer.Option(min=0, max=720, help="For how long the old one is still valid.")
    ] = 24,
) -> None:
    """Make a key that takes another's place; the old one ends a while later."""
    made = await calls.post(f"/admin/keys/{key}/roll", {"old_valid_for_hours": hours})
    _show_once(screen, made)
    if hours:
        screen.say(
            fr=f"L'ancienne clé {key} vaut encore {hours} h.",
            en=f"The old key {key} is valid for another {hours} h.",
        )
    else:
        screen.say(fr=f"L'ancienne clé {key} ne vaut plus.", en=f"The old key {key} has ended.")


@keys.command()
@admin_command
async def revoke(screen: Screen, calls: Calls, *, key: KeyId) -> None:
    """End a key at once."""
    found = await calls.post(f"/admin/keys/{key}/revoke")
    screen.document(found)
    _show(screen, [found])


def _show_once(screen: Screen, made: Mapping[str, Any]) -> None:
    screen.document(made)
    screen.say(
        fr="Notez la clé maintenant : elle ne sera plus jamais montrée.",
        en="Note the key now: it is never shown again.",
        style="bold yellow",
    )
    screen.line(made["secret"])
    _show(screen, [made])


def _show(screen: Screen, found: Sequence[Mapping[str, Any]]) -> None:
    if not found:
        screen.say(fr="Aucune clé.", en="No keys.")
        return
    for one in found:
        status = _status(screen, one)
        begins = f"{one['starts']}…" if one["starts"] else "—"
        screen.line(f"{one['id']}  {begins}  {status}  {one['name']}".rstrip())
        facts = (
            one["merchant"],
            " ".join(one["scopes"]),
            " ".join(one["networks"]),
            _said(screen, one["expires_at"], fr="expire", en="expires"),
            _said(screen, one["last_used_at"], fr="dernier usage", en="last used"),
        )
        screen.line(f"    {' · '.join(fact for fact in facts if fact)}")


def _status(screen: Screen, key: Mapping[str, Any]) -> str:
    words = {
        "active": screen.one_of(fr="valide", en="active"),
        "expired": screen.one_of(fr="expirée", en="expired"),
        "revoked": screen.one_of(fr="révoquée", en="revoked"),
    }
    return words[key["status"]]


def _said(screen: Screen, at: str | None, *, fr: str, en: str) -> str:
    if at is None:
        return ""
    return f"{screen.one_of(fr=fr, en=en)} {at[:16].replace('T', ' ')} UTC"
