"""`cross partners position`: a bank's end of day in a file, its totals the ledger's."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cross.cli.calls import Calls
from cross.cli.options import admin_command
from cross.cli.screen import Failed, Screen, money
from cross.clock import system_clock


class FileFormat(StrEnum):
    """What banks' systems read."""

    CSV = "csv"
    CAMT053 = "camt053"


@admin_command
async def position(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    partner: Annotated[str, typer.Argument(metavar="PARTNER", help="Its user name, or prt_…")],
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="A day that is over; else yesterday."),
    ] = None,
    file_format: Annotated[FileFormat, typer.Option("--file-format")] = FileFormat.CSV,
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "XOF",
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="`-`: the screen; else a name of its own.")
    ] = None,
) -> None:
    """Write what a bank held at the end of a day, and every line that brought it there."""
    when = (day or system_clock().astimezone(UTC) - timedelta(days=1)).date().isoformat()
    query = {"date": when, "format": file_format.value, "currency": currency}
    found = await calls.get(f"/admin/partners/{partner}/position", query)
    if output == Path("-"):
        screen.line(found["content"].rstrip())
        screen.document(found)
        return
    file = output or Path(found["file"])
    try:
        file.write_text(found["content"], "utf-8", newline="")
    except OSError as error:
        raise Failed(
            fr=f"{file} ne peut pas être écrit ({error.strerror}) : --output",
            en=f"{file} cannot be written ({error.strerror}): --output",
        ) from None
    screen.document({**found, "content": None, "written": str(file)})
    held = money(found["closing"], found["currency"])
    screen.say(
        fr=f"{file} : {found['lines']} lignes, {held} à la fin du {when}",
        en=f"{file}: {found['lines']} lines, {held} at the end of {when}",
    )
