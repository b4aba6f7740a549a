"""`/v1/events`: what happened to a merchant's objects, as its webhooks tell it."""

import json
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answer, encoded_answer
from cross.api.bodies import read_nothing
from cross.api.callers import caller_with
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.queries import PAGE, ids_of, listed, moment_in, page_of, read_query, text_in
from cross.api.refusals import InvalidParameter
from cross.api.routing import Router
from cross.api.webhook_endpoints import IDS as ENDPOINT_IDS
from cross.api.webhook_endpoints import SCOPE, resending_view
from cross.api.webhook_schemas import EVENT_TYPES
from cross.domain.ids import EVENT
from cross.storage.events import EventFilter
from cross.switch import events
from cross.switch.events import wire_of

IDS: Final = ids_of(EVENT)
NARROWING: Final = ("type", "object", "created_from", "created_to")

router = Router()


@router.call("GET", "/v1/events", Call(answers=("EventList",), query=(*PAGE, *NARROWING)))
async def list_events(request: Request) -> Response:
    """Events, newest first; each is exactly what its webhooks carry."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    query = read_query(request, *PAGE, *NARROWING)
    part = page_of(query, bounds=IDS)
    if query.get("type", EVENT_TYPES[0]) not in EVENT_TYPES:
        raise InvalidParameter(param="type")
    only = EventFilter(
        type=query.get("type"),
        object=text_in(query, "object"),
        created_from=moment_in(query, "created_from"),
        created_to=moment_in(query, "created_to"),
    )
    found, has_more = await events.page(switch, merchant=caller.merchant, part=part, only=only)
    views = [json.loads(wire_of(one)) for one in found]
    return answer(request, listed(views, part, has_more=has_more))


@router.call("GET", "/v1/events/{id}", Call(answers=("Event",), codes=("not_found",)))
async def get_event(request: Request) -> Response:
    """An event."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    read_query(request)
    event = await events.find_event(switch, request.path_params["id"], merchant=caller.merchant)
    return encoded_answer(request, wire_of(event).decode())


@router.call(
    "POST",
    "/v1/events/{id}/resend",
    Call(
        answers=("Resending",),
        query=("endpoint",),
        codes=("not_found", "endpoint_disabled"),
        bare=True,
    ),
)
async def resend_event(request: Request) -> Response:
    """Send an event once more, to one endpoint or to all that hear of it."""
    switch = switch_of(request)
    caller = await caller_with(request, SCOPE)
    endpoint = read_query(request, "endpoint").get("endpoint")
    if endpoint is not None and ENDPOINT_IDS.fullmatch(endpoint) is None:
        raise InvalidParameter(param="endpoint")
    await read_nothing(request)
    event, names = await events.resend(
        switch, request.path_params["id"], merchant=caller.merchant, endpoint=endpoint
    )
    told = resending_view(caller, list(names), count=len(names), event=event.id)
    return answer(request, told)
