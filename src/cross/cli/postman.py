"""The calls of the API as a Postman collection, version 2.1.

Source: https://schema.getpostman.com/json/collection/v2.1.0/collection.json
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from cross.cli.samples import Parameter, Sample

SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
ANY_KEY: Final = "{{$guid}}"
"""Both Postman and Bruno write a new UUID there."""


def postman_collection(
    samples: Iterable[Sample], *, title: str, version: str, base_url: str
) -> dict[str, Any]:
    """The collection, to be imported as it is; `api_key` is filled in by whoever imports it."""
    folders: dict[str, list[dict[str, Any]]] = {}
    for sample in samples:
        folders.setdefault(sample.folder, []).append(_item(sample))
    return {
        "info": {"name": f"{title} {version}", "schema": SCHEMA},
        "auth": {
            "type": "bearer",
            "bearer": [{"key": "token", "value": "{{api_key}}", "type": "string"}],
        },
        "variable": [
            {"key": "base_url", "value": base_url, "type": "string"},
            {"key": "api_key", "value": "", "type": "string"},
        ],
        "item": [{"name": name, "item": items} for name, items in folders.items()],
    }


def _item(sample: Sample) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": sample.method,
        "header": [_header(name, value) for name, value in headers_of(sample).items()],
        "url": _url(sample),
        "description": sample.description,
    }
    if sample.is_public:
        request["auth"] = {"type": "noauth"}
    if sample.body is not None:
        request["body"] = {
            "mode": "raw",
            "raw": json.dumps(sample.body, indent=2, ensure_ascii=False),
            "options": {"raw": {"language": "json"}},
        }
    return {"name": sample.name, "request": request, "response": []}


def headers_of(sample: Sample) -> Mapping[str, str]:
    """The headers that a request needs beside the key."""
    typed = {} if sample.body is None else {"Content-Type": "application/json"}
    return typed | ({"Idempotency-Key": ANY_KEY} if sample.is_keyed else {})


def _header(name: str, value: str) -> dict[str, str]:
    return {"key": name, "value": value, "type": "text"}


def _url(sample: Sample) -> dict[str, Any]:
    path = colons(sample.path)
    return {
        "raw": f"{{{{base_url}}}}{path}",
        "host": ["{{base_url}}"],
        "path": path.removeprefix("/").split("/"),
        "query": [{**_named(one), "disabled": not one.required} for one in sample.query],
        "variable": [_named(one) for one in sample.path_parameters],
    }


def _named(parameter: Parameter) -> dict[str, Any]:
    return {
        "key": parameter.name,
        "value": parameter.value,
        "description": parameter.description,
    }


def colons(path: str) -> str:
    """The parts that differ as Postman and Bruno write them: `/v1/orders/:id`."""
    return path.replace("{", ":").replace("}", "")
