"""Who really called, of a request to the API."""

from starlette.requests import Request

from cross.switch.peers import (
    FORWARDED_FOR,
    Networks,
    caller_behind,
    is_in,
    speaks_for_itself,
)
from cross.switch.switch import Switch

__all__ = ["is_in", "is_of_the_house", "peer_of"]


def peer_of(request: Request, trusted_proxies: Networks) -> str:
    """The caller's address; empty where the socket has none."""
    forwarded = request.headers.getlist(FORWARDED_FOR)
    return caller_behind(_socket_peer(request), forwarded, trusted_proxies)


def is_of_the_house(request: Request, switch: Switch) -> bool:
    """Whether a request comes from where admin calls and metrics are answered (S-LOG-06)."""
    proxies, headers = switch.settings.trusted_proxies, request.headers.keys()
    return speaks_for_itself(_socket_peer(request), headers, proxies) and is_in(
        switch.settings.admin_networks, peer_of(request, proxies)
    )


def _socket_peer(request: Request) -> str:
    client = request.scope.get("client")
    return str(client[0]) if client else ""
