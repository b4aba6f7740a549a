"""`/v1/settlements`: what the merchant was paid of what it had."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answer
from cross.api.callers import caller_with
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.queries import PAGE, ids_of, listed, page_of, read_query
from cross.api.routing import Router
from cross.domain.ids import SETTLEMENT
from cross.switch import settlements
from cross.switch.settlements import settlement_view

IDS: Final = ids_of(SETTLEMENT)

router = Router()


@router.call("GET", "/v1/settlements", Call(answers=("SettlementList",), query=PAGE))
async def list_settlements(request: Request) -> Response:
    """The merchant's settlements, newest first."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    part = page_of(read_query(request, *PAGE), bounds=IDS)
    found, has_more = await settlements.page(switch, part=part, merchant=caller.merchant)
    return answer(request, listed([settlement_view(one) for one in found], part, has_more=has_more))


@router.call("GET", "/v1/settlements/{id}", Call(answers=("Settlement",), codes=("not_found",)))
async def get_settlement(request: Request) -> Response:
    """A settlement, with what it covers."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    read_query(request)
    found = await settlements.get(switch, request.path_params["id"], merchant=caller.merchant)
    return answer(request, settlement_view(found))
