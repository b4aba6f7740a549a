"""`cross pay`: a collection, from a payer's wallet to the merchant."""

from functools import partial
from typing import Annotated

import typer

from cross.cli.calls import Calls
from cross.cli.options import api_command
from cross.cli.ordering import Terms, order, side
from cross.cli.screen import Screen


@partial(api_command, gathered=(Terms,))
async def pay(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    terms: Terms,
    *,
    msisdn: Annotated[
        str, typer.Argument(metavar="MSISDN", help="The payer's number, as people write it.")
    ],
    amount: Annotated[
        int, typer.Argument(metavar="AMOUNT", min=1, help="In the currency's smallest unit.")
    ],
    operator: Annotated[str | None, typer.Option(help="Else the likely one.")] = None,
) -> int:
    """Ask a wallet for money: the payer approves on the phone."""
    payer = await side(calls, msisdn, operator, flag="--operator")
    body = {
        "operator": payer.operator,
        "msisdn": payer.msisdn,
        "amount": amount,
        "currency": payer.currency,
    }
    return await order(screen, calls, terms, "/v1/collections", body)
