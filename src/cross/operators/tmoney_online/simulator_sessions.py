"""Sessions: what a merchant's server asks for and one order form uses up (operators.md 1.1)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from cross.simulation.clients import Client, Clients
from cross.simulation.exchange import Reply, Request
from cross.simulation.world import World

LOOPBACK: Final = ("127.0.0.0/8", "::1/128")
_DIGITS: Final = 32  # Source: operators.md 1.1: decimal in the documented sample
_BITS: Final = 128
_TEXT: Final = b"text/plain"
_UNKNOWN_MERCHANT: Final = Reply(200, b"NOK:UNKNOWN_MERCHANT", _TEXT)
_IP_NOT_ALLOWED: Final = Reply(200, b"NOK:IP_NOT_ALLOWED", _TEXT)  # ASSUMED: operators.md 1.1


@dataclass(slots=True, eq=False)
class Session:
    """A leave to post one order form, until `expires_at`; `is_used` once one was posted."""

    client: Client
    expires_at: datetime
    is_used: bool = False


class Sessions:
    """Every session that was given, by its id."""

    def __init__(self, clients: Clients, *, world: World) -> None:
        self._clients = clients
        self._world = world
        self._by_id: dict[str, Session] = {}

    def open(self, request: Request) -> Reply:
        """A new session for a merchant that is known and calls from where it may."""
        fields = request.query_fields() or {}
        client = self._clients.with_credentials(merchantid=fields.get("merchantid", ""))
        if client is None:
            return _UNKNOWN_MERCHANT
        if not _is_allowed(request.address, client):
            return _IP_NOT_ALLOWED
        sessionid = f"{self._world.random_bits(_BITS) % 10**_DIGITS:0{_DIGITS}d}"
        lasts = timedelta(seconds=session_seconds(client))
        self._by_id[sessionid] = Session(client, self._world.timers.now() + lasts)
        return Reply(200, f"OK:{sessionid}".encode(), _TEXT)

    def find(self, sessionid: str, *, client: Client) -> Session | None:
        """The session of that id, if it is this client's and its time is not over."""
        session = self._by_id.get(sessionid)
        if session is None or session.client is not client:
            return None
        is_over = not session.is_used and self._world.timers.now() >= session.expires_at
        return None if is_over else session

    def forget(self) -> None:
        """Make every session invalid."""
        self._by_id.clear()


def session_seconds(client: Client) -> int:
    """How long a session waits for its form, and each page for the payer."""
    seconds = client.settings["session_seconds"]
    return seconds if isinstance(seconds, int) else 0


def _is_allowed(address: str, client: Client) -> bool:
    try:
        peer = ip_address(address)
    except ValueError:
        return False
    if isinstance(peer, IPv6Address) and peer.ipv4_mapped is not None:
        peer = peer.ipv4_mapped
    return any(peer in ip_network(one) for one in client.allowed_networks or LOOPBACK)
