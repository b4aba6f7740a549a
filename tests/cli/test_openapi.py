"""`cross openapi` and `cross collection`: every call, with bodies that the API takes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from cross.api import forms
from cross.api.app import create_api
from cross.api.bodies import fill
from cross.api.document import document_of
from cross.cli.samples import samples_of
from tests.cli.running import Typed

DOCUMENT = document_of(create_api())
SAMPLES = list(samples_of(DOCUMENT))
CALLS = {(method.upper(), path) for path, calls in DOCUMENT["paths"].items() for method in calls}


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Typed:
    """Types commands where no sandbox runs: these need none."""
    return Typed(tmp_path_factory.mktemp("home"))


def form_named(name: str) -> type[BaseModel]:
    for kind in _subclasses(forms.StrictForm):
        if kind.__name__ == name:
            return kind
    raise AssertionError(name)


def _subclasses(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in kind.__subclasses__():
        yield one
        yield from _subclasses(one)


def test_the_document_is_the_one_that_is_served(typed: Typed, tmp_path: Path) -> None:
    assert json.loads(typed("openapi").out) == json.loads(json.dumps(DOCUMENT))
    file = tmp_path / "cross.json"
    told = typed.document("openapi", "--output", str(file))
    assert told["calls"] == len(CALLS)
    assert json.loads(file.read_text("utf-8"))["openapi"] == "3.1.0"


def test_postman_gets_every_call_with_the_key_and_no_secret(typed: Typed) -> None:
    made = json.loads(typed("collection", "postman").out)

    assert made["info"]["schema"].endswith("/v2.1.0/collection.json")
    assert {one["key"]: one["value"] for one in made["variable"]}["api_key"] == ""
    found = set()
    for folder in made["item"]:
        for item in folder["item"]:
            request = item["request"]
            path = re.sub(r":(\w+)", r"{\1}", "/" + "/".join(request["url"]["path"]))
            found.add((request["method"], path))
            assert request["url"]["raw"].startswith("{{base_url}}/")
            named = {one["key"] for one in request["url"]["variable"]}
            assert named == set(re.findall(r"\{(\w+)\}", path))
            if "body" in request:
                assert isinstance(json.loads(request["body"]["raw"]), dict)
    assert found == CALLS


def test_what_creates_carries_a_new_key_each_time(typed: Typed) -> None:
    made = json.loads(typed("collection", "postman").out)
    (orders,) = (folder for folder in made["item"] if folder["name"] == "orders")
    (create,) = (item for item in orders["item"] if item["name"] == "Create order")
    headers = {one["key"]: one["value"] for one in create["request"]["header"]}
    assert headers["Idempotency-Key"] == "{{$guid}}"


@pytest.mark.parametrize(
    "sample", [one for one in SAMPLES if one.form], ids=lambda one: str(one.form)
)
def test_the_body_of_a_sample_is_what_its_form_takes(sample: Any) -> None:
    fill(form_named(sample.form), dict(sample.body))


def test_bruno_gets_every_call_as_a_file(typed: Typed, tmp_path: Path) -> None:
    folder = tmp_path / "bruno"
    told = typed.document("collection", "bruno", "--output", str(folder))

    assert told["calls"] == len(SAMPLES)
    assert json.loads((folder / "bruno.json").read_text("utf-8"))["type"] == "collection"
    found = set()
    for file in folder.glob("*/*.bru"):
        text = file.read_text("utf-8")
        assert text.count("{\n") >= text.count("\n}\n") > 0
        request = re.search(
            r"^(get|post|put|patch|delete) \{\n  url: \{\{base_url\}\}(\S+)", text, re.MULTILINE
        )
        if request is not None:
            path = re.sub(r":(\w+)", r"{\1}", request[2])
            found.add((request[1].upper(), path))
    assert found == CALLS
    assert "bearer" in (folder / "collection.bru").read_text("utf-8")


def test_a_place_that_cannot_be_written_is_said(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "taken"
    file.write_text("", "utf-8")
    said = typed("collection", "bruno", "--output", str(file))
    assert said.code == 1
    assert "cannot be written" in said.err
