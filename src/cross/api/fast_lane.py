"""The fast lane: calls that come thousands a second reach their endpoint without a router.

Everything else goes on to FastAPI. Both run the same endpoints (docs/decisions).
"""

from collections.abc import Mapping
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from cross.api.answers import Endpoint
from cross.api.routing import AnsweringRoute
from cross.switch.switch import Switch

EXACT: Final = ("/v1/transfers", "/v1/collections", "/v1/payouts")
BY_ID: Final = tuple(f"{path}/{{id}}" for path in EXACT)
BESIDE_IDS: Final = ("/v1/payouts/batches",)
"""Paths of their own where an id would be."""

ALONE: Final = (*BESIDE_IDS, "/openapi.json")
"""Other paths that are found at once: who asks for the contract need show no key."""

CALLBACKS: Final = "/callbacks/{operator}/{token}"


class FastLane:
    """The ASGI application of the API."""

    def __init__(self, app: FastAPI, switch: Switch) -> None:
        self._app = app
        self._switch = switch
        self._exact: dict[tuple[str, str], Endpoint] = {}
        self._last: dict[tuple[str, str], tuple[Endpoint, str, Mapping[str, str]]] = {}
        for route in app.routes:
            if isinstance(route, AnsweringRoute):
                for method in sorted(route.methods or ()):
                    self._take(route, method)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        if scope["type"] == "http":
            scope["switch"], scope["app"] = self._switch, self._app
            endpoint = self._endpoint_of(scope)
            if endpoint is not None:
                response = await endpoint(Request(scope, receive, send))
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _take(self, route: AnsweringRoute, method: str) -> None:
        endpoint, head = route.get_route_handler(), route.path_format.rpartition("/")[0]
        posts = route.path_format in EXACT and method == "POST"
        if posts or route.path_format in ALONE:
            self._exact[method, route.path_format] = endpoint
        elif route.path_format in BY_ID:
            self._last[method, head] = (endpoint, "id", {})
        elif route.path_format == CALLBACKS:
            for name in self._switch.callback_tokens:
                known = {"operator": name}
                self._last[method, f"/callbacks/{name}"] = (endpoint, "token", known)

    def _endpoint_of(self, scope: Scope) -> Endpoint | None:
        method, path = scope["method"], scope["path"]
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact
        head, _, last = path.rpartition("/")
        found = self._last.get((method, head))
        if found is None or not last:
            return None
        endpoint, param, known = found
        scope["path_params"] = {**known, param: last}
        return endpoint
