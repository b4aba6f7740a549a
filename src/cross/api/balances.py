"""`/v1/balances`: what the merchant has, per currency."""

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answer
from cross.api.callers import caller_with
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.queries import EVERYTHING, listed, read_query
from cross.api.routing import Router
from cross.switch import balances

router = Router()


@router.call("GET", "/v1/balances", Call(answers=("BalanceList",)))
async def list_balances(request: Request) -> Response:
    """The merchant's balance in each currency."""
    caller = await caller_with(request, "read")
    read_query(request)
    found = await balances.of_merchant(switch_of(request), caller.merchant)
    views = [
        {
            "object": "balance",
            "livemode": caller.livemode,
            "currency": balance.currency.code,
            "available": balance.available,
            "pending": balance.pending,
            "reserved": balance.reserved,
        }
        for balance in found
    ]
    return answer(request, listed(views, EVERYTHING))
