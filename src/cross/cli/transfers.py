"""`cross transfer`: from a wallet at one operator to a wallet at another."""

from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import typer

from cross.cli.calls import Calls
from cross.cli.options import api_command
from cross.cli.ordering import Side, Terms, order, side
from cross.cli.screen import Screen


class FixedSide(StrEnum):
    """Which side of a transfer the amount is."""

    CREDIT = "credit"
    DEBIT = "debit"


@partial(api_command, gathered=(Terms,))
async def transfer(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    terms: Terms,
    *,
    payer: Annotated[str, typer.Argument(metavar="FROM", help="The number that pays.")],
    payee: Annotated[str, typer.Argument(metavar="TO", help="The number that is paid.")],
    amount: Annotated[
        int, typer.Argument(metavar="AMOUNT", min=1, help="In the currency's smallest unit.")
    ],
    from_operator: Annotated[str | None, typer.Option(help="Else the likely one.")] = None,
    to_operator: Annotated[str | None, typer.Option(help="Else the likely one.")] = None,
    fixed: Annotated[
        FixedSide, typer.Option(help="What the recipient gets, or what the payer pays in all.")
    ] = FixedSide.CREDIT,
) -> int:
    """Move money from a wallet at one operator to a wallet at another."""
    source = await side(calls, payer, from_operator, flag="--from-operator")
    destination = await side(calls, payee, to_operator, flag="--to-operator")
    body = {
        "source": _wallet(source),
        "destination": _wallet(destination),
        "amount": amount,
        "currency": (destination if fixed is FixedSide.CREDIT else source).currency,
        "fixed": fixed.value,
    }
    return await order(screen, calls, terms, "/v1/transfers", body)


def _wallet(of: Side) -> dict[str, Any]:
    return {"operator": of.operator, "msisdn": of.msisdn}
