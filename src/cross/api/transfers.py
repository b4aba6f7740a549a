"""`/v1/transfers`: from a wallet at one operator to a wallet at another."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api import movements
from cross.api.bodies import fill
from cross.api.document import LIMIT_CODES, Call
from cross.api.forms import PricedForm, PricedTransferForm, QuotedTransferForm
from cross.api.quotes import PRICING_CODES, wish_of
from cross.api.refusals import MissingField, QuoteAndFields
from cross.api.routing import Router
from cross.api.terms import terms_of
from cross.domain import transfer
from cross.domain.movement import MovementKind
from cross.switch import quotes
from cross.switch.movements import Request as Asked
from cross.switch.switch import Accepted, Switch
from cross.switch.transfers import open_transfer

PRICED_FIELDS: Final = tuple(PricedForm.model_fields)
QUOTE_CODES: Final = ("quote_and_fields", "quote_expired", "quote_already_used", "not_found")

STATUSES: Final = tuple(transfer.State)

router = Router()


@router.call(
    "POST",
    "/v1/transfers",
    Call(
        answers=("Transfer",),
        status=202,
        takes=(PricedTransferForm, QuotedTransferForm),
        keyed=True,
        codes=(*PRICING_CODES, *QUOTE_CODES, "float_too_low", *LIMIT_CODES),
    ),
)
async def create_transfer(request: Request) -> Response:
    """Move money from a wallet to a wallet, at a quote's price or at the price of the moment."""
    return await movements.accept(request, scope="transfer", open_movement=_open)


@router.call("GET", "/v1/transfers", movements.call_listing("TransferList"))
async def list_transfers(request: Request) -> Response:
    """Transfers, newest first."""
    return await movements.index(request, MovementKind.TRANSFER, STATUSES)


@router.call("GET", "/v1/transfers/{id}", Call(answers=("Transfer",), codes=("not_found",)))
async def get_transfer(request: Request) -> Response:
    """A transfer as it stands; where its outcome is unknown the operator is asked again."""
    return await movements.show(request, MovementKind.TRANSFER)


@router.call(
    "POST",
    "/v1/transfers/{id}/recheck",
    Call(answers=("Transfer",), codes=("not_found",), bare=True),
)
async def recheck_transfer(request: Request) -> Response:
    """Ask the operator now, and answer with what is known then."""
    return await movements.recheck(request, MovementKind.TRANSFER)


async def _open(switch: Switch, content: dict[str, Any], asked: Asked) -> Accepted:
    fixed = [name for name in PRICED_FIELDS if name in content]
    if "quote" not in content:
        if not fixed:
            raise MissingField(param="quote")
        form = fill(PricedTransferForm, content)
        wish = wish_of(switch, form)
        quote = quotes.draw_up(switch, wish, merchant=asked.merchant, livemode=asked.livemode)
        return await open_transfer(switch, quote, terms_of(form), asked)
    if fixed:
        raise QuoteAndFields(param=fixed[0])
    by_quote = fill(QuotedTransferForm, content)
    terms = terms_of(by_quote, quote=by_quote.quote)
    quote = await quotes.in_force(switch, by_quote.quote, merchant=asked.merchant)
    return await open_transfer(switch, quote, terms, asked)
