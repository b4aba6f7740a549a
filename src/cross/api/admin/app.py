"""The admin calls as one ASGI application: `create_admin(switch)`."""

from http import HTTPStatus
from types import ModuleType
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cross.api.admin import (
    admins,
    approvals,
    audit,
    cases,
    keys,
    ledger,
    merchants,
    operators,
    partners,
    positions,
    secrets,
    settlements,
    stops,
)
from cross.api.admin.access import is_admin, person_of
from cross.api.app import not_routed
from cross.switch.switch import Switch

NOUNS: Final[tuple[ModuleType, ...]] = (
    keys,
    ledger,
    merchants,
    partners,
    positions,
    settlements,
    secrets,
    operators,
    audit,
    admins,
    approvals,
    cases,
    stops,
)


async def _not_routed(request: Request, error: Exception) -> Response:
    """Nothing is there for strangers, also where another method would be taken."""
    known = error if is_admin(request) else HTTPException(HTTPStatus.NOT_FOUND)
    return await not_routed(request, known)


class AdminApp:
    """Serves the admin calls of one switch."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._app = FastAPI(
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            exception_handlers={HTTPException: _not_routed},
        )
        for noun in NOUNS:
            self._app.router.routes.extend(noun.router.routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        scope["switch"] = self._switch
        scope["person"] = await person_of(Request(scope)) if scope["type"] == "http" else None
        await self._app(scope, receive, send)
