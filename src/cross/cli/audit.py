"""`cross audit`: who changed what in this installation."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Final

import typer

from cross.cli.calls import Calls
from cross.cli.chain import tell, verified
from cross.cli.chain_books import ChainOptions, chain_of
from cross.cli.options import admin_command, command, run_until_done
from cross.cli.screen import CHECK_FAILED, OK, Screen
from cross.domain.chain import Book

_ALWAYS: Final = ("version", "updated_at")

audit = typer.Typer(help="Who changed what: keys, merchants, secrets, partners.")


@audit.command()
@admin_command
async def tail(
    screen: Screen,
    calls: Calls,
    *,
    subject: Annotated[
        str | None, typer.Option(metavar="ID", help="Only what was done to this: key_…, mer_…")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
) -> None:
    """Show the last acts, the newest at the end."""
    found = await calls.get("/admin/audit", {"subject": subject, "limit": str(limit)})
    screen.document(found)
    for line in reversed(found["data"]):
        at = line["at"][:19].replace("T", " ")
        screen.line(f"{at}  {line['who']}  {line['action']}  {line['subject']}")
        for name, before, after in _changes(line["before"], line["after"]):
            screen.line(f"    {name}: {before} → {after}")
    if not found["data"]:
        screen.say(fr="Aucun acte.", en="Nothing was done.")


@audit.command()
@partial(command, gathered=(ChainOptions,))
def verify(screen: Screen, place: ChainOptions) -> int | None:
    """Every line is as it was linked; else exit code 4 and the first that is not (S-LOG-04)."""

    async def check() -> int:
        async with chain_of(place) as chain:
            result = await verified(screen, chain)
        result.faults = [fault for fault in result.faults if fault.book != Book.ENTRY]
        screen.document({"object": "audit_verification", **result.view()})
        tell(screen, result)
        return OK if result.is_right else CHECK_FAILED

    return run_until_done(check())


def _changes(before: object, after: object) -> Iterator[tuple[str, str, str]]:
    """What an act changed; of what it made or ended, `--json` has the whole."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            if name not in _ALWAYS and before.get(name) != after.get(name):
                yield name, json.dumps(before.get(name)), json.dumps(after.get(name))
