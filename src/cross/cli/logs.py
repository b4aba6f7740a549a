"""`cross logs`: what a switch was asked for with one's key, and what it answered."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from cross.cli import serving
from cross.cli.calls import Calls
from cross.cli.options import api_command
from cross.cli.screen import OK, Screen

LOOK_EVERY_SECONDS: Final = 1.0
PLACE: Final = "/v1/request_logs"
_STYLES: Final = {"2": "green", "3": "green", "4": "yellow", "5": "red"}

logs = typer.Typer(help="Your own API calls, as the switch saw them.")


@logs.callback()
def _logs() -> None:
    """Keeps `tail` a command of the group while it is the only one."""


@logs.command()
@api_command
async def tail(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    status: Annotated[
        str | None, typer.Option(metavar="STATUS", help="4xx, 404: only those answered so.")
    ] = None,
    path: Annotated[
        str | None, typer.Option(metavar="PATH", help="Such as /v1/transfers: how it begins.")
    ] = None,
    payment: Annotated[
        str | None, typer.Option(metavar="ID", help="Only calls about this object.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
) -> int:
    """Show the last calls, the newest at the end; bodies and queries are not kept."""
    query = {"status": status, "path": path, "subject": payment, "limit": str(limit)}
    found = await calls.get(PLACE, query)
    lines = found["data"][::-1]
    if not follow:
        screen.document(found)
        _show(screen, lines)
        return OK
    stop = serving.stop_asked_for()
    last = _tell(screen, lines, ("", 0))
    while not stop.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_SECONDS):
                await stop.wait()
        page = await calls.get(PLACE, {**query, "limit": "100"})
        last = _tell(screen, page["data"][::-1], last)
    return OK


def _tell(
    screen: Screen, lines: Sequence[Mapping[str, Any]], last: tuple[str, int]
) -> tuple[str, int]:
    """Shows what is newer than the last; a process that began anew counts from 1 again."""
    news = [line for line in lines if _age(line) > last]
    for line in news:
        screen.document(line)
        screen.show(_line(line))
    return _age(news[-1]) if news else last


def _age(line: Mapping[str, Any]) -> tuple[str, int]:
    return str(line["at"]), int(line["id"])


def _show(screen: Screen, lines: Sequence[Mapping[str, Any]]) -> None:
    for line in lines:
        screen.show(_line(line))
    if not lines:
        screen.say(fr="Aucun appel.", en="No calls.")


def _line(line: Mapping[str, Any]) -> Text:
    status = str(line["status"])
    told = Text(f"{line['at'][11:23]}  ")
    told.append(status, _STYLES.get(status[0], ""))
    told.append(f"  {line['method']:<6} {line['path']}  {line['duration_us'] / 1000:.1f} ms")
    if line["code"]:
        told.append(f"  {line['code']}", "bold")
    for name in ("subject", "request_id"):
        if line[name]:
            told.append(f"  {line[name]}", "dim")
    return told
