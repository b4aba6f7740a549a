"""Every refusal of api.md section 1 answers with its problem document, and writes nothing."""

from typing import Any

import pytest

from tests.api.till import BODIES, JSON, TRANSFER, Answer, Till

CREATING = sorted(BODIES)
READING = [
    "/v1/operators",
    "/v1/operators/lookup?msisdn=90112233",
    "/v1/quotes",
    "/v1/quotes/qt_1",
    "/v1/transfers",
    "/v1/transfers/trf_1",
    "/v1/collections",
    "/v1/collections/col_1",
    "/v1/payouts",
    "/v1/payouts/po_1",
    "/v1/balances",
    "/v1/ledger/accounts",
    "/v1/ledger/entries",
    "/v1/responses/k",
]


@pytest.fixture(autouse=True)
def nothing_is_written(asking: Till) -> Any:
    before = asking.movements_stored()
    yield
    assert asking.movements_stored() == before


def test_without_a_key_nothing_is_told(asking: Till) -> None:
    for path in READING:
        answer = asking.run(asking.call("GET", path))
        assert answer.refuses(401, "authentication_required"), path
        assert answer.headers["www-authenticate"].startswith("Bearer")
    for path in CREATING:
        answer = asking.post(path, BODIES[path], authorization="")
        assert answer.refuses(401, "authentication_required")


@pytest.mark.parametrize(
    "authorization", ["Basic abc", "Bearer", "Bearer ", "sk_test_world", "Bearer sk_test world"]
)
def test_what_is_no_bearer_key_is_none(asking: Till, authorization: str) -> None:
    answer = asking.get("/v1/balances", authorization=authorization)
    assert answer.refuses(401, "authentication_required")


@pytest.mark.parametrize("key", ["sk_test_nobody", "sk_live_world", "sk_test_world2", "sk_é"])
def test_a_key_that_is_nobodys_is_refused(asking: Till, key: str) -> None:
    answer = asking.get("/v1/balances", authorization=f"Bearer {key}")
    assert answer.status == 401


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ("transfer", "/v1/transfers"),
        ("transfer", "/v1/quotes"),
        ("collect", "/v1/collections"),
        ("pay_out", "/v1/payouts"),
        ("collect", "/v1/collections/col_1/cancel"),
        ("pay_out", "/v1/payouts/po_1/cancel"),
    ],
)
def test_a_key_does_what_its_scopes_say(asking: Till, scope: str, path: str) -> None:
    others = {"read", "transfer", "collect", "pay_out", "refund", "admin"} - {scope}
    narrow = asking.another("mer_01JNARR0WNARR0WNARR0WNARR0", scopes=sorted(others))

    assert narrow.post(path, BODIES.get(path)).refuses(403, "missing_scope", scope)


def test_a_key_that_may_not_read_reads_nothing(asking: Till) -> None:
    blind = asking.another("mer_01JB1NDB1NDB1NDB1NDB1NDB1N", scopes=["transfer", "admin"])
    for path in READING:
        assert blind.get(path).refuses(403, "missing_scope", "read"), path


@pytest.mark.parametrize("place", ["query", "path", "body"])
def test_a_key_belongs_in_its_header_only(asking: Till, place: str) -> None:
    """S-API-02."""
    exposed = "sk_live_0123456789abcdefghijABCDEFGHIJ0123456789abc"
    answer = {
        "query": lambda: asking.get(f"/v1/balances?api_key={exposed}"),
        "path": lambda: asking.get(f"/v1/transfers/{exposed}"),
        "body": lambda: asking.post("/v1/transfers", {**TRANSFER, "description": exposed}),
    }[place]()

    assert answer.refuses(400, "key_outside_header")
    assert exposed not in answer.body.decode()


@pytest.mark.parametrize("path", CREATING)
def test_a_movement_needs_an_idempotency_key(asking: Till, path: str) -> None:
    headers = {**asking.signed(), "content-type": JSON}
    answer = asking.run(asking.call("POST", path, body=b"{}", headers=headers))
    assert answer.refuses(400, "idempotency_key_missing", "Idempotency-Key")


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "k" * 256, "a\tb", "clé"])
def test_an_idempotency_key_is_visible_ascii(asking: Till, key: str) -> None:
    """F-I09."""
    answer = asking.post("/v1/transfers", TRANSFER, key=key)
    assert answer.refuses(400, "idempotency_key_invalid", "Idempotency-Key")


@pytest.mark.parametrize("name", ["Idempotency-Key", "Authorization", "Content-Type"])
def test_a_header_that_comes_twice_is_refused(asking: Till, name: str) -> None:
    sent = {**asking.signed(), "content-type": JSON, "idempotency-key": "k"}
    headers = [*sent.items(), (name.lower(), sent[name.lower()])]
    answer = asking.run(asking.call("POST", "/v1/transfers", body=b"{}", headers=headers))
    assert answer.refuses(400, "header_repeated", name.lower())


@pytest.mark.parametrize(
    "media_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/json2", "multipart/json"],
)
def test_a_body_must_say_that_it_is_json(asking: Till, media_type: str) -> None:
    """F-I10."""
    answer = asking.post("/v1/transfers", TRANSFER, content_type=media_type)
    assert answer.refuses(415, "unsupported_media_type")


def test_its_encoding_may_be_named(asking: Till) -> None:
    answer = asking.post("/v1/transfers", {}, content_type="Application/JSON; charset=utf-8")
    assert answer.refuses(422, "missing_field", "quote")


def test_a_compressed_body_is_refused(asking: Till) -> None:
    """F-R06."""
    answer = asking.post("/v1/transfers", TRANSFER, content_encoding="gzip")
    assert answer.refuses(415, "unsupported_encoding")


def test_ten_megabytes_are_refused(asking: Till) -> None:
    body = b'{"description": "' + b"x" * 10_000_000 + b'"}'
    answer = asking.post("/v1/transfers", body)
    assert answer.refuses(413, "body_too_large")
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("path", ["/v1/transfers", "/v1/transfers/trf_1/recheck", "/callbacks"])
def test_a_body_without_an_end_is_not_waited_for(asking: Till, path: str) -> None:
    """F-R04: 1 GiB in pieces, without a length; what comes after 16 MiB is never asked for."""
    if path == "/callbacks":
        path = f"/callbacks/tmoney/{asking.switch.callback_tokens['tmoney']}"
    pieces = [b" " * 16_384] * 65_536
    headers = {**asking.signed(), "content-type": JSON, "idempotency-key": "k"}

    answer = asking.run(asking.call("POST", path, body=pieces, headers=headers))

    assert answer.refuses(413, "body_too_large")
    assert answer.pieces_left > 64_000


def test_a_body_that_says_it_is_huge_is_not_read_at_all(asking: Till) -> None:
    headers = {**asking.signed(), "content-length": str(2**30), "idempotency-key": "k"}
    headers["content-type"] = JSON
    answer = asking.run(asking.call("POST", "/v1/transfers", body=[b" "] * 3, headers=headers))
    assert answer.refuses(413, "body_too_large")
    assert answer.pieces_left == 3


@pytest.mark.parametrize("more", [0, 1])
def test_the_limit_is_64_kib_to_the_byte(asking: Till, more: int) -> None:
    body = b"{}" + b" " * (65_536 - 2 + more)
    answer = asking.post("/v1/transfers", body)
    assert answer.status == (413 if more else 422)


def test_a_caller_that_leaves_before_the_end_opens_nothing(asking: Till) -> None:
    """F-Y02."""
    headers = {**asking.signed(), "content-type": JSON, "idempotency-key": "k"}
    answer = asking.run(asking.call("POST", "/v1/transfers", body=[], headers=headers))
    assert answer.refuses(400, "invalid_json")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/transfers", "GET, POST"),
        ("PUT", "/v1/transfers/trf_1", "GET"),
        ("POST", "/v1/balances", "GET"),
        ("HEAD", "/v1/operators", "GET"),
        ("OPTIONS", "/v1/transfers", "GET, POST"),
        ("GET", "/v1/payouts/po_1/cancel", "POST"),
        ("PATCH", "/callbacks/tmoney/x", "GET, POST"),
        ("POST", "/healthz", "GET"),
        ("BREW", "/openapi.json", "GET"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    asking: Till, method: str, path: str, allowed: str
) -> None:
    answer = asking.run(asking.call(method, path, headers=asking.signed()))
    assert answer.refuses(405, "method_not_allowed")
    assert sorted(answer.headers["allow"].split(", ")) == allowed.split(", ")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v2/transfers",
        "/v1/transfers/",
        "//v1/transfers",
        "/v1/transfers/trf_1/cancel",
        "/v1/../v1/transfers",
        "/metrics",
        "/docs",
        "/redoc",
        "/callbacks/tmoney",
        "/callbacks/tmoney/",
    ],
)
def test_nothing_is_served_elsewhere(asking: Till, path: str) -> None:
    """F-I14; no slash is forgiven, nobody is redirected."""
    answer = asking.get(path)
    assert answer.refuses(404, "unknown_path")
    assert "location" not in answer.headers


def test_a_request_keeps_the_id_it_came_with(asking: Till) -> None:
    given = asking.get("/v1/balances", x_request_id="abc-123")
    assert given.headers["x-request-id"] == "abc-123"
    refused = asking.get("/v1/transfers/trf_1", x_request_id="abc-124")
    assert refused.content["request_id"] == "abc-124"
    assert asking.get("/nowhere", x_request_id="abc-125").content["request_id"] == "abc-125"


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "é", "a\x1b[31m"])
def test_an_id_unfit_for_a_log_is_replaced(asking: Till, given: str) -> None:
    answer = asking.get("/v1/balances", x_request_id=given)
    assert answer.headers["x-request-id"].startswith("req_")


def test_a_mistake_of_ours_shows_no_trace(asking: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("+22890112233 in /srv/secret.py")

    monkeypatch.setattr("cross.api.operators.operators.look_up", break_down)

    answer: Answer = asking.get("/v1/operators/lookup?msisdn=90112233")

    assert answer.refuses(500, "internal")
    assert "secret" not in answer.body.decode()
    assert "90112233" not in answer.body.decode()


def test_what_broke_is_logged_under_the_request_without_its_text(
    asking: Till, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """S-LOG-01: allow-listed fields only."""

    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("+22890112233")

    monkeypatch.setattr("cross.api.operators.operators.look_up", break_down)
    asking.get("/v1/operators/lookup?msisdn=90112233", x_request_id="find-me")

    logged = capsys.readouterr().out
    assert "find-me" in logged
    assert "RuntimeError" in logged
    assert "90112233" not in logged
