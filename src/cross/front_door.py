"""The front door: which application answers at which addresses."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class FrontDoor:
    """Several applications behind one address: each of `elsewhere` at the places that it has."""

    def __init__(self, api: App, elsewhere: Mapping[tuple[str, ...], App]) -> None:
        self._api = api
        self._elsewhere = elsewhere
        self._places = tuple(place for places in elsewhere for place in places)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answers a request."""
        if scope["type"] == "http" and scope["path"].startswith(self._places):
            return self._app_at(scope["path"])(scope, receive, send)
        return self._api(scope, receive, send)

    def _app_at(self, path: str) -> App:
        return next(app for places, app in self._elsewhere.items() if path.startswith(places))
