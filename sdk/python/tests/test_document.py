"""The SDK against the OpenAPI document that the switch serves: every call, every field."""

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import cross_switch.shapes
from cross.api.app import create_api
from cross.api.document import document_of
from cross_switch.reading import Thing, json_name
from sdk.python.tests.described import Described, calls

DOCUMENT = document_of(create_api())
SCHEMAS = DOCUMENT["components"]["schemas"]
NO_SHAPES = {
    *("Listed", "ListedInOrder", "Movement", "Price", "Shape", "OperatorSaid", "LimitSaid"),
    *("Health", "Readiness"),
}
"""What others are made of, and what is no merchant's."""
ALIASES = {("PATCH", "/v1/webhook_endpoints/{id}")}
"""The same call by another method."""
PREVIEWS = {"dry_run"}
"""Told by the method's name."""


def _operations() -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): call
        for path, found in DOCUMENT["paths"].items()
        for method, call in found.items()
        if path.startswith("/v1/") and (method.upper(), path) not in ALIASES
    }


def _asked() -> dict[tuple[str, str], list[Described]]:
    found: dict[tuple[str, str], list[Described]] = {}
    for one in calls():
        if not one.request.to_sandbox:
            found.setdefault((one.request.method, one.request.path), []).append(one)
    return found


def _things() -> Iterator[type[Thing]]:
    for module in pkgutil.iter_modules(cross_switch.shapes.__path__, "cross_switch.shapes."):
        for found in vars(importlib.import_module(module.name)).values():
            if isinstance(found, type) and issubclass(found, Thing) and found is not Thing:
                yield found


THINGS = {found.__name__: found for found in _things()}


def test_every_call_has_its_method_and_no_method_a_call_that_is_not_there() -> None:
    assert set(_asked()) == set(_operations())


def test_a_method_takes_every_field_and_parameter_of_its_call() -> None:
    for place, operation in _operations().items():
        wanted = {p["name"] for p in operation["parameters"] if p["in"] == "query"}
        wanted |= {name for form in _forms(operation) for name in form["properties"]}
        taken = {name for one in _asked()[place] for name in one.takes}
        assert wanted - taken - PREVIEWS == set(), place


def test_a_call_that_wants_a_key_gets_one_and_no_other_does() -> None:
    for place, operation in _operations().items():
        keyed = any(p["name"] == "Idempotency-Key" for p in operation["parameters"])
        for one in _asked()[place]:
            assert (one.request.key is not None) == keyed, one.name
            previews = "preview" in one.name
            assert ("idempotency_key" in one.takes) == (keyed and not previews), one.name


def test_every_shape_and_every_field_of_it_is_there() -> None:
    answered = {
        name
        for name in SCHEMAS
        if not name.endswith(("Form", "List")) and name not in NO_SHAPES | {"Problem"}
    }

    assert answered - set(THINGS) == set()
    for name in sorted(answered):
        fields = {json_name(one.name) for one in dataclasses.fields(THINGS[name])} - {"raw"}
        assert fields == set(SCHEMAS[name]["properties"]), name


def test_every_field_of_a_problem_is_on_the_error() -> None:
    told = vars(cross_switch.CrossError("no", problem={"code": "x"}))

    assert set(SCHEMAS["Problem"]["properties"]) - {"type", "title", "detail"} <= set(told)


def test_every_category_has_its_error() -> None:
    categories = SCHEMAS["Problem"]["properties"]["category"]["enum"]

    assert set(categories) == set(cross_switch.errors.BY_CATEGORY)


def test_what_a_method_answers_is_what_its_call_does() -> None:
    for place, operation in _operations().items():
        successes = [a for s, a in operation["responses"].items() if s.startswith("2")]
        schema = successes[0].get("content", {}).get("application/json", {}).get("schema", {})
        name = schema.get("$ref", "").rpartition("/")[2].removesuffix("List")
        for one in _asked()[place]:
            if name in THINGS and name not in NO_SHAPES:
                assert one.answers is THINGS[name] or len(successes) > 1, one.name


def _forms(operation: dict[str, Any]) -> list[dict[str, Any]]:
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    refs = schema.get("oneOf", [schema] if schema else [])
    return [SCHEMAS[ref["$ref"].rpartition("/")[2]] for ref in refs]
