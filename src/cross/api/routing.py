"""Routes: FastAPI's, for the document they make; what they run is the endpoint itself."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answering
from cross.api.document import Call

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class AnsweringRoute(APIRoute):
    """A route whose endpoint reads its request and makes its answer by itself."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint with its failures answered; FastAPI resolves nothing on the way."""
        return answering(self.endpoint, path=self.path_format)


class Router(APIRouter):
    """The routes of one noun."""

    def __init__(self) -> None:
        super().__init__(
            route_class=AnsweringRoute, generate_unique_id_function=lambda route: route.name
        )

    def call(self, method: str, path: str, call: Call) -> Callable[[Decorated], Decorated]:
        """Serves the function below it, as described."""
        return self.api_route(path, methods=[method], **call.on_route(path))
