"""`cross events`: what happened, as merchants are told it; and telling it again."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import typer
from rich.syntax import Syntax
from rich.text import Text

from cross.cli.calls import Calls
from cross.cli.deliveries import until_delivered
from cross.cli.options import api_command
from cross.cli.pages import plain_table
from cross.cli.screen import NOT_FINAL, OK, USAGE, Failed, Screen
from cross.clock import system_clock

events = typer.Typer(help="What happened: list, show, tell webhook endpoints again.")

Since = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="2026-11-22T12:00:00Z, or so long ago: 30m, 2h, 7d."),
]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Else until now.")]

_AGO: Final = re.compile(r"([0-9]{1,6})([smhd])", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@events.command("list")
@api_command
async def list_(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    event_type: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Such as order.paid.")
    ] = None,
    object_id: Annotated[
        str | None, typer.Option("--object", metavar="ID", help="trf_…, col_…, ord_… and others.")
    ] = None,
    since: Since = None,
    until: Until = None,
    after: Annotated[str | None, typer.Option(help="The id that the last page ended with.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
) -> None:
    """List events, newest first."""
    query = {
        "type": event_type,
        "object": object_id,
        "created_from": moment_in(since),
        "created_to": moment_in(until),
        "starting_after": after,
        "limit": str(limit),
    }
    found = await calls.get("/v1/events", query)
    screen.document(found)
    show_events(screen, found["data"])
    if found["has_more"]:
        more = found["next_cursor"]
        screen.say(fr=f"La suite : --after {more}", en=f"There is more: --after {more}")


@events.command()
@api_command
async def show(
    screen: Screen,
    calls: Calls,
    *,
    event_id: Annotated[str, typer.Argument(metavar="ID", help="evt_…")],
) -> None:
    """Show one event whole, as an endpoint gets it."""
    found = await calls.get(f"/v1/events/{event_id}")
    screen.document(found)
    screen.show(Syntax(json.dumps(found, indent=2, ensure_ascii=False), "json", word_wrap=True))


@events.command()
@api_command
async def resend(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    event_ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    since: Since = None,
    until: Until = None,
    endpoint: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="we_…, again for each; else all.")
    ] = None,
    seconds: Annotated[
        float, typer.Option("--timeout", min=0, help="Seconds to wait for the answers.")
    ] = 60,
) -> int:
    """Tell endpoints again: these events, or all since a time; exit code 3 while some wait."""
    if bool(event_ids) == (since is not None):
        raise Failed(
            fr="donnez des identifiants, ou --since", en="give ids, or --since", code=USAGE
        )
    if event_ids:
        resent = [await calls.post(f"/v1/events/{one}/resend") for one in event_ids]
    else:
        resent = await _resend_range(calls, endpoint, moment_in(since), moment_in(until))
    count = sum(one["count"] for one in resent)
    screen.say(fr=f"{count} envois refaits.", en=f"{count} deliveries again.")
    places = await _enabled(calls, endpoint)
    left = await until_delivered(screen, calls, places, count=count, seconds=seconds)
    screen.document({"object": "list", "data": resent, "count": count, "waiting": left})
    return OK if left == 0 else NOT_FINAL


def moment_in(text: str | None) -> str | None:
    """A time as the API takes it; `2h` is two hours ago. Raises `Failed`."""
    if text is None:
        return None
    ago = _AGO.fullmatch(text)
    try:
        if ago is None:
            moment = datetime.fromisoformat(text)
        else:
            moment = system_clock() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    except (ValueError, OverflowError):
        raise Failed(
            fr=f"{text} n'est pas un moment : 2026-11-22T12:00:00Z, 30m, 2h, 7d",
            en=f"{text} is not a time: 2026-11-22T12:00:00Z, 30m, 2h, 7d",
            code=USAGE,
        ) from None
    return (moment if moment.tzinfo else moment.astimezone()).isoformat()


def show_events(screen: Screen, found: Sequence[Mapping[str, Any]]) -> None:
    """Each event: when, of what type, about which object, its number there."""
    if not found:
        screen.say(fr="Rien.", en="Nothing.")
        return
    table = plain_table(
        (screen.one_of(fr="Événement", en="Event"), "left"),
        (screen.one_of(fr="Type et objet", en="Type and object"), "left"),
        ("N°", "right"),
        (screen.one_of(fr="État", en="Status"), "left"),
    )
    for one in found:
        about = one["data"]["object"]
        created = one["created_at"][:19].replace("T", " ")
        table.add_row(
            f"{one['id']}\n{created} UTC",
            Text(one["type"], "bold") + Text(f"\n{about.get('id', '')}"),
            str(one["sequence"]),
            str(about.get("status", "")),
        )
    screen.show(table)


async def _resend_range(
    calls: Calls, endpoints: list[str] | None, created_from: str | None, created_to: str | None
) -> list[dict[str, Any]]:
    asked = {"created_from": created_from, "created_to": created_to}
    content = {name: value for name, value in asked.items() if value is not None}
    return [
        await calls.post(f"/v1/webhook_endpoints/{one}/resend", content)
        for one in await _enabled(calls, endpoints)
    ]


async def _enabled(calls: Calls, named: list[str] | None) -> list[str]:
    if named:
        return named
    return [
        one["id"]
        async for one in calls.every("/v1/webhook_endpoints", {})
        if one["status"] == "enabled"
    ]
