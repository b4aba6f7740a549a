"""Who really called, of a request to the API."""

from starlette.requests import Request

from cross.switch.peers import FORWARDED_FOR, Networks, caller_behind, is_in

__all__ = ["is_in", "peer_of"]


def peer_of(request: Request, trusted_proxies: Networks) -> str:
    """The caller's address; empty where the socket has none."""
    client = request.scope.get("client")
    peer = str(client[0]) if client else ""
    return caller_behind(peer, request.headers.getlist(FORWARDED_FOR), trusted_proxies)
