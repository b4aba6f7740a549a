"""`cross attention`: what needs a person, the one due next first, and what may be done about it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from cross.cli.approvals import show_whole
from cross.cli.calls import Calls
from cross.cli.options import admin_command
from cross.cli.pages import plain_table
from cross.cli.screen import NOT_FINAL, OK, Screen, change, money
from cross.domain.case import Fix

attention = typer.Typer(help="What needs a person: list, show, assign, note, requery, resolve.")
PATH: Final = "/admin/attention"
_HOUR_SECONDS: Final = 3600

CaseId = Annotated[str, typer.Argument(metavar="ID", help="cas_…")]


@attention.command("list")
@admin_command
async def list_(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    overdue: Annotated[bool, typer.Option("--overdue", help="Past their deadline.")] = False,
    owner: Annotated[str | None, typer.Option(help="Only whose these are.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only these: operator_silent, …")] = None,
    source: Annotated[
        str | None, typer.Option(help="movement, break, suspense or approval.")
    ] = None,
    closed: Annotated[bool, typer.Option("--closed", help="Those that are over.")] = False,
    after: Annotated[str | None, typer.Option(help="The id that the last page ended with.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
) -> None:
    """List what waits for a person, the one due next first."""
    query = {
        "limit": str(limit),
        "starting_after": after,
        "owner": owner,
        "reason": reason,
        "source": source,
        "overdue": "true" if overdue else None,
        "status": "closed" if closed else None,
    }
    found = await calls.get(PATH, query)
    screen.document(found)
    if not found["data"]:
        screen.say(fr="Rien n'attend personne.", en="Nothing waits for anybody.")
        return
    _show(screen, found["data"])
    if found["has_more"]:
        more = found["next_cursor"]
        screen.say(fr=f"La suite : --after {more}", en=f"There is more: --after {more}")


@attention.command()
@admin_command
async def show(screen: Screen, calls: Calls, *, case: CaseId) -> None:
    """Show a case, with what people did about it."""
    _show_whole(screen, await calls.get(f"{PATH}/{case}"))


@attention.command()
@admin_command
async def assign(
    screen: Screen,
    calls: Calls,
    *,
    case: CaseId,
    owner: Annotated[str, typer.Argument(metavar="OWNER")],
) -> None:
    """Give a case to somebody."""
    _show_whole(screen, await calls.post(f"{PATH}/{case}/assign", {"owner": owner}))


@attention.command()
@admin_command
async def note(
    screen: Screen,
    calls: Calls,
    *,
    case: CaseId,
    text: Annotated[str, typer.Argument(metavar="TEXT")],
) -> None:
    """Keep what was found out."""
    _show_whole(screen, await calls.post(f"{PATH}/{case}/note", {"note": text}))


@attention.command()
@admin_command
async def requery(screen: Screen, calls: Calls, *, case: CaseId) -> None:
    """Ask the operator now. One person may."""
    _show_whole(screen, await calls.post(f"{PATH}/{case}/requery"))


@attention.command()
@admin_command
async def resolve(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    case: CaseId,
    fix: Annotated[Fix, typer.Argument(metavar="FIX", case_sensitive=False)],
    reason: Annotated[str, typer.Option(help="Why, for those who read it later.")],
    evidence: Annotated[str | None, typer.Option(help="How it is known: a line, a letter.")] = None,
    operator_reference: Annotated[str | None, typer.Option(help="The operator's own.")] = None,
    amount: Annotated[int | None, typer.Option(min=1)] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217; else the case's.")] = None,
    debit: Annotated[
        str | None, typer.Option(help="suspense, merchant, float, loss, operator_fees or bank.")
    ] = None,
    credit: Annotated[str | None, typer.Option(help="The account on the other side.")] = None,
    wallet: Annotated[str | None, typer.Option(metavar="OPERATOR:NUMBER")] = None,
    movement: Annotated[str | None, typer.Option(help="What a break is linked to.")] = None,
) -> int:
    """Propose a fix; a second person approves it, unless one is enough."""
    operator, _, number = (wallet or "").partition(":")
    asked = {
        "fix": fix.value,
        "reason": reason,
        "evidence": evidence,
        "operator_reference": operator_reference,
        "amount": amount,
        "currency": currency,
        "debit": debit,
        "credit": credit,
        "operator": operator or None,
        "msisdn": number or None,
        "movement": movement,
    }
    content = {name: value for name, value in asked.items() if value is not None}
    proposed = await calls.post(f"{PATH}/{case}/resolve", content)
    show_whole(screen, proposed)
    return NOT_FINAL if proposed["status"] == "proposed" else OK


def _show_whole(screen: Screen, found: Mapping[str, Any]) -> None:
    screen.document(found)
    _show(screen, [found])
    screen.line(f"    {found['source']}: {found['about']}")
    suspense = found["suspense"]
    if suspense is not None:
        screen.line(f"    suspense: {change(suspense['amount'], suspense['currency'])}")
    if found["next_action"] is not None:
        screen.line(f"    → {found['next_action']}")
    for line in reversed(found["history"]):
        at = line["at"][:19].replace("T", " ")
        said = (line["what"] or {}).get("note", "")
        screen.line(f"    {at}  {line['who']}  {line['action']}  {said}".rstrip())


def _show(screen: Screen, found: Sequence[Mapping[str, Any]]) -> None:
    table = plain_table(
        (screen.one_of(fr="À voir", en="Case"), "left"),
        (screen.one_of(fr="pourquoi", en="reason"), "left"),
        (screen.one_of(fr="montant", en="amount"), "right"),
        (screen.one_of(fr="à qui", en="owner"), "left"),
        (screen.one_of(fr="échéance", en="deadline"), "left"),
        (screen.one_of(fr="âge", en="age"), "right"),
        (screen.one_of(fr="opérateur", en="operator"), "left"),
    )
    table.columns[0].no_wrap = True  # to be copied
    for one in found:
        amount = one["amount"]
        much = "" if amount is None else money(amount["amount"], amount["currency"])
        due = Text(one["deadline"][:16].replace("T", " "), "bold red" if one["overdue"] else "")
        late = Text(" !", "bold red") if one["overdue"] else Text("")
        age = f"{one['age_seconds'] / _HOUR_SECONDS:.1f} h"
        operator = one["operator"] or ""
        table.add_row(one["id"], one["reason"], much, one["owner"], due + late, age, operator)
    screen.show(table)
