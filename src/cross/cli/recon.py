"""`cross recon`: where the books and what operators say differ."""

from typing import Annotated

import typer

from cross.cli.books import whole_books
from cross.cli.options import command, run_until_done
from cross.cli.pages import plain_table
from cross.cli.screen import OK, Screen
from cross.storage import breaks as stored
from cross.switch.breaks import break_view

recon = typer.Typer(help="Differences between the books and what operators say.")


@recon.callback()
def _differences() -> None:
    """Keeps `breaks` a command of the group while it is the only one."""


@recon.command()
@command
def breaks(
    screen: Screen,
    *,
    database_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Whose books; else the running sandbox's."),
    ] = None,
) -> int | None:
    """Every difference that nobody has closed, oldest first."""

    async def read() -> int:
        async with whole_books(database_url) as reader:
            found = [break_view(one) for one in await stored.opened(reader)]
        screen.document({"object": "list", "data": found})
        table = plain_table(
            (screen.one_of(fr="Écart", en="Break"), "left"),
            (screen.one_of(fr="genre", en="kind"), "left"),
            (screen.one_of(fr="opérateur", en="operator"), "left"),
            (screen.one_of(fr="mouvement", en="movement"), "left"),
            (screen.one_of(fr="attendu", en="expected"), "left"),
            (screen.one_of(fr="entendu", en="heard"), "left"),
        )
        table.columns[0].no_wrap = True  # to be copied
        for one in found:
            names = ("id", "kind", "operator", "movement", "expected", "heard")
            table.add_row(*(one[name] for name in names))
        screen.show(table)
        if not found:
            screen.say(fr="Aucun écart ouvert.", en="No open break.")
        return OK

    return run_until_done(read())
