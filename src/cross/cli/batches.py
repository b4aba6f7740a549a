"""`cross payout batch`: a file of payouts, looked at, confirmed, followed, and its result file."""

import asyncio
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from cross.cli.calls import Calls
from cross.cli.options import api_command
from cross.cli.pages import plain_table
from cross.cli.screen import ERROR, NOT_FINAL, OK, USAGE, Failed, Screen, money
from cross.switch.sheets import CSV, XLSX

PATH: Final = "/v1/payouts/batches"
PROBLEMS_SHOWN: Final = 20
LOOK_SECONDS: Final = 0.3
_ENDED: Final = ("completed", "canceled")


@api_command
async def batch(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV, XLSX, or JSON as the API takes it.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look; pay nobody.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    key: Annotated[
        str | None,
        typer.Option(help="An Idempotency-Key; else the file's own: the same file pays once."),
    ] = None,
    seconds: Annotated[
        float,
        typer.Option("--timeout", min=0, metavar="SECONDS", help="The longest wait for the end."),
    ] = 3_600.0,
) -> int:
    """Pay every line of a file; what became of each is in FILE.result.csv."""
    body, media_type = _read(file), _media_type(file)
    key = key or f"file-{sha256(body).hexdigest()}"
    seen = await calls.upload(f"{PATH}?dry_run=true", body, media_type, key=key)
    _show_preview(screen, seen)
    if dry_run:
        screen.document(seen)
        return ERROR if seen["invalid"] else OK
    if not yes:
        _confirm(screen, seen)
    opened = await calls.upload(PATH, body, media_type, key=key)
    if opened["status"] in _ENDED:
        screen.say(
            fr=f"Ce fichier a déjà été donné : {opened['id']}. Rien n'est payé deux fois.",
            en=f"This file was given before: {opened['id']}. Nothing is paid twice.",
        )
    found = await _followed(screen, calls, opened, seconds=seconds)
    result = file.with_name(f"{file.name}.result.csv")
    result.write_bytes(await calls.text(f"{PATH}/{found['id']}/result.csv"))
    screen.document({**found, "result_file": str(result)})
    _show_end(screen, found, result)
    return _exit_code(found)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        why = error.strerror or "?"
        raise Failed(fr=f"{file} : {why}", en=f"{file}: {why}", code=USAGE) from None


def _media_type(file: Path) -> str:
    kinds = {".csv": CSV, ".txt": CSV, ".xlsx": XLSX, ".json": "application/json"}
    found = kinds.get(file.suffix.lower())
    if found is None:
        raise Failed(
            fr=f"{file} : .csv, .xlsx ou .json attendu",
            en=f"{file}: .csv, .xlsx or .json is expected",
            code=USAGE,
        )
    return found


def _show_preview(screen: Screen, seen: Mapping[str, Any]) -> None:
    screen.say(
        fr=f"{seen['lines']} lignes : {seen['valid']} valides, {seen['invalid']} refusées",
        en=f"{seen['lines']} lines: {seen['valid']} valid, {seen['invalid']} refused",
        style="bold",
    )
    needs = plain_table(
        (screen.one_of(fr="Besoin", en="Needed"), "left"),
        (screen.one_of(fr="lignes", en="lines"), "right"),
        (screen.one_of(fr="nécessaire", en="needed"), "right"),
        (screen.one_of(fr="disponible", en="available"), "right"),
        ("", "left"),
    )
    for one in seen["operators"]:
        _add_need(needs, f"float {one['operator']}", str(one["lines"]), one)
    for one in seen["totals"]:
        name = screen.one_of(fr="votre solde", en="your balance")
        _add_need(needs, name, str(seen["valid"]), one)
    screen.show(needs)
    _show_problems(screen, seen["problems"])
    if seen["ignored_columns"]:
        names = ", ".join(seen["ignored_columns"])
        screen.say(fr=f"Colonnes ignorées : {names}", en=f"Columns not read: {names}")


def _add_need(table: Any, name: str, lines: str, one: Mapping[str, Any]) -> None:  # noqa: ANN401  Rich's
    needed, available = (money(one[part], one["currency"]) for part in ("needed", "available"))
    covered = Text("✓", "green") if one["is_covered"] else Text("✗", "red")
    table.add_row(name, lines, needed, available, covered)


def _show_problems(screen: Screen, problems: list[dict[str, Any]]) -> None:
    if not problems:
        return
    table = plain_table(
        (screen.one_of(fr="Ligne", en="Line"), "right"), ("", "left"), ("", "left"), ("", "left")
    )
    for one in problems[:PROBLEMS_SHOWN]:
        style = "red" if one["level"] == "error" else "yellow"
        table.add_row(str(one["line"]), Text(one["level"], style), one["code"], one["message"])
    screen.show(table)
    left = len(problems) - PROBLEMS_SHOWN
    if left > 0:
        screen.say(fr=f"… et {left} autres (--json)", en=f"… and {left} more (--json)")


def _confirm(screen: Screen, seen: Mapping[str, Any]) -> None:
    total = ", ".join(money(one["needed"], one["currency"]) for one in seen["totals"])
    if screen.as_json or not screen.out.is_terminal:
        raise Failed(
            fr="rien n'est payé sans --yes, car personne ne peut répondre ici",
            en="nothing is paid without --yes: nobody can answer here",
            code=USAGE,
        )
    asked = screen.one_of(
        fr=f"Payer {seen['valid']} lignes, {total} frais compris ?",
        en=f"Pay {seen['valid']} lines, {total} with fees?",
    )
    if not typer.confirm(asked):
        raise Failed(fr="rien n'est payé", en="nothing is paid")


async def _followed(
    screen: Screen, calls: Calls, found: Mapping[str, Any], *, seconds: float
) -> Mapping[str, Any]:
    """The batch once it has ended, or as it stands when the time is up."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + seconds
    shown = screen.out.is_terminal and not screen.as_json and not screen.is_quiet
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=screen.out, disable=not shown, transient=True) as progress:
        bar = progress.add_task(str(found["id"]), total=found["lines"])
        while found["status"] not in _ENDED and loop.time() < ends_at:
            await asyncio.sleep(LOOK_SECONDS)
            found = await calls.get(f"{PATH}/{found['id']}")
            counts = found["counts"]
            done = counts["succeeded"] + counts["failed"] + counts["canceled"]
            progress.update(bar, completed=done)
    return found


def _show_end(screen: Screen, found: Mapping[str, Any], result: Path) -> None:
    counts = found["counts"]
    open_ = counts["waiting"] + counts["sending"] + counts["unknown"]
    refused = counts["failed"] + counts["canceled"]
    screen.say(
        fr=f"{found['id']} : {counts['succeeded']} payées, {refused} non payées, {open_} en cours",
        en=f"{found['id']}: {counts['succeeded']} paid, {refused} not paid, {open_} not final",
    )
    for one in found["totals"]:
        sums = money(one["succeeded"], one["currency"]), money(one["amount"], one["currency"])
        screen.say(fr=f"Payé {sums[0]} sur {sums[1]}", en=f"Paid {sums[0]} of {sums[1]}")
    screen.line(str(result))


def _exit_code(found: Mapping[str, Any]) -> int:
    """3 while the fate of some line is not known, else 1 where some was not paid."""
    counts = found["counts"]
    if found["status"] not in _ENDED:
        return NOT_FINAL
    return OK if counts["succeeded"] == found["lines"] else ERROR
