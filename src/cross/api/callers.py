"""Who calls: the key in the Authorization header, and the scope that a call needs."""

import re
from ipaddress import ip_network
from math import ceil
from typing import Final

import structlog
from starlette.requests import Request

from cross.api.headers import header, request_id_of, switch_of
from cross.api.peers import is_in, peer_of
from cross.api.refusals import (
    AuthenticationRequired,
    KeyOutsideHeader,
    MissingScope,
    NetworkNotAllowed,
    RateLimited,
    UnknownKey,
)
from cross.storage.api_keys import Caller
from cross.switch import keys
from cross.switch.limits import TooOften

KEY_IN_TEXT: Final = re.compile(rb"sk_(?:test|live)_[0-9A-Za-z]{20}")
"""What no URL and no body may hold (S-API-02); 20 characters are enough to know one by."""

LOOKUP_CALLS: Final = 10
"""A look-up of a number counts as so many calls (S-API-08): nobody tries all numbers here."""

_BEARER: Final = re.compile(r"[Bb]earer +(sk_[!-~]{1,200})", re.ASCII)

log = structlog.get_logger("cross.api")


async def caller_with(request: Request, scope: str, *, calls: int = 1) -> Caller:
    """The merchant whose key came, if it has the scope; a call may count as several.

    Raises `AuthenticationRequired`, `UnknownKey`, `MissingScope`, `KeyOutsideHeader`,
    `NetworkNotAllowed`, `MerchantSuspended`, `RateLimited`.
    """
    refuse_key_in(request, request.scope["query_string"])
    refuse_key_in(request, request.scope["path"].encode("utf-8", "surrogatepass"))
    authorization = header(request, b"authorization")
    match = None if authorization is None else _BEARER.fullmatch(authorization)
    switch, caller = switch_of(request), await _holder_of(request, match)
    request.scope["caller"], request.scope["has_key"] = caller, True
    if caller.networks:
        _require_from(request, caller.networks)
    wait_seconds = switch.key_limit.seconds_to_wait(caller.key, calls=calls)
    if wait_seconds:
        raise RateLimited(retry_after_seconds=ceil(wait_seconds))
    switch.directory.require_active(caller.merchant)
    if scope not in caller.scopes:
        raise MissingScope(scope=scope)
    return caller


async def _holder_of(request: Request, bearer: re.Match[str] | None) -> Caller:
    """Whose key came; strangers are counted by where they come from (S-API-08, F-S08)."""
    switch = switch_of(request)
    peer = peer_of(request, switch.settings.trusted_proxies)
    try:
        if bearer is None:
            keys.require_seldom(switch, peer)
            raise AuthenticationRequired
        caller = await keys.caller_of(switch, bearer[1], peer=peer)
    except TooOften:
        raise RateLimited from None
    if caller is None:
        raise UnknownKey
    return caller


def _require_from(request: Request, networks: tuple[str, ...]) -> None:
    peer = peer_of(request, switch_of(request).settings.trusted_proxies)
    if not is_in(tuple(map(ip_network, networks)), peer):
        raise NetworkNotAllowed


def refuse_key_in(request: Request, text: bytes) -> None:
    """Raises `KeyOutsideHeader`, and says in the log that a key must be replaced."""
    if KEY_IN_TEXT.search(text):
        log.warning("key_outside_header", request_id=request_id_of(request))
        raise KeyOutsideHeader
