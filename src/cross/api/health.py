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
    """Books, migrations, the worker's last look, disk and clock; in a refusal, why not."""
    found = await readiness.checks(switch_of(request))
    failed = [f"{name}: {said}" for name, said in found.items() if said != readiness.WELL]
    if failed:
        raise NotReady(failed=failed)
    return answer(request, {"status": "ready", "checks": found})
