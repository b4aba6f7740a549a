"""How the demo looks: for people at 80 columns, without needing colour; for programs as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from cross.cli.agreement import Check
from cross.cli.demo_story import SCENES, Played
from cross.cli.legs import legs_of
from cross.cli.pages import legs_table, plain_table
from cross.cli.screen import Screen, change, figure, phone, short
from cross.storage.ledger import StoredEntry

CURRENCY: Final = "XOF"

_WHAT: Final[Mapping[str, tuple[str, str]]] = {
    "status": ("fin prévue, état", "expected end, status"),
    "journal_debit": ("débit, journal et jambe", "debit, journal and leg"),
    "journal_credit": ("crédit, journal et jambe", "credit, journal and leg"),
    "journal_refund": ("rendu, journal et jambe", "refund, journal and leg"),
    "wallet": ("portefeuille, jambes", "wallet, legs"),
    "float": ("notre compte, grand livre", "our float, ledger"),
    "all_money": ("total avant, après", "total before, after"),
    "trial_balance": ("débits, crédits", "debits, credits"),
    "entry": ("débits, crédits", "debits, credits"),
    "effects": ("mouvements, jambes", "movements, legs"),
    "webhooks": ("événements, webhooks vérifiés", "events, verified webhooks"),
    "doubted": ("webhooks non vérifiés", "webhooks not verified"),
    "unbalanced": ("écritures déséquilibrées", "unbalanced entries"),
    "drifted": ("soldes qui dérivent", "balances that drift"),
}
"""What is compared with what."""


def agree(checks: Sequence[Check]) -> bool:
    """Whether all of them do."""
    return all(check.agrees for check in checks)


def show_scene(screen: Screen, number: int, played: Played) -> None:
    """All that one movement did."""
    scene, movement = played.scene, played.movement
    screen.show("")
    title = screen.one_of(fr=scene.fr, en=scene.en)
    screen.show(Rule(Text(f"{number}/{len(SCENES)}  {title}", "bold"), align="left"))
    after = screen.one_of(fr="en", en="in")
    screen.show(Text(f"{movement['id']}  {movement['status']} {after} {played.seconds:.1f} s\n"))
    if played.pages:
        seen = screen.one_of(fr="Pages vues", en="Pages seen")
        screen.show(Text(f"{seen}: {' → '.join(played.pages)}\n"))
    screen.show(legs_table(screen, movement), "")
    screen.show(_entries(screen, played), "")
    screen.show(_balances(screen, played), "")
    show_checks(screen, [check for check in played.checks if check.what != "entry"])


def show_checks(screen: Screen, checks: Sequence[Check]) -> None:
    """Each pair of figures that must be the same, and whether they are."""
    table = plain_table(
        (screen.one_of(fr="Accord", en="Agreement"), "left"),
        (screen.one_of(fr="d'un côté", en="one side"), "right"),
        (screen.one_of(fr="de l'autre", en="the other"), "right"),
        ("", "left"),
    )
    for check in checks:
        fr, en = _WHAT[check.what]
        verdict = Text(screen.one_of(fr="concordent", en="agree"), "green")
        if not check.agrees:
            verdict = Text(screen.one_of(fr="DIFFÈRENT", en="DIFFER"), "bold red")
        what = f"{check.of}: {screen.one_of(fr=fr, en=en)}"
        table.add_row(what, _figure(check.theirs), _figure(check.ours), verdict)
    screen.show(table)


def show_end(screen: Screen, checks: Sequence[Check], seconds: float) -> None:
    """The last word: `agree`, or what differs."""
    wrong = [check for check in checks if not check.agrees]
    screen.show("")
    screen.show(
        Text(
            screen.one_of(
                fr=f"{len(checks)} vérifications en {seconds:.1f} s : ",
                en=f"{len(checks)} checks in {seconds:.1f} s: ",
            )
            + screen.one_of(
                fr=f"{len(wrong)} en désaccord" if wrong else "les livres concordent",
                en=f"{len(wrong)} differ" if wrong else "the books agree",
            ),
            "bold red" if wrong else "bold green",
        )
    )


def as_document(
    story: Sequence[Played], checks: Sequence[Check], *, seconds: float
) -> dict[str, Any]:
    """The whole demo as one JSON object."""
    everything = [*(check for played in story for check in played.checks), *checks]
    return {
        "object": "demo",
        "agree": agree(everything),
        "seconds": round(seconds, 3),
        "steps": [_step(played) for played in story],
        "checks": [_check(check) for check in checks],
    }


def _step(played: Played) -> dict[str, Any]:
    sights = (("before", played.before), ("after", played.after))
    return {
        "name": played.scene.name,
        "seconds": round(played.seconds, 3),
        "movement": dict(played.movement),
        "pages": list(played.pages),
        "legs": [
            {
                "kind": leg.kind.value,
                "operator": leg.operator,
                "msisdn": leg.msisdn,
                "amount": leg.amount,
                "currency": leg.currency,
                "status": leg.status,
                "operator_reference": leg.operator_reference,
            }
            for leg in legs_of(played.movement)
        ],
        "entries": [_entry(entry) for entry in played.entries],
        "balances": {
            name: {
                "wallets": [
                    {"operator": wallet.operator, "msisdn": f"+{wallet.msisdn}", "balance": held}
                    for wallet, held in sight.wallets.items()
                ],
                "floats": dict(sight.floats),
                "totals": dict(sight.totals),
                "ledger": {line.account.name: line.natural for line in sight.accounts},
            }
            for name, sight in sights
        },
        "checks": [_check(check) for check in played.checks],
    }


def _entry(entry: StoredEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "cause": entry.cause,
        "postings": [
            {"account": line.account, "amount": line.amount, "currency": line.currency}
            for line in entry.lines
        ],
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "check": check.what,
        "of": check.of,
        "one_side": check.theirs,
        "other_side": check.ours,
        "agrees": check.agrees,
    }


def _entries(screen: Screen, played: Played) -> Table:
    table = plain_table(
        (screen.one_of(fr="Écritures", en="Entries"), "left"),
        (screen.one_of(fr="compte", en="account"), "left"),
        (screen.one_of(fr="débit", en="debit"), "right"),
        (screen.one_of(fr="crédit", en="credit"), "right"),
    )
    for entry in played.entries:
        cause = f"{entry.number} {entry.cause}"
        for line in entry.lines:
            amount = figure(abs(line.amount), line.currency)
            sides = (amount, "") if line.amount > 0 else ("", amount)
            table.add_row(cause, short(line.account), *sides)
            cause = ""
    return table


def _balances(screen: Screen, played: Played) -> Table:
    table = plain_table(
        (screen.one_of(fr="Soldes", en="Balances"), "left"),
        (screen.one_of(fr="avant", en="before"), "right"),
        (screen.one_of(fr="change", en="change"), "right"),
        (screen.one_of(fr="après", en="after"), "right"),
    )
    before, after = played.before, played.after
    touched = {
        (leg.operator, leg.msisdn[1:]) for leg in legs_of(played.movement) if leg.msisdn is not None
    }
    if played.scene.payer is not None:
        touched.add((played.scene.payer.operator, played.scene.payer.msisdn))
    for operator in after.floats:
        for wallet, held in after.wallets.items():
            if wallet.operator == operator and (operator, wallet.msisdn) in touched:
                name = f"{operator}: {phone(wallet.msisdn)}"
                table.add_row(name, *_moved(before.wallets[wallet], held))
        ours = screen.one_of(fr="notre compte", en="our float")
        moved = _moved(before.floats[operator], after.floats[operator])
        table.add_row(f"{operator}: {ours}", *moved)
    for line in after.accounts:
        was, name = before.booked(line.account.name), line.account.name
        if name.startswith("float:") or was != line.natural:
            table.add_row(f"Cross: {short(name)}", *_moved(was, line.natural))
    return table


def _moved(before: int, after: int) -> tuple[str, str, str]:
    return (
        figure(before, CURRENCY),
        change(after - before, CURRENCY) or "=",
        figure(after, CURRENCY),
    )


def _figure(value: int | str) -> str:
    return figure(value, CURRENCY) if isinstance(value, int) else value
