"""The HTTP API as one ASGI application: `create_app(switch)`."""

from collections.abc import Sequence
from http import HTTPStatus
from types import ModuleType
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from cross.api import (
    back,
    balances,
    batches,
    callbacks,
    collections,
    customers,
    events,
    health,
    ledger,
    openapi,
    operators,
    orders,
    payment_links,
    payouts,
    quotes,
    refunds,
    request_logs,
    responses,
    settlements,
    transfers,
    webhook_endpoints,
)
from cross.api.answers import note_answered, refusal_answer
from cross.api.fast_lane import FastLane
from cross.api.refusals import MethodNotAllowed, UnknownPath
from cross.api.routing import AnsweringRoute
from cross.domain.errors import CrossError
from cross.switch.request_logs import NOBODYS_PATH
from cross.switch.switch import Switch

NOUNS: Final = (
    operators,
    quotes,
    transfers,
    collections,
    customers,
    batches,
    payouts,
    refunds,
    orders,
    payment_links,
    balances,
    settlements,
    ledger,
    responses,
    webhook_endpoints,
    events,
    request_logs,
    callbacks,
    back,
    health,
    openapi,
)


def create_app(
    switch: Switch, *, nouns: Sequence[ModuleType] = NOUNS, with_document: bool = False
) -> FastLane:
    """The application; whoever runs it opens the switch before and closes it after.

    `with_document`: made now, so that the first who asks for it holds nobody up.
    """
    api = create_api(nouns)
    if with_document:
        openapi.document_text(api)
    return FastLane(api, switch)


def create_api(nouns: Sequence[ModuleType] = NOUNS) -> FastAPI:
    """Their routes, with the document that describes them; a request brings its switch."""
    api = FastAPI(
        title="Cross",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={HTTPException: not_routed},
    )
    for noun in nouns:
        api.router.routes.extend(noun.router.routes)
    return api


async def not_routed(request: Request, error: Exception) -> Response:
    """What is told where no route is, or none for that method."""
    wrong_method = (
        isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    )
    refusal: CrossError = UnknownPath()
    if wrong_method:
        refusal = MethodNotAllowed(allowed=", ".join(_methods_at(request)))
    response = refusal_answer(request, refusal)
    note_answered(request, NOBODYS_PATH, response.status_code, refusal.code, 0)
    return response


def _methods_at(request: Request) -> list[str]:
    found: list[str] = []
    for route in request.app.routes:
        if isinstance(route, AnsweringRoute) and route.matches(request.scope)[0] is Match.PARTIAL:
            found += sorted(route.methods or ())
    return found
