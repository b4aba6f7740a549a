"""Who administers, and that strangers learn nothing of where that is done (S-LOG-03, S-LOG-06)."""

import json
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
import structlog

from cross.api.admin.app import NOUNS
from cross.api.routing import AnsweringRoute
from cross.bootstrap import front_door
from tests.api.till import Till
from tests.world import quick_settings

ROUTES = sorted(
    (method, route.path_format.replace("{", "").replace("}", ""))
    for noun in NOUNS
    for route in noun.router.routes
    if isinstance(route, AnsweringRoute)
    for method in sorted(route.methods or ())
)
LOCAL = "127.0.0.1"


def ask(
    till: Till, method: str, path: str, *headers: tuple[str, str], peer: str = LOCAL
) -> tuple[int, dict[str, str], bytes]:
    """An answer of the whole front door to a caller at that address."""
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "client": (peer, 1),
        "server": ("switch", 80),
    }
    app = front_door(till.switch, quick_settings())

    async def answered() -> None:
        await app(scope, receive, send)

    till.run(answered())
    told = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return said[0]["status"], told, said[1].get("body", b"")


def known(till: Till) -> tuple[str, str]:
    return "authorization", f"Bearer {till.switch.seals.admin_tokens()[0]}"


def without_id(answer: tuple[int, dict[str, str], bytes]) -> object:
    status, headers, body = answer
    headers = {k: v for k, v in headers.items() if k not in ("x-request-id", "content-length")}
    content = {k: v for k, v in json.loads(body).items() if k != "request_id"}
    return status, headers, content


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("authorization", "Bearer adm_guess"),),
        (("authorization", "Bearer adm_guess"), ("authorization", "Bearer adm_guess")),
        (("x-cross-admin", "a"), ("x-cross-admin", "b")),
    ],
)
def test_a_stranger_cannot_tell_an_admin_call_from_nothing(
    asking: Till, headers: tuple[tuple[str, str], ...]
) -> None:
    nothing = without_id(ask(asking, "GET", "/admin/nothing", *headers))
    for method, path in ROUTES:
        for tried in (method, "DELETE", "PATCH"):
            assert without_id(ask(asking, tried, path, *headers)) == nothing, (tried, path)
    assert without_id(ask(asking, "POST", "/metrics", *headers, peer="192.0.2.7")) == nothing


def test_an_admin_is_told_which_method_is_taken(asking: Till) -> None:
    status, headers, _ = ask(asking, "DELETE", "/admin/audit", known(asking))
    assert (status, headers["allow"]) == (405, "GET")


def test_a_proxy_that_nobody_named_brings_no_admin(asking: Till) -> None:
    """It is on this machine: without it said, everybody behind it would be of this machine too."""
    assert ask(asking, "GET", "/admin/keys", known(asking))[0] == 200
    assert ask(asking, "GET", "/metrics")[0] == 200
    for name in ("x-forwarded-for", "forwarded", "x-real-ip"):
        told = (name, "192.0.2.7")
        assert ask(asking, "GET", "/admin/keys", known(asking), told)[0] == 404
        assert ask(asking, "GET", "/metrics", told)[0] == 404


def test_a_proxy_of_ours_brings_whom_it_saw(asking: Till) -> None:
    plain = asking.switch.settings
    asking.switch.settings = replace(plain, trusted_proxies=(ip_network("10.0.0.0/8"),))
    try:
        for seen, status in ((LOCAL, 200), (f"::ffff:{LOCAL}", 200), ("192.0.2.7", 404)):
            answer = ask(
                asking,
                "GET",
                "/admin/keys",
                known(asking),
                ("x-forwarded-for", seen),
                peer="10.0.0.1",
            )
            assert answer[0] == status, seen
    finally:
        asking.switch.settings = plain


def test_who_was_refused_is_in_the_log_and_the_token_is_not(asking: Till) -> None:
    with structlog.testing.capture_logs() as logs:
        ask(asking, "GET", "/admin/keys", ("authorization", "Bearer adm_0123456789"))
        ask(asking, "GET", "/admin/keys", known(asking), peer="192.0.2.7")
    refused = [line for line in logs if line["event"] == "admin_refused"]
    assert [(line["because"], line["peer"]) for line in refused] == [
        ("token", LOCAL),
        ("network", "192.0.2.7"),
    ]
    assert "adm_" not in json.dumps(logs, default=str)
