"""`/admin/keys`: what merchants call with: made, rolled, revoked; a secret is told once."""

from datetime import timedelta
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
from cross.api.refusals import InvalidValue
from cross.api.routing import Router
from cross.switch import keys
from cross.switch.keys import FreshKey, KeyWish, told
from cross.switch.switch import Switch

DAYS_MAX: Final = 3650
HOURS_MAX: Final = 24 * 30
NETWORKS_MAX: Final = 20

router = Router()


class KeyForm(StrictForm):
    """`POST /admin/keys`."""

    merchant: Annotated[str, Field(max_length=64)]
    name: Annotated[str, Field(max_length=100)] = ""
    scopes: Annotated[list[str] | None, Field(min_length=1)] = None
    networks: Annotated[list[str] | None, Field(max_length=NETWORKS_MAX)] = None
    expires_in_days: Annotated[int | None, Field(gt=0, lt=DAYS_MAX + 1)] = None


class RollForm(StrictForm):
    """`POST /admin/keys/{id}/roll`."""

    old_valid_for_hours: Annotated[int, Field(gt=-1, lt=HOURS_MAX + 1)] = keys.ROLLED_KEY_HOURS


@router.call(
    "POST",
    "/admin/keys",
    Call(answers=(), status=201, takes=(KeyForm,), codes=("not_found", "too_many_keys")),
)
async def create_key(request: Request) -> Response:
    """Make a key; its secret is in this answer and nowhere else."""
    admin, switch = admin_of(request), switch_of(request)
    read_query(request)
    form = fill(KeyForm, await read_object(request))
    fresh = await keys.open_key(switch, form.merchant, _wish(switch, form), who=admin.name)
    return answer(request, _told_once(switch, fresh), status=201)


@router.call("GET", "/admin/keys", Call(answers=()))
async def list_keys(request: Request) -> Response:
    """Keys of one merchant or of all, newest first, those that open nothing any more included."""
    admin_of(request)
    switch = switch_of(request)
    query = read_query(request, "merchant")
    found = await keys.of(switch, query.get("merchant"))
    return answer(request, listed([told(switch, key) for key in found], EVERYTHING))


@router.call("GET", "/admin/keys/{id}", Call(answers=(), codes=("not_found",)))
async def get_key(request: Request) -> Response:
    """A key, but for its secret."""
    admin_of(request)
    switch = switch_of(request)
    return answer(request, told(switch, await keys.find(switch, request.path_params["id"])))


@router.call(
    "POST",
    "/admin/keys/{id}/roll",
    Call(answers=(), status=201, takes=(RollForm,), codes=("not_found", "too_many_keys")),
)
async def roll_key(request: Request) -> Response:
    """Make a key that takes another's place; the old one is valid for a while, then ends."""
    admin, switch = admin_of(request), switch_of(request)
    read_query(request)
    form = fill(RollForm, await read_object(request))
    fresh = await keys.roll(
        switch,
        request.path_params["id"],
        who=admin.name,
        old_valid_for=timedelta(hours=form.old_valid_for_hours),
    )
    return answer(request, _told_once(switch, fresh), status=201)


@router.call("POST", "/admin/keys/{id}/revoke", Call(answers=(), codes=("not_found",), bare=True))
async def revoke_key(request: Request) -> Response:
    """End a key at once."""
    admin, switch = admin_of(request), switch_of(request)
    await read_nothing(request)
    found = await keys.revoke(switch, request.path_params["id"], who=admin.name)
    return answer(request, told(switch, found))


def _wish(switch: Switch, form: KeyForm) -> KeyWish:
    scopes = keys.MERCHANT_SCOPES if form.scopes is None else tuple(dict.fromkeys(form.scopes))
    for place, scope in enumerate(scopes):
        if scope not in keys.SCOPES:
            raise InvalidValue(param=f"scopes.{place}")
    try:
        networks = keys.networks_of(form.networks or ())
    except ValueError:
        raise InvalidValue(param="networks") from None
    days = form.expires_in_days
    expires_at = None if days is None else switch.clock() + timedelta(days=days)
    return KeyWish(form.name, scopes, networks, expires_at)


def _told_once(switch: Switch, fresh: FreshKey) -> dict[str, Any]:
    return {**told(switch, fresh.key), "secret": fresh.secret}
