"""Each call of an OpenAPI document as a request to try, its body filled in from examples."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

_JSON: Final = "application/json"
_REF: Final = "#/components/schemas/"
_ID_IN_WORDS: Final = re.compile(r"`([a-z]{2,4}_)` id")
_NOBODYS: Final = "01JABCDEFGHJKMNPQRSTVWXYZ0"
_SHOWN_ANYWAY: Final = ("reference", "title", "amount", "currency", "msisdn")
"""Fields that need not be there and that everybody sends."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a path or a query; `value` is an example."""

    name: str
    value: str
    description: str
    required: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """One request: `folder` gathers those of one noun; `body` is None where none is sent."""

    name: str
    folder: str
    method: str
    path: str
    description: str
    path_parameters: tuple[Parameter, ...]
    query: tuple[Parameter, ...]
    is_keyed: bool
    is_public: bool
    body: Mapping[str, Any] | None
    form: str | None = None


def samples_of(document: Mapping[str, Any]) -> Iterator[Sample]:
    """A request for each call, and for each form where a call takes several."""
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            forms = _forms(call)
            for form in forms or (None,):
                yield _sample(document, path, method, call, form=form, is_one=len(forms) < 2)  # noqa: PLR2004


def _sample(  # noqa: PLR0913  one argument a part of the document
    document: Mapping[str, Any],
    path: str,
    method: str,
    call: Mapping[str, Any],
    *,
    form: str | None,
    is_one: bool,
) -> Sample:
    name = call["operationId"].replace("_", " ").capitalize()
    schemas = document["components"]["schemas"]
    return Sample(
        name=name if is_one else f"{name} ({form})",
        folder=call["tags"][0],
        method=method.upper(),
        path=path,
        description=call["description"],
        path_parameters=tuple(_parameters(call, "path")),
        query=tuple(_parameters(call, "query")),
        is_keyed=any(one["name"] == "Idempotency-Key" for one in call["parameters"]),
        is_public=call.get("security") == [],
        body=None if form is None else _value(schemas[form], form, schemas),
        form=form,
    )


def _forms(call: Mapping[str, Any]) -> tuple[str, ...]:
    schema = call.get("requestBody", {}).get("content", {}).get(_JSON, {}).get("schema", {})
    choices = schema.get("oneOf", [schema])
    return tuple(one["$ref"].removeprefix(_REF) for one in choices if "$ref" in one)


def _parameters(call: Mapping[str, Any], place: str) -> Iterator[Parameter]:
    for one in call["parameters"]:
        if one["in"] == place:
            example = one["schema"].get("default", one["schema"].get("minimum", ""))
            required = one.get("required", False)
            yield Parameter(one["name"], str(example), one["description"], required)


def _value(schema: Mapping[str, Any], name: str, schemas: Mapping[str, Any]) -> Any:  # noqa: ANN401  JSON
    """What a caller might send there: an example, or the least that the schema takes."""
    if "$ref" in schema and "examples" not in schema:
        return _value(schemas[schema["$ref"].removeprefix(_REF)], name, schemas)
    for choices in ("anyOf", "oneOf"):
        if choices in schema:
            chosen = next(one for one in schema[choices] if one.get("type") != "null")
            told = {key: schema[key] for key in ("examples", "description") if key in schema}
            return _value({**chosen, **told}, name, schemas)
    if name == "reference":
        return "TEST-{{$timestamp}}"
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("properties"):
        return dict(_fields(schema, schemas))
    return _least(schema, schemas)


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, field in schema["properties"].items():
        if name in schema.get("required", ()) or name in _SHOWN_ANYWAY:
            yield name, _value(field, name, schemas)


def _least(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:  # noqa: ANN401  JSON
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "integer":
            return max(schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1)
        case "boolean":
            return False
        case "array":
            wanted = schema.get("minItems", 0)
            return [_value(schema["items"], "", schemas)] * wanted
        case "object":
            return {}
        case _:
            named = _ID_IN_WORDS.search(schema.get("description", ""))
            return f"{named[1]}{_NOBODYS}" if named else "text"
