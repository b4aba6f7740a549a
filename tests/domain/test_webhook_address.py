"""Where a webhook may go: eight hostile spellings and more of each kind (S-OUT-02, S-OUT-03)."""

from ipaddress import ip_address, ip_network

import pytest

from cross.domain.webhook_address import (
    Rules,
    WebhookUrlRefused,
    read_address,
    require_allowed,
    target_of,
)

HERE = Rules(own=(("cross.example.com", 443),))
SANDBOX = Rules(private=True, own=(("127.0.0.1", 8228),))

HOSTILE = {
    "not https": (
        "http://shop.example.com/",
        "ftp://shop.example.com/",
        "file:///etc/passwd",
        "gopher://shop.example.com/",
        "//shop.example.com/",
        "shop.example.com/hook",
        "javascript:alert(1)",
        "https:shop.example.com",
        "https:///hook",
    ),
    "another port": tuple(
        f"https://shop.example.com:{port}/" for port in (80, 22, 25, 3306, 5432, 6379, 8228, 65536)
    ),
    "user-info and confusion": (
        "https://user@shop.example.com/",
        "https://user:pass@shop.example.com/",
        "https://127.0.0.1@shop.example.com/",
        "https://shop.example.com@127.0.0.1/",
        "https://shop.example.com\\@127.0.0.1/",
        "https://shop.example.com#@127.0.0.1/",
        "https://shop.example.com%40127.0.0.1/",
        "https://127.0.0.1\\.shop.example.com/",
        "https://shop.example.com /",
        "https://shop.example.com\r\nHost: x/",
        "https://shop.example.com/\0",
    ),
    "number in another notation": (
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://127.0.1/",
        "https://0x7f.0.0.1/",
        "https://0/",
        "https://127.0.0.1./",
        "https://127.0.0.0x1/",
        "https://00000177.1/",
        "https://017700000001/",
        "https://1.1.1.999/",
    ),
    "private address": (
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://168.63.129.16/machine?comp=goalstate",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://198.18.0.1/",
        "https://192.0.2.1/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://240.0.0.1/",
        "https://192.88.99.1/",
    ),
    "private address of version 6": (
        "https://[::1]/",
        "https://[::]/",
        "https://[fe80::1]/",
        "https://[fe80::1%25eth0]/",
        "https://[fc00::1]/",
        "https://[fd12:3456::1]/",
        "https://[fec0::1]/",
        "https://[ff02::1]/",
        "https://[2001:db8::1]/",
        "https://[100::1]/",
        "https://[3fff::1]/",
        "https://[v1.1]/",
    ),
    "an address of version 4 in one of version 6": (
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b::808:808]/",
        "https://[64:ff9b:1::a00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[2002:a9fe:a9fe::1]/",
        "https://[2001:0:7f00:1::]/",
        "https://[2a00::5efe:a00:1]/",
        "https://[2a00::200:5efe:c0a8:101]/",
    ),
    "a name of one network": (
        "https://localhost/",
        "https://LOCALHOST/",
        "https://shop.localhost/",
        "https://printer.local/",
        "https://metadata.google.internal/",
        "https://router.home.arpa/",
        "https://intranet/",
        "https://localhost./",
        "https://db.localdomain/",
    ),
    "a name that is none": (
        "https://shop.example.com./",
        "https://-shop.example.com/",
        "https://shop..example.com/",
        "https://shop_1.example.com/",
        "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
        "https://１２７.０.０.１/",
        "https://shop。example.com/",
        "https://bücher.example/",
        "https://%6c%6f%63%61%6c%68%6f%73%74/",
        f"https://{'a' * 64}.example.com/",
        f"https://{'a.' * 130}com/",
        f"https://shop.example.com/{'a' * 2_000}",
    ),
    "this switch itself": (
        "https://cross.example.com/",
        "https://CROSS.example.com/v1/payouts",
        "https://cross.example.com:443/",
        "https://Cross.Example.Com/admin/keys",
        "https://cross.example.com?x=1",
        "https://cross.example.com/callbacks/tmoney/x",
        "https://cross.example.com/webhooks/payment",
        "https://cross.example.com/../admin",
    ),
}


@pytest.mark.parametrize("url", [url for urls in HOSTILE.values() for url in urls])
def test_a_hostile_url_is_refused(url: str) -> None:
    """F-S01."""
    with pytest.raises(WebhookUrlRefused):
        target_of(url, HERE)


def test_there_are_eight_of_each_kind() -> None:
    assert all(len(set(urls)) >= 8 for urls in HOSTILE.values())


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://shop.example.com", "shop.example.com", 443),
        ("https://Shop.example.com:443/hooks?a=b&c=%20", "shop.example.com", 443),
        ("https://xn--bcher-kva.example/hook", "xn--bcher-kva.example", 443),
        ("https://8.8.8.8/hook", "8.8.8.8", 443),
        ("https://[2a00:1450:4007:80c::200e]/hook", "2a00:1450:4007:80c::200e", 443),
    ],
)
def test_a_public_url_is_taken(url: str, host: str, port: int) -> None:
    target = target_of(url, HERE)

    assert (target.host, target.port, target.secure) == (host, port, True)


def test_a_port_is_open_where_a_setting_says_so() -> None:
    assert target_of("https://shop.example.com:8443/", Rules(ports=(443, 8443))).port == 8443


def test_a_network_of_the_extra_list_is_refused() -> None:
    rules = Rules(denied=(ip_network("8.8.8.0/24"),))

    with pytest.raises(WebhookUrlRefused):
        target_of("https://8.8.8.8/", rules)


def test_a_sandbox_takes_its_own_machine_but_not_itself() -> None:
    assert target_of("http://127.0.0.1:9000/hook", SANDBOX).port == 9000
    assert not target_of("http://localhost:9000/hook", SANDBOX).secure
    with pytest.raises(WebhookUrlRefused):
        require_allowed(ip_address("127.0.0.1"), 8228, SANDBOX)
    for itself in ("http://127.0.0.1:8228/", "http://[::1]:8228/", "http://127.0.0.2:8228/"):
        with pytest.raises(WebhookUrlRefused):
            target_of(itself, SANDBOX)
    for outside in ("http://169.254.169.254/", "http://0.0.0.0:9000/", "http://[ff02::1]:9000/"):
        with pytest.raises(WebhookUrlRefused):
            target_of(outside, SANDBOX)


@pytest.mark.parametrize("zoned", ["fe80::1%eth0", "2606:4700::1111%eth0", "::1%1"])
def test_an_address_of_one_interface_is_none_that_a_webhook_goes_to(zoned: str) -> None:
    with pytest.raises(WebhookUrlRefused):
        read_address(zoned)
