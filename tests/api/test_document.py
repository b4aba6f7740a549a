"""`/openapi.json`: OpenAPI 3.1, every route in it, every reference leading somewhere."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute

from cross.api import answers, openapi
from cross.api.admin.app import NOUNS
from cross.api.app import create_api
from cross.api.errors import KINDS
from tests.api.till import DOCUMENT, Till

CREATING = (
    *("/v1/transfers", "/v1/collections", "/v1/payouts", "/v1/refunds"),
    *("/v1/orders", "/v1/payouts/batches"),
)
ON_PAGES = {
    "too_many_attempts",
    "operator_not_offered",
    "not_handed_over",
    "link_closed",
    "amount_not_of_link",
}
"""Codes that a payer meets on a page, and no merchant in a call."""


def test_it_is_served_without_a_key(asking: Till) -> None:
    answer = asking.run(asking.call("GET", "/openapi.json"))
    assert answer.content == json.loads(json.dumps(DOCUMENT))
    assert answer.content["openapi"].startswith("3.1.")
    assert asking.get("/openapi.json").body == asking.get("/openapi.json").body


def test_it_is_written_out_once_however_often_strangers_ask(
    asking: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-R03: thousands that ask and read nothing cost its encoding once, not a time each."""
    first = asking.get("/openapi.json").body

    def again(content: object) -> str:
        raise AssertionError(content)

    for module in (answers, openapi):
        monkeypatch.setattr(module, "encoded", again)
    assert asking.get("/openapi.json").body == first


def test_every_route_is_in_it() -> None:
    served = {
        (route.path_format, method.lower())
        for route in create_api().routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    described = {(path, method) for path, calls in DOCUMENT["paths"].items() for method in calls}

    assert served == described
    assert len(create_api().routes) == len(served)


def test_every_reference_leads_somewhere() -> None:
    for reference in _references(DOCUMENT):
        found: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found


def test_every_parameter_of_a_path_is_described() -> None:
    for path, method, call in _calls():
        named = {p["name"] for p in call["parameters"] if p["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path)), (method, path)
        places = [(p["in"], p["name"]) for p in call["parameters"]]
        assert len(places) == len(set(places))
        assert all(p["schema"]["type"] for p in call["parameters"])


def test_an_operation_has_a_name_of_its_own_and_says_what_it_is_for() -> None:
    names = [call["operationId"] for _, _, call in _calls()]
    assert len(names) == len(set(names))
    assert all(call["description"].strip() for _, _, call in _calls())


def test_every_call_under_v1_wants_a_key_and_tells_every_refusal() -> None:
    for path, method, call in _calls():
        if not path.startswith("/v1"):
            assert call["security"] == []
            continue
        assert "security" not in call
        wanted = {"400", "401", "403", "422", "429", "500", "503"}
        assert wanted <= set(call["responses"]), (method, path)
    assert DOCUMENT["security"] == [{"key": []}]


def test_creating_calls_say_that_they_need_an_idempotency_key() -> None:
    for path, method, call in _calls():
        keyed = {p["name"] for p in call["parameters"] if p.get("required")} & {"Idempotency-Key"}
        creates = method == "post" and path in CREATING
        assert bool(keyed) == creates
        if creates:
            success = call["responses"].get("202") or call["responses"]["201"]
            assert "Idempotent-Replayed" in success["headers"]


def test_every_code_named_in_it_is_one_of_the_table() -> None:
    named: set[str] = set()
    admin = [
        route.responses
        for noun in NOUNS
        for route in noun.router.routes
        if isinstance(route, APIRoute)
    ]
    for responses in [*(call["responses"] for _, _, call in _calls()), *admin]:
        for status, answer in responses.items():
            if "application/problem+json" in answer.get("content", {}):
                codes = re.findall(r"`(\w+)`", answer["description"])
                assert codes
                assert {KINDS[code].status for code in codes} == {int(status)}
                named |= set(codes)
    assert set(KINDS) - named == {"method_not_allowed", *ON_PAGES}


def test_forms_refuse_what_they_do_not_name() -> None:
    """F-S10, S-API-06."""
    schemas = DOCUMENT["components"]["schemas"]
    for name, schema in schemas.items():
        if name.endswith("Form"):
            assert schema["additionalProperties"] is False, name


def _calls() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, calls in DOCUMENT["paths"].items():
        for method, call in calls.items():
            yield path, method, call


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
