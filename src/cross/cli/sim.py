"""`cross sim`: what simulated operators can be asked for beside money."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlencode

import typer

from cross.cli.calls import Calls, opened_outbound
from cross.cli.handset import SimUrl, simulators_at
from cross.cli.options import command, run_until_done
from cross.cli.screen import OK, USAGE, Failed, Screen

sim = typer.Typer(help="The simulated operators: statement.")


class FileFormat(StrEnum):
    """What a statement is written as."""

    CSV = "csv"
    XLSX = "xlsx"


@sim.command()
@command
def statement(  # noqa: PLR0913  one argument an option
    screen: Screen,
    *,
    operator: Annotated[str, typer.Argument(metavar="OPERATOR", help="tmoney, flooz, …")],
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Else today, by the simulators' clock."),
    ] = None,
    breaks: Annotated[int, typer.Option(min=0, max=100, help="So many rows that are not so.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed plants the same breaks.")] = 0,
    file_format: Annotated[FileFormat, typer.Option("--file-format")] = FileFormat.CSV,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="`-`: the screen; else a name of its own.")
    ] = None,
    sim_url: SimUrl = None,
) -> int | None:
    """Write the statement that an operator would send that night, with breaks planted in it."""
    query = {"breaks": str(breaks), "seed": str(seed)}
    if day is not None:
        query["date"] = day.date().isoformat()
    if output == Path("-") and file_format is FileFormat.XLSX:
        raise Failed(
            fr="--output - est pour le CSV : --output FICHIER",
            en="--output - is for CSV: --output FILE",
            code=USAGE,
        )
    return run_until_done(
        _write(screen, simulators_at(sim_url), operator, query, (file_format, output))
    )


async def _write(
    screen: Screen,
    url: str,
    operator: str,
    query: Mapping[str, str],
    wanted: tuple[FileFormat, Path | None],
) -> int:
    file_format, output = wanted
    async with opened_outbound() as outbound:
        calls = Calls(outbound, url)
        path = f"/control/statements/{quote(operator, safe='')}"
        told = await calls.get(path, {**query, "format": "json"})
        whole = {**query, "date": told["date"], "format": file_format.value}
        content = await calls.text(f"{path}?{urlencode(whole)}")
    if output == Path("-"):
        screen.line(content.decode().rstrip())
        screen.document(told)
        return OK
    file = output or Path(f"{operator}-{told['date']}.{file_format.value}")
    _save(file, content)
    screen.document({**told, "written": str(file)})
    screen.say(
        fr=f"{file} : {len(told['rows'])} lignes, {len(told['planted'])} écarts semés",
        en=f"{file}: {len(told['rows'])} lines, {len(told['planted'])} breaks planted",
    )
    for one in told["planted"]:
        screen.line(f"  {one['kind']:<12}  {one['reference']}")
    return OK


def _save(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise Failed(
            fr=f"{file} ne peut pas être écrit ({error.strerror}) : --output",
            en=f"{file} cannot be written ({error.strerror}): --output",
        ) from None
