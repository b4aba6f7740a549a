"""`/healthz` and `/readyz`: whether the process lives, and whether it can take money's work."""

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answer
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.refusals import NotReady
from cross.api.routing import Router
from cross.switch import readiness

router = Router()


@router.call("GET", "/healthz", Call(answers=("Health",), public=True))
async def healthz(request: Request) -> Response:
    """The process answers."""
    return answer(request, {"status": "ok"})


@router.call("GET", "/readyz", Call(answers=("Readiness",), public=True))
async def readyz(request: Request) -> Response:
    """The books answer, their migrations are applied, and this process may act on them."""
    found = await readiness.checks(switch_of(request))
    failed = [name for name, well in found.items() if not well]
    if failed:
        raise NotReady(failed=failed)
    return answer(request, {"status": "ready", "checks": dict.fromkeys(found, "ok")})
