"""`/openapi.json`: the contract, as a machine reads it."""

from http import HTTPStatus

from fastapi import FastAPI
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
    return Answer(document_text(request.app), HTTPStatus.OK, request)


def document_text(api: FastAPI) -> bytes:
    """The document, made once and kept once: anybody may ask, and often (F-R03)."""
    if api.openapi_schema is None:
        api.openapi_schema = document_of(api)
        api.state.openapi_text = encoded(api.openapi_schema).encode()
    text: bytes = api.state.openapi_text
    return text
