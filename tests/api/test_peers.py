"""Who called, behind proxies of ours: what a stranger writes of himself is not believed."""

from ipaddress import ip_network

import pytest
from starlette.requests import Request

from cross.api.peers import peer_of

OURS = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))


def asked(peer: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    client = None if peer is None else (peer, 40_000)
    return Request({"type": "http", "client": client, "headers": headers})


@pytest.mark.parametrize(
    ("peer", "forwarded", "called"),
    [
        ("192.0.2.7", (), "192.0.2.7"),
        ("192.0.2.7", ("198.51.100.1",), "192.0.2.7"),  # a stranger may write what he likes
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("203.0.113.9, 198.51.100.1",), "198.51.100.1"),  # S-IN: his word is not ours
        ("10.0.0.1", ("203.0.113.9", "198.51.100.1, 10.0.0.2"), "198.51.100.1"),
        ("2001:db8::1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("198.51.100.1, nobody",), "10.0.0.1"),
        ("10.0.0.1", ("",), "10.0.0.1"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("10.0.0.3, 10.0.0.2",), "10.0.0.3"),
        (None, ("198.51.100.1",), ""),
    ],
)
def test_the_caller_is_whom_our_own_proxies_saw(
    peer: str | None, forwarded: tuple[str, ...], called: str
) -> None:
    assert peer_of(asked(peer, *forwarded), OURS) == called


def test_without_trusted_proxies_the_socket_alone_tells() -> None:
    assert peer_of(asked("10.0.0.1", "198.51.100.1"), ()) == "10.0.0.1"


def test_a_long_row_of_our_own_hops_ends_somewhere() -> None:
    assert peer_of(asked("10.0.0.1", ", ".join(["10.0.0.2"] * 10_000)), OURS) == "10.0.0.2"
