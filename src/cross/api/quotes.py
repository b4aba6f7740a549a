"""`/v1/quotes`: what a transfer costs, held until a time."""

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answer
from cross.api.bodies import fill, read_object
from cross.api.callers import caller_with
from cross.api.forms import PricedForm, QuoteForm
from cross.api.headers import switch_of
from cross.api.routing import Router
from cross.api.terms import money_of
from cross.domain.quote import Fixed
from cross.switch import quotes
from cross.switch.prices import wallet_at
from cross.switch.quotes import Wish
from cross.switch.switch import Switch
from cross.switch.views import quote_view

router = Router()


@router.post("/v1/quotes")
async def create_quote(request: Request) -> Response:
    """Price a transfer; the price is held until `expires_at`."""
    switch = switch_of(request)
    caller = await caller_with(request, "transfer")
    wish = wish_of(switch, fill(QuoteForm, await read_object(request)))
    quote = await quotes.offer(switch, wish, merchant=caller.merchant, livemode=caller.livemode)
    return answer(request, quote_view(quote, switch.profiles), status=201)


@router.get("/v1/quotes/{id}")
async def get_quote(request: Request) -> Response:
    """A quote, used or expired ones included."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
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
