"""`cross serve`: the switch, as cross.toml and the environment configure it."""

from pathlib import Path
from typing import Annotated

import typer

from cross.bootstrap import Application
from cross.cli import serving
from cross.cli.hardening import leave_no_dump
from cross.cli.options import DatabaseUrl, command
from cross.cli.screen import OK, Screen
from cross.cli.settings_file import settings_in
from cross.inbound.guests import Guests
from cross.settings import Role, Settings


@command
def serve(  # noqa: PLR0913  one argument an option
    screen: Screen,
    *,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The settings, else cross.toml; CROSS_… overrides them."),
    ] = None,
    host: Annotated[str | None, typer.Option(metavar="TEXT", help="Overrides the setting.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, metavar="PORT", help="0: a free one.")
    ] = None,
    database_url: DatabaseUrl = None,
    role: Annotated[
        Role | None,
        typer.Option(help="Which part of the switch this process is; others need PostgreSQL."),
    ] = None,
) -> int | None:
    """Start the switch and serve its API until Ctrl-C or SIGTERM."""
    given = {"host": host, "port": port, "database_url": database_url, "role": role}
    settings = settings_in(config).model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    return serving.run(_serve(screen, settings))


async def _serve(screen: Screen, settings: Settings) -> int:
    leave_no_dump()
    stop = serving.stop_asked_for()
    listener = serving.take_port(settings.host, settings.port, flag="--host, --port")
    guests = Guests(settings.capacity, settings.trusted_proxies)
    server = serving.Server(Application(settings), listener, guests)
    url = serving.address_of(listener)
    await server.start()
    screen.say(fr=f"Cross : {url}. Ctrl-C l'arrête.", en=f"Cross: {url}. Ctrl-C stops it.")
    screen.document({"api_url": url, "livemode": settings.livemode})
    await stop.wait()
    await server.stop()
    return OK
