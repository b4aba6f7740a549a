"""`/healthz` and `/readyz`: whether the process lives, and whether it can take money's work."""

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answer
from cross.api.headers import switch_of
from cross.api.routing import Router
from cross.switch import readiness

router = Router()


@router.get("/healthz")
async def healthz(request: Request) -> Response:
    """The process answers."""
    return answer(request, {"status": "ok"})


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """The books answer, their migrations are applied, and this process may act on them."""
    found = await readiness.checks(switch_of(request))
    ready = all(found.values())
    checks = {name: "ok" if well else "failed" for name, well in found.items()}
    content = {"status": "ready" if ready else "unavailable", "checks": checks}
    return answer(request, content, status=200 if ready else 503)
