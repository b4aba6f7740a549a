"""`cross refund`: a collection given back to its payer, whole or in part."""

from functools import partial
from typing import Annotated, Any

import typer

from cross.cli.calls import Calls
from cross.cli.movements import place_required
from cross.cli.options import api_command
from cross.cli.ordering import Terms, order
from cross.cli.screen import Screen


@partial(api_command, gathered=(Terms,))
async def refund(
    screen: Screen,
    calls: Calls,
    terms: Terms,
    *,
    collection: Annotated[str, typer.Argument(metavar="COLLECTION", help="col_…")],
    amount: Annotated[
        int | None,
        typer.Argument(metavar="[AMOUNT]", min=1, help="Else all that is left of it."),
    ] = None,
) -> int:
    """Give a collection back to its payer, as often as something of it is left."""
    body: dict[str, Any] = {"collection": collection}
    if amount is not None:
        found = await calls.get(place_required(collection))
        body |= {"amount": amount, "currency": found["currency"]}
    return await order(screen, calls, terms, "/v1/refunds", body)
