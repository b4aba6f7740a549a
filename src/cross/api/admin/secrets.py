"""`/admin/secrets`: operators' credentials sealed at rest, and the rotation of what seals them.

A value goes in and never comes out.
"""

import base64
import re
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
from cross.api.refusals import InvalidValue
from cross.api.routing import Router
from cross.domain.errors import SealingImpossible
from cross.sealing import SealingRefused
from cross.switch import audit, secrets
from cross.switch.audit import Act
from cross.switch.secrets import MasterKeyInUse, Vault

SECRET_LENGTH_MAX: Final = 16_384  # an RSA key of 4096 bits in PEM has 3 272 characters
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_REFUSED: Final = ("sealing_refused",)

router = Router()


class SecretForm(StrictForm):
    """A secret as it was issued, in base64: some have several lines."""

    value_base64: Annotated[str, Field(min_length=1, max_length=SECRET_LENGTH_MAX)]


class RetireForm(StrictForm):
    """Which master key goes."""

    name: Annotated[str, Field(min_length=1, max_length=32)]


@router.call("GET", "/admin/secrets", Call(answers=()))
async def list_secrets(request: Request) -> Response:
    """Which secrets are kept, and under which master key each is sealed."""
    admin_of(request)
    vault = secrets.vault_of(switch_of(request))
    found = await secrets.listed(vault)
    return answer(
        request,
        {
            "object": "list",
            "data": [
                {
                    "operator": one.owner,
                    "field": one.field,
                    "set_at": one.at.isoformat(),
                    "master_key": one.master_key,
                }
                for one in found
            ],
            **_keys(vault),
        },
    )


@router.call(
    "PUT",
    "/admin/secrets/{operator}/{field}",
    Call(answers=(), takes=(SecretForm,), codes=_REFUSED),
)
async def set_secret(request: Request) -> Response:
    """Seal a secret in place of the one before; the connector takes it at the next start."""
    admin, switch = admin_of(request), switch_of(request)
    owner, field = _named(request, "operator"), _named(request, "field")
    value = _text_of(fill(SecretForm, await read_object(request)))
    try:
        await secrets.keep(secrets.vault_of(switch), owner, field, value)
    except SealingRefused as refused:
        raise SealingImpossible(str(refused)) from None
    await audit.note(switch, Act(admin.name, "secrets.set", f"{owner}.{field}"))
    return answer(request, {"operator": owner, "field": field, "set": True})


@router.call("DELETE", "/admin/secrets/{operator}/{field}", Call(answers=(), codes=("not_found",)))
async def delete_secret(request: Request) -> Response:
    """Forget a secret."""
    admin, switch = admin_of(request), switch_of(request)
    owner, field = _named(request, "operator"), _named(request, "field")
    await secrets.forget(secrets.vault_of(switch), owner, field)
    await audit.note(switch, Act(admin.name, "secrets.delete", f"{owner}.{field}"))
    return answer(request, {"operator": owner, "field": field, "deleted": True})


@router.call("POST", "/admin/secrets/rotate", Call(answers=(), bare=True, codes=_REFUSED))
async def rotate(request: Request) -> Response:
    """Make a new master key, unless an earlier rotation is unfinished: then that one goes on."""
    admin, switch = admin_of(request), switch_of(request)
    await read_nothing(request)
    vault = secrets.vault_of(switch)
    try:
        made = await secrets.begin_rotation(vault, switch.random_bits)
    except (SealingRefused, ValueError) as refused:
        raise SealingImpossible(str(refused)) from None
    if made:
        await audit.note(switch, Act(admin.name, "secrets.rotate", str(vault.seals.current)))
    return answer(request, {"made": made, "left": await secrets.left(vault), **_keys(vault)})


@router.call("POST", "/admin/secrets/reseal", Call(answers=(), bare=True, codes=_REFUSED))
async def reseal(request: Request) -> Response:
    """Seal a hundred again under the current master key; called until none is left."""
    admin_of(request)
    await read_nothing(request)
    vault = secrets.vault_of(switch_of(request))
    try:
        left = await secrets.reseal(vault)
    except SealingRefused as refused:
        raise SealingImpossible(str(refused)) from None
    return answer(request, {"left": left, **_keys(vault)})


@router.call("POST", "/admin/secrets/retire", Call(answers=(), takes=(RetireForm,), codes=_REFUSED))
async def retire(request: Request) -> Response:
    """Take an older master key out of its file, where nothing is sealed under it."""
    admin, switch = admin_of(request), switch_of(request)
    form = fill(RetireForm, await read_object(request))
    vault = secrets.vault_of(switch)
    try:
        await secrets.retire(vault, form.name)
    except (SealingRefused, MasterKeyInUse) as refused:
        raise SealingImpossible(str(refused)) from None
    await audit.note(switch, Act(admin.name, "secrets.retire", form.name))
    return answer(request, {"retired": form.name, **_keys(vault)})


def _keys(vault: Vault) -> dict[str, Any]:
    return {"current": vault.seals.current, "master_keys": list(vault.seals.names)}


def _text_of(form: SecretForm) -> str:
    try:
        return base64.b64decode(form.value_base64, validate=True).decode()
    except ValueError:
        raise InvalidValue(param="value_base64") from None


def _named(request: Request, parameter: str) -> str:
    value = str(request.path_params[parameter])
    if not _NAME.fullmatch(value):
        raise InvalidValue(param=parameter)
    return value
