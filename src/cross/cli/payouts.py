"""`cross payout`: from the merchant to a wallet, or to every wallet of a file."""

from functools import partial
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from cross.cli.batches import batch
from cross.cli.calls import Calls
from cross.cli.options import api_command
from cross.cli.ordering import Terms, order, side
from cross.cli.screen import Screen

ONE: Final = "one"


class Payouts(TyperGroup):
    """`cross payout NUMBER AMOUNT` is `cross payout one NUMBER AMOUNT`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  Click's context
        """What is no sub-command is the number of one payout."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [ONE, *args]
        return super().parse_args(ctx, args)


payout = typer.Typer(
    cls=Payouts, help="Give money to a wallet (NUMBER AMOUNT), or to all of a file (batch FILE)."
)
payout.command("batch")(batch)


@payout.command(ONE)
@partial(api_command, gathered=(Terms,))
async def pay_one(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    terms: Terms,
    *,
    msisdn: Annotated[
        str, typer.Argument(metavar="MSISDN", help="The payee's number, as people write it.")
    ],
    amount: Annotated[
        int, typer.Argument(metavar="AMOUNT", min=1, help="In the currency's smallest unit.")
    ],
    operator: Annotated[str | None, typer.Option(help="Else the likely one.")] = None,
) -> int:
    """Give money to a wallet."""
    payee = await side(calls, msisdn, operator, flag="--operator")
    body = {
        "operator": payee.operator,
        "msisdn": payee.msisdn,
        "amount": amount,
        "currency": payee.currency,
    }
    return await order(screen, calls, terms, "/v1/payouts", body)
