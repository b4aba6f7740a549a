"""`/admin/admins`: the people who run Cross, each with his own token, told once."""

from typing import Annotated, Any, Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from cross.api.admin.access import admin_of
from cross.api.answers import answer
from cross.api.bodies import fill, read_nothing, read_object
from cross.api.document import Call
from cross.api.forms import StrictForm
from cross.api.headers import switch_of
from cross.api.queries import EVERYTHING, listed, read_query
from cross.api.routing import Router
from cross.switch import admins
from cross.switch.admins import told

PATH: Final = "/admin/admins"

router = Router()


class AdminForm(StrictForm):
    """`POST /admin/admins`."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._@-]{1,64}$")]


@router.call(
    "POST",
    PATH,
    Call(answers=(), status=201, takes=(AdminForm,), codes=("name_taken", "personal_token_needed")),
)
async def add_admin(request: Request) -> Response:
    """Give somebody a token: it is in this answer and nowhere else.

    From the third person on it opens nothing until another has approved it.
    """
    admin, switch = admin_of(request), switch_of(request)
    read_query(request)
    form = fill(AdminForm, await read_object(request))
    fresh = await admins.add(switch, form.name, by=admin)
    view: dict[str, Any] = {**told(fresh.admin), "token": fresh.token, "approval": fresh.approval}
    return answer(request, view, status=201)


@router.call("GET", PATH, Call(answers=()))
async def list_admins(request: Request) -> Response:
    """Everybody that ever was, newest first."""
    admin_of(request)
    read_query(request)
    found = await admins.every(switch_of(request))
    return answer(request, listed([told(one) for one in found], EVERYTHING))


@router.call("POST", f"{PATH}/{{id}}/revoke", Call(answers=(), codes=("not_found",), bare=True))
async def revoke_admin(request: Request) -> Response:
    """End somebody's token at once."""
    admin, switch = admin_of(request), switch_of(request)
    await read_nothing(request)
    found = await admins.revoke(switch, str(request.path_params["id"]), by=admin)
    return answer(request, told(found))
