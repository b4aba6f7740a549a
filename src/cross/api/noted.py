"""Applications that answer in their own way, counted and logged as the API's calls are."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from cross.api.headers import request_id_of
from cross.api.peers import peer_of
from cross.clock import monotonic_seconds
from cross.switch import request_logs
from cross.switch.kept_requests import Seen
from cross.switch.switch import Switch

TEMPLATE: Final = "template"
"""Where an application leaves in the scope what the path is called, if it has a name for it."""


class Noted:
    """One application; `places` are how its addresses begin, and all that is said of them."""

    def __init__(self, app: ASGIApp, switch: Switch, places: Sequence[str]) -> None:
        self._app = app
        self._switch = switch
        self._places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        began_at, statuses = monotonic_seconds(), [request_logs.FAILED]

        async def heard(message: Any) -> None:  # noqa: ANN401  ASGI
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, heard)
        finally:
            self._note(scope, statuses[-1], seconds=monotonic_seconds() - began_at)

    def _note(self, scope: Scope, status: int, *, seconds: float) -> None:
        scope["switch"] = self._switch
        request = Request(scope)
        place = next(place for place in self._places if scope["path"].startswith(place))
        request_logs.note(
            self._switch,
            Seen(
                scope["method"],
                scope.get(TEMPLATE, place),
                status,
                None,
                seconds,
                request_id_of(request),
                peer=peer_of(request, self._switch.settings.trusted_proxies),
            ),
        )
