"""`/callbacks/{operator}/{token}`: where operators knock (api.md section 5).

The same answer for a known and an unknown order; for a wrong token, the same as for no such path.
One operator's document names a path of its own, which has no token: what it says is a hint only,
as anywhere, and its connector believes a signature and nothing else.
"""

import hmac
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import Answer
from cross.api.bodies import read_bytes
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.peers import peer_of
from cross.api.refusals import RateLimited, UnknownPath
from cross.api.routing import Router
from cross.domain.operator import RawCallback
from cross.switch import callbacks
from cross.switch.limits import source_of
from cross.switch.switch import Switch

PATH: Final = "/callbacks/{operator}/{token}"
# Source: api.md section 5: the path of D-Money's document, served beside its own.
DOCUMENTED_PATH: Final = "/webhooks/payment"
DOCUMENTED_OPERATOR: Final = "dmoney"
CODES: Final = ("unknown_path", "body_too_large", "unsupported_encoding", "invalid_json")

router = Router()


@router.call(
    "GET",
    PATH,
    Call(answers=(), codes=CODES, public=True, operation_id="receive_callback_by_get"),
)
@router.call("POST", PATH, Call(answers=(), codes=CODES, public=True))
async def receive_callback(request: Request) -> Response:
    """Keep what an operator says, and answer in its own words."""
    switch = _switch_within_limits(request)
    name, token = request.path_params["operator"], request.path_params["token"]
    if not _is_token_of(switch, name, token):
        raise UnknownPath
    request.scope["has_key"] = True
    return await _received(request, switch, name)


@router.call("POST", DOCUMENTED_PATH, Call(answers=(), codes=CODES, public=True))
async def receive_documented_callback(request: Request) -> Response:
    """Keep what the operator says whose document names this path, and answer in its words."""
    switch = _switch_within_limits(request)
    if DOCUMENTED_OPERATOR not in switch.operators:
        raise UnknownPath
    return await _received(request, switch, DOCUMENTED_OPERATOR)


def _switch_within_limits(request: Request) -> Switch:
    switch = switch_of(request)
    if not switch.callback_limit.allows(source_of(_peer_of(request, switch))):
        raise RateLimited
    return switch


def _peer_of(request: Request, switch: Switch) -> str:
    return peer_of(request, switch.settings.trusted_proxies)


async def _received(request: Request, switch: Switch, name: str) -> Response:
    scope = request.scope
    callback = RawCallback(
        request.method,
        scope["query_string"].decode("latin-1"),
        tuple((key.decode("latin-1"), value.decode("latin-1")) for key, value in scope["headers"]),
        await read_bytes(request),
        _peer_of(request, switch),
    )
    reply = await callbacks.receive(switch, name, callback)
    return Answer(reply.body, reply.status, request, media_type=reply.content_type)


def _is_token_of(switch: Switch, operator: str, token: str) -> bool:
    """Takes as long for an operator that is not there as for a wrong token (F-C19)."""
    known = switch.callback_tokens.get(operator)
    expected = (known or "").encode()
    same = hmac.compare_digest(token.encode("utf-8", "surrogatepass"), expected)
    return same and bool(known)
