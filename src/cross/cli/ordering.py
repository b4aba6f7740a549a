"""Asking a switch to move money: one Idempotency-Key a command, and the answer waited for."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

import typer
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from cross.cli.calls import Calls
from cross.cli.following import until_final
from cross.cli.legs import DONE, LegLine, is_final, legs_of
from cross.cli.pages import leg_status, show_movement
from cross.cli.screen import ERROR, NOT_FINAL, OK, USAGE, Failed, Screen, money, phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What may be said with any order, and how long its end is waited for."""

    reference: Annotated[str | None, typer.Option(help="Your own; unique for ever.")] = None
    description: Annotated[str | None, typer.Option(help="What the payer is told.")] = None
    key: Annotated[
        str | None, typer.Option(help="An Idempotency-Key, to repeat an order without doubling it.")
    ] = None
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Until it is final.")] = True
    timeout: Annotated[float, typer.Option(min=0, metavar="SECONDS", help="The longest wait.")] = (
        180.0
    )


@dataclass(frozen=True, slots=True)
class Side:
    """A wallet at an operator, and the currency that it is kept in."""

    operator: str
    msisdn: str
    currency: str


async def side(calls: Calls, msisdn: str, operator: str | None, *, flag: str) -> Side:
    """The wallet that was meant; where no operator was named, the likely one of that number."""
    if operator is None:
        found = await calls.get("/v1/operators/lookup", {"msisdn": msisdn})
        operator = found["operator"]
        if operator is None:
            raise Failed(
                fr=f"quel opérateur ? Le numéro ne le dit pas : {flag}",
                en=f"which operator? The number does not tell: {flag}",
                code=USAGE,
            )
    for known in (await calls.get("/v1/operators"))["data"]:
        if known["name"] == operator:
            return Side(operator, msisdn, known["currency"])
    raise Failed(
        fr=f"aucun opérateur ne s'appelle {operator} : {flag}",
        en=f"no operator is named {operator}: {flag}",
        code=USAGE,
    )


async def order(
    screen: Screen, calls: Calls, terms: Terms, path: str, body: Mapping[str, Any]
) -> int:
    """Opens a movement, follows it, shows it; the exit code says how it stands."""
    said = {"reference": terms.reference, "description": terms.description}
    full = {**body, **{name: value for name, value in said.items() if value is not None}}
    movement = await calls.open(path, full, key=terms.key)
    _show_way(screen, movement)
    if terms.wait:
        with Progress(screen) as progress:
            movement = await until_final(calls, movement, seconds=terms.timeout, seen=progress.seen)
    screen.document(movement)
    show_movement(screen, movement)
    if not is_final(movement):
        screen.say(
            fr=f"Pas encore final : cross show {movement['id']}",
            en=f"Not final yet: cross show {movement['id']}",
        )
    return exit_code(movement)


def _show_way(screen: Screen, movement: Mapping[str, Any]) -> None:
    """Where the payer goes, for an operator that has a page of its own."""
    action = movement.get("next_action") or {}
    if action.get("type") == "redirect":
        form = " ".join(f"{name}={value}" for name, value in action["fields"].items())
        way = f"{action['method']} {action['url']} {form}".rstrip()
        screen.say(fr="Le client paie sur cette page :", en="The payer pays on this page:")
        screen.line(way)


def exit_code(movement: Mapping[str, Any]) -> int:
    """0 where the money is where it was to go, 3 where that is not known yet, else 1."""
    if not is_final(movement):
        return NOT_FINAL
    return OK if movement["status"] in DONE else ERROR


class Progress:
    """A live line for each leg; where nobody looks, a plain line for each change."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._is_live = screen.out.is_terminal and not screen.as_json and not screen.is_quiet
        self._live = Live(console=screen.out, transient=True, refresh_per_second=8)
        self._spinner = Spinner("dots")
        self._told: dict[str, str] = {}
        self._began_at = asyncio.get_running_loop().time()

    def __enter__(self) -> Self:
        if self._is_live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def seen(self, movement: Mapping[str, Any]) -> None:
        """Shows what is new."""
        if self._is_live:
            self._live.update(self._lines(movement))
            return
        for leg in legs_of(movement):
            if self._told.get(leg.kind) != leg.status and leg.status != "planned":
                self._told[leg.kind] = leg.status
                self._screen.show(_line(leg))

    def _lines(self, movement: Mapping[str, Any]) -> Table:
        table = Table.grid(padding=(0, 2))
        for leg in legs_of(movement):
            waiting = leg.status in ("sent", "sending", "pending", "unknown")
            seconds = asyncio.get_running_loop().time() - self._began_at
            table.add_row(
                self._spinner if waiting else "",
                leg.kind.value,
                leg.operator,
                phone(leg.msisdn),
                money(leg.amount, leg.currency),
                leg_status(leg),
                f"{seconds:.0f} s" if waiting else "",
            )
        return table


def _line(leg: LegLine) -> str:
    amount = money(leg.amount, leg.currency)
    return f"{leg.kind} {leg.operator} {phone(leg.msisdn)} {amount}: {leg.status}"
