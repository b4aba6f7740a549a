"""Who may administer: whoever can read the master key, from a network that may (S-LOG-06).

The token is derived from the master key, so there is no second secret to keep, and a rotation of
one is a rotation of the other. `X-Cross-Admin` says which person it is, for the audit.
"""

import hmac
import re
from dataclasses import dataclass
from typing import Final

import structlog
from starlette.requests import Request

from cross.api.headers import header, switch_of
from cross.api.peers import is_of_the_house, peer_of
from cross.api.refusals import UnknownPath

_BEARER: Final = re.compile(r"[Bb]earer +([!-~]{1,200})", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z0-9._@-]{1,64}", re.ASCII)
NAMELESS: Final = "admin"

log = structlog.get_logger("cross.admin")


@dataclass(frozen=True, slots=True)
class Admin:
    """The person who runs Cross, as the audit names him."""

    name: str


def admin_of(request: Request) -> Admin:
    """Who administers; raises `UnknownPath` for everybody else: nothing is there for them."""
    if not is_admin(request):
        raise UnknownPath
    name = header(request, b"x-cross-admin") or NAMELESS
    return Admin(name if _NAME.fullmatch(name) else NAMELESS)


def is_admin(request: Request) -> bool:
    """Whether a request is an admin's; notes in the log whose it is not (S-LOG-03)."""
    switch = switch_of(request)
    said = request.headers.getlist("authorization")
    given = _BEARER.fullmatch(said[0]) if len(said) == 1 else None
    if given is None:
        return False
    from_here = is_of_the_house(request, switch)
    known = any(hmac.compare_digest(given[1], token) for token in switch.seals.admin_tokens())
    if not (from_here and known):
        peer = peer_of(request, switch.settings.trusted_proxies)
        log.warning("admin_refused", because="token" if from_here else "network", peer=peer)
    return from_here and known
