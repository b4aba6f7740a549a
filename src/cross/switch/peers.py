"""Who really called: the socket's peer, or whom a proxy of ours names in X-Forwarded-For."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias

Networks: TypeAlias = tuple[IPv4Network | IPv6Network, ...]

FORWARDED_FOR: Final = "x-forwarded-for"
SAID_BY_PROXIES: Final = (FORWARDED_FOR, "forwarded", "x-real-ip")
"""Whoever sends one of these speaks for somebody else (RFC 7239)."""

HOPS_MAX: Final = 16


def caller_behind(peer: str, said: Iterable[str], trusted_proxies: Networks) -> str:
    """The caller's address, from the socket's peer and what X-Forwarded-For says.

    The header is read from its end, where our own proxies write: each address that is a trusted
    proxy's stands for the one before it. What a stranger wrote before that is never reached.
    """
    if not trusted_proxies or not is_in(trusted_proxies, peer):
        return peer
    hops = ",".join(said).split(",")
    for hop in reversed(hops[-HOPS_MAX:]):
        address = hop.strip()
        if _read(address) is None:
            return peer  # nobody's address: the proxy itself is the last that we know
        peer = address
        if not is_in(trusted_proxies, peer):
            return peer
    return peer


def speaks_for_itself(peer: str, headers: Iterable[str], trusted_proxies: Networks) -> bool:
    """Whether nobody stands between a caller and us but proxies of ours.

    A proxy that nobody told us of is on this machine as often as not: what it passes on comes from
    anywhere, whatever its own address is.
    """
    return is_in(trusted_proxies, peer) or not any(name in SAID_BY_PROXIES for name in headers)


def is_in(networks: Networks, peer: str) -> bool:
    """Whether an address is of one of the networks; nobody's address is of none."""
    address = _read(peer)
    return address is not None and any(address in network for network in networks)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    """An address; one of IPv4 in the clothes of IPv6 is what it is (RFC 4291 section 2.5.5.2)."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped
