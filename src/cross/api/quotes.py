"""`/v1/quotes`: what a transfer costs, held until a time."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answer
from cross.api.bodies import fill, read_object
from cross.api.callers import caller_with
from cross.api.document import Call
from cross.api.forms import PricedForm, QuoteForm
from cross.api.headers import switch_of
from cross.api.queries import PAGE, ids_of, listed, page_of, read_query
from cross.api.routing import Router
from cross.api.terms import money_of
from cross.domain.ids import QUOTE
from cross.domain.quote import Fixed
from cross.storage import quotes as stored
from cross.switch import quotes
from cross.switch.prices import wallet_at
from cross.switch.quotes import Wish
from cross.switch.switch import Switch
from cross.switch.views import quote_view

PRICING_CODES: Final = (
    "operation_not_offered",
    "currency_mismatch",
    "currency_pair_not_offered",
    "same_wallet",
    "fee_exceeds_amount",
)

IDS: Final = ids_of(QUOTE)

router = Router()


@router.call(
    "POST",
    "/v1/quotes",
    Call(answers=("Quote",), status=201, takes=(QuoteForm,), codes=PRICING_CODES),
)
async def create_quote(request: Request) -> Response:
    """Price a transfer; the price is held until `expires_at`."""
    switch = switch_of(request)
    caller = await caller_with(request, "transfer")
    read_query(request)
    wish = wish_of(switch, fill(QuoteForm, await read_object(request)))
    quote = await quotes.offer(switch, wish, merchant=caller.merchant, livemode=caller.livemode)
    return answer(request, quote_view(quote, switch.profiles), status=201)


@router.call("GET", "/v1/quotes", Call(answers=("QuoteList",), query=PAGE))
async def list_quotes(request: Request) -> Response:
    """Quotes, newest first."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    part = page_of(read_query(request, *PAGE), bounds=IDS)
    found, has_more = await stored.page(switch.store, merchant=caller.merchant, part=part)
    views = [quote_view(quote, switch.profiles) for quote in found]
    return answer(request, listed(views, part, has_more=has_more))


@router.call("GET", "/v1/quotes/{id}", Call(answers=("Quote",), codes=("not_found",)))
async def get_quote(request: Request) -> Response:
    """A quote, used and expired ones included."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    read_query(request)
    quote = await quotes.find(switch, request.path_params["id"], merchant=caller.merchant)
    return answer(request, quote_view(quote, switch.profiles))


def wish_of(switch: Switch, form: PricedForm) -> Wish:
    """What is to be priced; raises the refusal that its wallets or its currency deserve."""
    return Wish(
        wallet_at(switch, form.source.operator, form.source.msisdn, side="source"),
        wallet_at(switch, form.destination.operator, form.destination.msisdn, side="destination"),
        money_of(form.amount, form.currency),
        Fixed(form.fixed),
    )
