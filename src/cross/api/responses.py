"""`/v1/responses/{key}`: the answer that the caller never received."""

from starlette.requests import Request
from starlette.responses import Response

from cross.api.callers import caller_with
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.movements import accepted_answer
from cross.api.queries import read_query
from cross.api.routing import Router
from cross.switch import responses

router = Router()


@router.call(
    "GET",
    "/v1/responses/{key:path}",
    Call(answers=("Transfer", "Collection", "Payout"), status=202, codes=("not_found",)),
)
async def get_response(request: Request) -> Response:
    """What the request with this Idempotency-Key was answered, as it stands now."""
    caller = await caller_with(request, "read")
    read_query(request)
    key = request.path_params["key"]
    found = await responses.answer_to(switch_of(request), key, merchant=caller.merchant)
    return accepted_answer(request, found)
