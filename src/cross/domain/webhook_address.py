"""Where a webhook may go: the form of its URL, and the addresses behind its name (S-OUT-02, 03).

A merchant's URL is a request that we make from inside our own network, so it is read strictly:
one spelling of an address, one of a name, and nothing that another reader might read otherwise.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from typing import Final, TypeAlias

from cross.domain.errors import CrossError

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

URL_LETTERS_MAX: Final = 2_000
HTTPS_PORT: Final = 443
HTTP_PORT: Final = 80

_URL: Final = re.compile(
    r"(https?)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::([0-9]{1,5}))?"
    r"((?:/[!$-;=?-Z_a-z~%|]*)?(?:\?[!$-;=?-Z_a-z~%|]*)?)",
    re.ASCII,
)
"""Scheme, host, port, path and query; no user-info, no fragment, no backslash, no quotes."""

# Source: RFC 1123, section 2.1, and RFC 1035, section 2.3.4.
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_NAME_LETTERS_MAX: Final = 253
_NUMBER: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.ASCII)
"""A last label that an address parser of C would read as a number (WHATWG URL, section 3.5)."""

# Source: IANA special-purpose registries, RFC 6890 and its updates; RFC 6761 for the names.
_NEVER_OUTSIDE: Final[tuple[Network, ...]] = (
    IPv4Network("0.0.0.0/8"),
    IPv4Network("10.0.0.0/8"),
    IPv4Network("100.64.0.0/10"),
    IPv4Network("127.0.0.0/8"),
    IPv4Network("168.63.129.16/32"),  # Azure's platform, inside every network of its customers
    IPv4Network("169.254.0.0/16"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.0.2.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv4Network("192.168.0.0/16"),
    IPv4Network("198.18.0.0/15"),
    IPv4Network("198.51.100.0/24"),
    IPv4Network("203.0.113.0/24"),
    IPv4Network("224.0.0.0/4"),
    IPv4Network("240.0.0.0/4"),
    IPv6Network("64:ff9b::/96"),
    IPv6Network("64:ff9b:1::/48"),
    IPv6Network("100::/64"),
    IPv6Network("2001::/23"),
    IPv6Network("2001:db8::/32"),
    IPv6Network("3fff::/20"),
    IPv6Network("5f00::/16"),
    IPv6Network("fc00::/7"),
    IPv6Network("fe80::/10"),
    IPv6Network("fec0::/10"),
    IPv6Network("ff00::/8"),
)
_INSIDE: Final[tuple[Network, ...]] = (
    IPv4Network("10.0.0.0/8"),
    IPv4Network("127.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
    IPv6Network("::1/128"),
    IPv6Network("fc00::/7"),
)
"""What a sandbox may reach besides: its own machine and its private network."""

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")  # RFC 4291, section 2.4
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")  # RFC 3056
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052
_COMPATIBLE: Final = IPv6Network("::/96")  # RFC 4291, section 2.5.5.1
_ISATAP: Final = (0x00005EFE, 0x02005EFE)  # RFC 5214, section 6.1
_LOCAL_NAMES: Final = ("localhost", "local", "internal", "home.arpa", "localdomain")


class WebhookUrlRefused(CrossError):
    """A URL that no webhook is sent to."""

    code = "webhook_url_refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"no webhook is sent there: {why}")
        self.param = "url"
        self.why = why


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds here. `private`: http and private networks too, in a sandbox; never ourselves.

    `own` are the hosts and ports where this switch itself answers.
    """

    ports: tuple[int, ...] = (HTTPS_PORT,)
    private: bool = False
    denied: tuple[Network, ...] = ()
    own: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads; `address` where it names one, else `host` has to be looked up."""

    secure: bool
    host: str
    port: int
    address: Address | None


def target_of(url: str, rules: Rules) -> Target:
    """What the URL names; raises `WebhookUrlRefused`."""
    found = _URL.fullmatch(url) if len(url) <= URL_LETTERS_MAX else None
    if found is None:
        raise WebhookUrlRefused("it is not an https URL of visible ASCII letters")
    secure = found[1] == "https"
    if not secure and not rules.private:
        raise WebhookUrlRefused("it is not https")
    port = int(found[3]) if found[3] else (HTTPS_PORT if secure else HTTP_PORT)
    if not rules.private and port not in rules.ports:
        raise WebhookUrlRefused(f"port {port} is not open for webhooks")
    host = found[2].lower()
    address = _address_in(host)
    if address is None:
        _require_name(host, rules)
    target = Target(secure, host.strip("[]"), port, address)
    if any(
        target.host == name.strip("[]") and _is_own_port(target, at, rules)
        for name, at in rules.own
    ):
        raise WebhookUrlRefused("it is this switch itself")
    if address is not None:
        require_allowed(address, port, rules)
    return target


def require_allowed(
    address: Address, port: int, rules: Rules, *, own_addresses: tuple[Address, ...] = ()
) -> None:
    """Raises `WebhookUrlRefused` where nothing may be sent to that address."""
    for one in _meant_by(address):
        if _is_denied(one, rules):
            raise WebhookUrlRefused("its address is not a public one")
        ours = one in own_addresses or (one.is_loopback and rules.private)
        if ours and (not rules.private or any(port == at for _, at in rules.own)):
            raise WebhookUrlRefused("it is this switch itself")


def _is_own_port(target: Target, at: int, rules: Rules) -> bool:
    """Outside a sandbox our host is ours at every port."""
    return not rules.private or target.port == at


def _address_in(host: str) -> Address | None:
    if host.startswith("["):
        try:
            return IPv6Address(host[1:-1])
        except AddressValueError:
            raise WebhookUrlRefused("its host is not an address") from None
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) is None:
        return None
    try:
        address = IPv4Address(host)
    except AddressValueError:
        raise WebhookUrlRefused("its host is a number in another notation") from None
    return address


def _require_name(host: str, rules: Rules) -> None:
    labels = host.split(".")
    if len(host) > _NAME_LETTERS_MAX or not all(map(_LABEL.fullmatch, labels)):
        raise WebhookUrlRefused("its host is not a name")
    if rules.private:
        return
    local = any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES)
    if local or len(labels) == 1:
        raise WebhookUrlRefused("its host is a name of one network only")


def _is_denied(address: Address, rules: Rules) -> bool:
    if any(address in network for network in rules.denied):
        return True
    if rules.private and any(address in network for network in _INSIDE):
        return False
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return True
    return not address.is_global or any(address in network for network in _NEVER_OUTSIDE)


def _meant_by(address: Address) -> Iterator[Address]:
    """The address that is reached, and every IPv4 address that it carries."""
    if isinstance(address, IPv4Address):
        yield address
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
        return
    yield address
    low = int(address) & 0xFFFF_FFFF
    if address in _SIX_TO_FOUR:
        yield IPv4Address(int(address) >> 80 & 0xFFFF_FFFF)
    if address.teredo is not None:
        yield from address.teredo
    carries = address in _NAT64 or (address in _COMPATIBLE and not address.is_loopback)
    if carries or int(address) >> 32 & 0xFFFF_FFFF in _ISATAP:
        yield IPv4Address(low)


def read_address(text: str) -> Address:
    """An address as a resolver gives it; raises `WebhookUrlRefused` for one with a zone."""
    try:
        address = ip_address(text)
    except ValueError:
        raise WebhookUrlRefused("its address is not a public one") from None
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        raise WebhookUrlRefused("its address is not a public one")
    return address
