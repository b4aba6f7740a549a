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
        "ledger": "cross.cli.ledger:ledger",
        "recon": "cross.cli.recon:recon",
        "openapi": "cross.cli.openapi:openapi",
        "collection": "cross.cli.openapi:collection",
        "version": "cross.cli.version:version",
    }
)
"""Where each command is, in the order of `cross --help`."""


def application(words: Sequence[str]) -> typer.Typer:
    """The command line with the command that the words name, or with all of them."""
    app = typer.Typer(
        name="cross",
        help="A switch between mobile-money operators.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(remember)
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


def main() -> None:
    """The `cross` program."""
    application(sys.argv[1:])()


if __name__ == "__main__":
    main()
