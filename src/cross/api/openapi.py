"""`/openapi.json`: the contract, as a machine reads it."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import Answer
from cross.api.document import Call, document_of
from cross.api.routing import Router
from cross.switch.views import encoded

router = Router()


@router.call("GET", "/openapi.json", Call(answers=(), public=True))
async def get_openapi(request: Request) -> Response:
    """This document."""
    api = request.app
    if api.openapi_schema is None:
        api.openapi_schema = document_of(api)
        text = encoded(api.openapi_schema)
        api.state.openapi_body = text.encode()  # one for all: anybody may ask, and often (F-R03)
    return Answer(api.state.openapi_body, HTTPStatus.OK, request)
