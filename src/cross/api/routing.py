"""Routes: FastAPI's, for the document they make; what they run is the endpoint itself."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answering


class AnsweringRoute(APIRoute):
    """A route whose endpoint reads its request and makes its answer by itself."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint with its failures answered; FastAPI resolves nothing on the way."""
        return answering(self.endpoint, path=self.path_format)


class Router(APIRouter):
    """The routes of one noun."""

    def __init__(self) -> None:
        super().__init__(route_class=AnsweringRoute)
