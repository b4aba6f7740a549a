"""`/openapi.json`: the contract, as a machine reads it."""

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answer
from cross.api.document import Call, document_of
from cross.api.routing import Router

router = Router()


@router.call("GET", "/openapi.json", Call(answers=(), public=True))
async def get_openapi(request: Request) -> Response:
    """This document."""
    api = request.app
    if api.openapi_schema is None:
        api.openapi_schema = document_of(api)
    return answer(request, api.openapi_schema)
