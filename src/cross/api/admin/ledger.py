"""`/admin/ledger`: the chain's signed head, the key that signs it, and the chain looked at."""

import re
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api.admin.access import admin_of
from cross.api.answers import answer
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.queries import read_query
from cross.api.refusals import InvalidParameter
from cross.api.routing import Router
from cross.domain.errors import NotFound
from cross.signing import public_keys
from cross.storage import chain as stored
from cross.switch import chain, heads

_POSITION: Final = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)

router = Router()


@router.call("GET", "/admin/ledger/head", Call(answers=()))
async def show_head(request: Request) -> Response:
    """The head of the chain as of now, signed; how much is not linked, and what was shipped."""
    admin_of(request)
    read_query(request)
    switch = switch_of(request)
    standing = await chain.standing(switch)
    shipped = {
        place: {"at": at.isoformat(), "n": position}
        for place, (at, position) in standing.shipped.items()
    }
    view = await heads.signed_head(switch)
    return answer(request, {**view, "unlinked": standing.unlinked.count, "shipped": shipped})


@router.call("GET", "/admin/ledger/key", Call(answers=()))
async def show_key(request: Request) -> Response:
    """The public keys that heads are signed with, one a master key, that in use first."""
    admin_of(request)
    read_query(request)
    keys = public_keys(switch_of(request).seals, heads.PURPOSE)
    return answer(request, {"object": "ledger_key", "algorithm": "ed25519", "keys": list(keys)})


@router.call("GET", "/admin/ledger/verification", Call(answers=(), query=("since",)))
async def verify(request: Request) -> Response:
    """A few blocks of the chain against what the books hold; `until` is where to go on."""
    admin_of(request)
    query = read_query(request, "since")
    found = await chain.verify_since(switch_of(request), _position_in(query.get("since", "0")))
    return answer(request, heads.view_of_found(found))


@router.call("GET", "/admin/ledger/items/{id}", Call(answers=()))
async def show_item(request: Request) -> Response:
    """What is linked at a position, and its hash."""
    admin_of(request)
    read_query(request)
    position = _position_in(request.path_params["id"])
    try:
        item = await stored.item_at(switch_of(request).store, position)
    except ValueError:
        item = None
    if item is None:
        raise NotFound(noun="position", param="id")
    view: dict[str, Any] = {
        "object": "ledger_item",
        "n": position,
        "hash": item.hash.hex(),
        "book": item.book.value,
        "number": item.number,
    }
    return answer(request, view)


def _position_in(text: str) -> int:
    if not _POSITION.fullmatch(text):
        raise InvalidParameter(param="since")
    return int(text)
