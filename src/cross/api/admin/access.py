"""Who may administer: whoever can read the master key, or has a token, from a network that may.

The shared token is derived from the master key: a rotation of one is a rotation of the other. With
it, `X-Cross-Admin` says for the audit who it is, and proves nothing; a person's own token says it
by itself (S-LOG-06, I-35).
"""

import hmac
import re
from collections.abc import Iterable
from typing import Final

import structlog
from starlette.requests import Request

from cross.api.headers import header, switch_of
from cross.api.peers import is_of_the_house, peer_of
from cross.api.refusals import UnknownPath
from cross.domain.approval import Person
from cross.storage.store import StoreUnavailable
from cross.switch import admins

_BEARER: Final = re.compile(r"[Bb]earer +([!-~]{1,200})", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z0-9._@-]{1,64}", re.ASCII)
NAMELESS: Final = "admin"

log = structlog.get_logger("cross.admin")


Admin = Person
"""The person who runs Cross, as the audit names him."""


def admin_of(request: Request) -> Admin:
    """Who administers; raises `UnknownPath` for everybody else: nothing is there for them."""
    if not is_admin(request):
        raise UnknownPath
    if request.scope.get("person") is not None:
        person: Person = request.scope["person"]
        return person
    name = header(request, b"x-cross-admin") or NAMELESS
    return Admin(name if _NAME.fullmatch(name) else NAMELESS)


async def person_of(request: Request) -> Person | None:
    """Whose own token a request has, if it comes from a network that may."""
    token = _token_in(request.headers.getlist("authorization"))
    if token is None or not is_of_the_house(request, switch_of(request)):
        return None
    try:
        return await admins.holder_of(switch_of(request), token)
    except StoreUnavailable:
        return None  # nobody knows whose it is while the books are away


def is_admin(request: Request) -> bool:
    """Whether a request is an admin's; notes in the log whose it is not (S-LOG-03)."""
    switch = switch_of(request)
    given = _token_in(request.headers.getlist("authorization"))
    if given is None:
        return False
    from_here = is_of_the_house(request, switch)
    known = request.scope.get("person") is not None or any(
        hmac.compare_digest(given, token) for token in switch.seals.admin_tokens()
    )
    if not (from_here and known):
        peer = peer_of(request, switch.settings.trusted_proxies)
        log.warning("admin_refused", because="token" if from_here else "network", peer=peer)
    return from_here and known


def _token_in(said: Iterable[str]) -> str | None:
    lines = list(said)
    given = _BEARER.fullmatch(lines[0]) if len(lines) == 1 else None
    return None if given is None else given[1]
