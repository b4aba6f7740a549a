"""How movements look in a terminal: legs as a table, lists as a table, one line for each."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from cross.cli.legs import DONE, LegLine, is_final, legs_of
from cross.cli.screen import Screen, money, phone

_STYLES: Final = {
    "completed": "green",
    "succeeded": "green",
    "failed": "red",
    "expired": "red",
    "canceled": "red",
    "refunded": "yellow",
    "unknown": "bold yellow",
}
_MARKS: Final = {"succeeded": "✓", "failed": "✗", "unknown": "?", "planned": "·"}


def plain_table(*columns: tuple[str, Any]) -> Table:
    """A table without lines; each column with its heading and *left* or *right*."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)
    for name, justify in columns:
        table.add_column(name, justify=justify)
    return table


def status_text(status: str) -> Text:
    """A status, the same word in every language, coloured where there is colour."""
    return Text(status, _STYLES.get(status, "cyan"))


def legs_table(screen: Screen, movement: Mapping[str, Any]) -> Table:
    """One line for each leg, and at its end the operator's reference or why it failed."""
    table = plain_table(
        (screen.one_of(fr="Jambes", en="Legs"), "left"),
        ("", "left"),
        ("", "left"),
        ("", "right"),
        ("", "left"),
    )
    for column in table.columns:
        column.no_wrap = True
    table.add_column(overflow="ellipsis", no_wrap=True)
    for leg in legs_of(movement):
        table.add_row(
            leg.kind.value,
            leg.operator,
            phone(leg.msisdn),
            money(leg.amount, leg.currency),
            leg_status(leg),
            leg.why or leg.operator_reference or "",
        )
    return table


def leg_status(leg: LegLine) -> Text:
    """A leg's status with a mark, so that no colour is needed to see it."""
    mark = "✓" if leg.status in DONE else _MARKS.get(leg.status, "…")
    return Text(f"{mark} ") + status_text(leg.status)


def show_movement(screen: Screen, movement: Mapping[str, Any]) -> None:
    """One movement whole."""
    screen.show(Text(f"{movement['id']}  ", "bold") + status_text(movement["status"]))
    screen.show(legs_table(screen, movement))
    facts = Table.grid(padding=(0, 2))
    for fr, en, value in (
        ("change", "exchange", _conversion(screen, movement)),
        ("référence", "reference", movement["reference"]),
        ("description", "description", movement["description"]),
        ("créé", "created", movement["created_at"]),
        ("terminé", "completed", movement["completed_at"]),
        ("échec", "failure", _failure(movement["failure"])),
        ("à voir", "attention", (movement["attention"] or {}).get("reason")),
        *(("avertissement", "warning", warning["message"]) for warning in movement["warnings"]),
    ):
        if value:
            facts.add_row(screen.one_of(fr=fr, en=en), value)
    screen.show(facts)


def show_list(screen: Screen, movements: Sequence[Mapping[str, Any]]) -> None:
    """Each movement: its id, when, how it stands, from whom to whom, how much."""
    if not movements:
        screen.say(fr="Rien.", en="Nothing.")
        return
    table = plain_table(
        (screen.one_of(fr="Mouvement", en="Movement"), "left"),
        (screen.one_of(fr="État", en="Status"), "left"),
        (screen.one_of(fr="De, à", en="From, to"), "left"),
        (screen.one_of(fr="Montant", en="Amount"), "right"),
    )
    for movement in movements:
        source, destination, amount = _ends(movement)
        created = movement["created_at"][:19].replace("T", " ")
        table.add_row(
            f"{movement['id']}\n{created} UTC",
            status_text(_standing(movement)),
            "\n".join(end for end in (source, destination) if end),
            f"{amount}\n{movement['reference'] or ''}",
        )
    screen.show(table)


def _standing(movement: Mapping[str, Any]) -> str:
    if movement["outcome_unknown"] and not is_final(movement):
        return "unknown"
    return str(movement["status"])


def _ends(movement: Mapping[str, Any]) -> tuple[str, str, str]:
    legs = {leg.kind.value: leg for leg in legs_of(movement)}
    debit = legs.get("debit")
    credit = legs.get("credit") or legs.get("refund")  # a transfer always has a credit
    shown = credit or debit
    amount = "" if shown is None else money(shown.amount, shown.currency)
    if debit is not None and credit is not None and debit.currency != credit.currency:
        amount = f"{money(debit.amount, debit.currency)}\n→ {amount}"  # each beside its wallet
    return (
        "" if debit is None else f"  {phone(debit.msisdn)}",
        "" if credit is None else f"→ {phone(credit.msisdn)}",
        amount,
    )


def _conversion(screen: Screen, movement: Mapping[str, Any]) -> str:
    """What the payer pays for what the recipient gets, and the mid rate with the margin in it."""
    rate = movement.get("quote", {}).get("rate")
    if rate is None:
        return ""
    paid, got = movement["debit"], movement["credit"]
    whole, part = divmod(rate["margin_bp"], 100)
    point = screen.one_of(fr=",", en=".")
    margin = f"{whole}{point}{part:02} %"
    return (
        f"{money(paid['amount'], paid['currency'])} → {money(got['amount'], got['currency'])}"
        f"  (1 {rate['from']} = {rate['rate'].replace('.', point)} {rate['to']}, "
        + screen.one_of(fr=f"marge {margin})", en=f"margin {margin})")
    )


def _failure(failure: Mapping[str, Any] | None) -> str:
    if failure is None:
        return ""
    said = failure["operator_message"] or failure["message"]
    return f"{failure['code']}: {said}" if said else str(failure["code"])
