"""`/v1/responses/{key}`: the answer that the caller never received."""

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answer
from cross.api.callers import caller_with
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.movements import accepted_answer
from cross.api.orders import view_of
from cross.api.queries import read_query
from cross.api.routing import Router
from cross.switch import batches, orders, responses
from cross.switch.batch_views import batch_view

router = Router()


@router.call(
    "GET",
    "/v1/responses/{key:path}",
    Call(
        answers=("Transfer", "Collection", "Payout", "Refund"),
        created=("Order", "PayoutBatch"),
        status=202,
        codes=("not_found",),
    ),
)
async def get_response(request: Request) -> Response:
    """What the request with this Idempotency-Key was answered, as it stands now."""
    caller = await caller_with(request, "read")
    read_query(request)
    key = request.path_params["key"]
    switch = switch_of(request)
    order = await orders.asked_for_with(switch, key, merchant=caller.merchant)
    if order is not None:
        return answer(request, view_of(switch, order), status=201)
    batch = await batches.made_with(switch, key, merchant=caller.merchant)
    if batch is not None:
        return answer(request, batch_view(*batch), status=201)
    found = await responses.answer_to(switch, key, merchant=caller.merchant)
    return accepted_answer(request, found)
