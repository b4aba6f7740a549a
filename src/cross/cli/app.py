"""`cross`: finds the command that was typed and loads it, and no other.

So the process of `cross serve` never holds a simulator, and `cross version` starts at once.
"""

import importlib
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import typer

from cross.cli.options import remember
from cross.settings import TerminalSettings

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "demo": "cross.cli.demo:demo",
        "sandbox": "cross.cli.sandbox:sandbox",
        "serve": "cross.cli.serve:serve",
        "simulate": "cross.cli.simulate:simulate",
        "pay": "cross.cli.collections:pay",
        "payout": "cross.cli.payouts:payout",
        "transfer": "cross.cli.transfers:transfer",
        "refund": "cross.cli.refunds:refund",
        "link": "cross.cli.links:link",
        "show": "cross.cli.movements:show",
        "list": "cross.cli.movements:list_",
        "find": "cross.cli.movements:find",
        "recheck": "cross.cli.recheck:recheck",
        "handset": "cross.cli.handset:handset",
        "sim": "cross.cli.sim:sim",
        "ledger": "cross.cli.ledger:ledger",
        "recon": "cross.cli.recon:recon",
        "attention": "cross.cli.cases:attention",
        "approvals": "cross.cli.approvals:approvals",
        "admins": "cross.cli.admins:admins",
        "merchants": "cross.cli.merchants:merchants",
        "fees": "cross.cli.fees:fees",
        "partners": "cross.cli.partners:partners",
        "keys": "cross.cli.keys:keys",
        "customers": "cross.cli.customers:customers",
        "settlements": "cross.cli.settlements:settlements",
        "operators": "cross.cli.operators:operators",
        "logs": "cross.cli.logs:logs",
        "audit": "cross.cli.audit:audit",
        "stops": "cross.cli.stops:stops",
        "alarms": "cross.cli.stops:alarms",
        "listen": "cross.cli.listen:listen",
        "trigger": "cross.cli.trigger:trigger",
        "events": "cross.cli.events:events",
        "webhooks": "cross.cli.webhooks:webhooks",
        "openapi": "cross.cli.openapi:openapi",
        "collection": "cross.cli.openapi:collection",
        "completion": "cross.cli.completion:completion",
        "config": "cross.cli.config:config",
        "init": "cross.cli.init:init",
        "doctor": "cross.cli.doctor:doctor",
        "db": "cross.cli.database:db",
        "secrets": "cross.cli.secrets:secrets",
        "version": "cross.cli.version:version",
    }
)
"""Where each command is, in the order of `cross --help`."""


def application(words: Sequence[str]) -> typer.Typer:
    """The command line with the command that the words name, or with all of them."""
    app = _bare()
    named = next((word for word in words if word in COMMANDS), None)
    for name, place in COMMANDS.items():
        if named in (name, None):
            module, _, function = place.partition(":")
            found = getattr(importlib.import_module(module), function)
            if isinstance(found, typer.Typer):
                app.add_typer(found, name=name)
            else:
                app.command(name)(found)
    return app


def completing(line: str) -> typer.Typer:
    """The command line that a shell asks about: a whole word loads its command, half a word none.

    So names are completed at once, without loading what they stand for.
    """
    typed = line.split()
    whole = typed[1:] if line[-1:].isspace() else typed[1:-1]
    if any(word in COMMANDS for word in whole):
        return application(whole)
    app = _bare()
    for name in COMMANDS:
        app.command(name, help=" ")(_nothing)
    return app


def main() -> None:
    """The `cross` program."""
    line = TerminalSettings().completing
    app = application(sys.argv[1:]) if line is None or sys.argv[1:] else completing(line)
    app()


def _bare() -> typer.Typer:
    app = typer.Typer(
        name="cross",
        help="A switch between mobile-money operators.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(remember)
    return app


def _nothing() -> None:
    """What a name stands for while a shell completes it."""


if __name__ == "__main__":
    main()
