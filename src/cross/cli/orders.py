"""How orders and payment links look in a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from cross.cli.pages import plain_table, status_text
from cross.cli.screen import Screen, money


def show_order(screen: Screen, order: Mapping[str, Any]) -> None:
    """One order whole: what is to be paid, where, and each attempt to."""
    amount = money(order["amount"], order["currency"])
    status = status_text(order["status"])
    screen.show(Text(f"{order['id']}  ", "bold") + status + Text(f"  {amount}  {order['title']}"))
    screen.line(order["checkout_url"])
    attempts = plain_table(
        (screen.one_of(fr="Essais", en="Attempts"), "left"), ("", "left"), ("", "left")
    )
    for attempt in order["attempts"]:
        why = (attempt["failure"] or {}).get("code", "")
        told = status_text(attempt["status"]) + Text(f" {why}")
        attempts.add_row(attempt["id"], attempt["operator"], told)
    if order["attempts"]:
        screen.show(attempts)
    facts = Table.grid(padding=(0, 2))
    for fr, en, value in (
        ("référence", "reference", order["reference"]),
        ("payé", "paid", order["paid_at"]),
        ("en retard", "late", "✓" if order["paid_late"] else ""),
        ("remboursé", "refunded", _given(order)),
        ("expire", "expires", order["expires_at"]),
        ("lien", "link", order["payment_link"]),
    ):
        if value:
            facts.add_row(screen.one_of(fr=fr, en=en), value)
    screen.show(facts)


def show_orders(screen: Screen, orders: Sequence[Mapping[str, Any]]) -> None:
    """Each order: its id, when, how it stands, for what, how much."""
    if not orders:
        screen.say(fr="Rien.", en="Nothing.")
        return
    table = plain_table(
        (screen.one_of(fr="Commande", en="Order"), "left"),
        (screen.one_of(fr="État", en="Status"), "left"),
        (screen.one_of(fr="Objet", en="For"), "left"),
        (screen.one_of(fr="Montant", en="Amount"), "right"),
    )
    for order in orders:
        created = order["created_at"][:19].replace("T", " ")
        table.add_row(
            f"{order['id']}\n{created} UTC",
            status_text(order["status"]),
            f"{order['title']}\n{order['reference']}",
            money(order["amount"], order["currency"]),
        )
    screen.show(table)


def show_links(screen: Screen, links: Sequence[Mapping[str, Any]]) -> None:
    """Each link: its id, how it stands, what it takes, how often it was paid; then its address."""
    if not links:
        screen.say(fr="Rien.", en="Nothing.")
    for link in links:
        screen.show(
            Text(f"{link['id']}  ", "bold")
            + status_text(link["status"])
            + Text(f"  {_takes(screen, link)}  {link['title']}  {_uses(link)}")
        )
        screen.line(link["url"])


def _given(order: Mapping[str, Any]) -> str:
    given = order["amount_refunded"]
    return money(given, order["currency"]) if given else ""


def _takes(screen: Screen, link: Mapping[str, Any]) -> str:
    currency = link["currency"]
    if link["amount"] is not None:
        return money(link["amount"], currency)
    least, most = link["amount_min"], link["amount_max"]
    return " ".join(
        (
            screen.one_of(fr="montant libre", en="any amount"),
            "" if least is None else f"≥ {money(least, currency)}",
            "" if most is None else f"≤ {money(most, currency)}",
        )
    ).strip()


def _uses(link: Mapping[str, Any]) -> str:
    return str(link["paid"]) if link["uses"] is None else f"{link['paid']}/{link['uses']}"
