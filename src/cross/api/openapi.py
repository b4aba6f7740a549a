"""`/openapi.json`: the contract, as a machine reads it."""

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import encoded_answer
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
        api.state.openapi_text = encoded(api.openapi_schema)  # anybody may ask, and often (F-R03)
    return encoded_answer(request, api.state.openapi_text)
