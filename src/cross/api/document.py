"""The OpenAPI 3.1 document: what each call takes, every way it may answer, and every shape."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from cross import __version__
from cross.api import (
    batch_schemas,
    customer_schemas,
    forms,
    order_forms,
    order_schemas,
    request_log_schemas,
    schemas,
    settlement_schemas,
    webhook_forms,
    webhook_schemas,
)
from cross.api.errors import KINDS
from cross.api.parameters import HEADERS_IN, HEADERS_OUT, PATH, QUERY, Parameter
from cross.api.webhook_document import webhooks_described

JSON: Final = "application/json"
PROBLEM_JSON: Final = "application/problem+json"
REF: Final = "#/components/schemas/"

MODULES: Final = (
    forms,
    order_forms,
    schemas,
    order_schemas,
    customer_schemas,
    batch_schemas,
    settlement_schemas,
    request_log_schemas,
    webhook_forms,
    webhook_schemas,
)
"""Where the shapes are; the lists of a module are in its `PAGES`."""

ANY_CALL: Final = ("header_repeated", "internal", "rate_limited", "unavailable")
AUTHENTICATED: Final = (
    "authentication_required",
    "unknown_key",
    "missing_scope",
    "key_outside_header",
    "network_not_allowed",
    "merchant_suspended",
)
ANY_BODY: Final = ("body_too_large", "unsupported_encoding", "invalid_json")
ANY_FORM: Final = (
    *ANY_BODY,
    "unsupported_media_type",
    "duplicate_field",
    "unknown_field",
    "missing_field",
    "invalid_type",
    "invalid_value",
    "invalid_length",
    "invalid_characters",
    "amount_not_whole",
    "amount_out_of_range",
    "invalid_msisdn",
    "unknown_operator",
    "unknown_currency",
)
KEYED: Final = (
    "idempotency_key_missing",
    "idempotency_key_invalid",
    "idempotency_key_reused",
    "request_in_progress",
    "reference_already_used",
    "customer_not_found",
    "quarantined",
)
LIMIT_CODES: Final = (
    *("limit_exceeded", "velocity_exceeded", "prompt_already_open", "too_many_wrong_pins"),
    *("overloaded", "operator_unavailable", "acceptance_unknown", "operator_stopped"),
)
"""What a movement may be refused with that is more, or comes sooner, than its merchant may ask."""

ANY_QUERY: Final = ("unknown_parameter", "duplicate_parameter", "invalid_parameter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What the document says of one call.

    `answers`: the names of the shapes it may answer with; `codes`: refusals of its own; `keyed`:
    it needs an Idempotency-Key; `bare`: it takes a body that must be empty; `wants`: required
    query parameters; `leads_on`: it may answer with an address to go to;
    `image`: what it answers with is no JSON; `saved`: that is a file with a name;
    `created`: shapes of a 201 beside the other success;
    `files`: media types that it takes in place of JSON.
    """

    answers: tuple[str, ...]
    status: int = 200
    takes: tuple[type[BaseModel], ...] = ()
    query: tuple[str, ...] = ()
    wants: tuple[Parameter, ...] = ()
    codes: tuple[str, ...] = ()
    keyed: bool = False
    bare: bool = False
    public: bool = False
    leads_on: bool = False
    operation_id: str | None = None
    image: str | None = None
    saved: bool = False
    created: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def on_route(self, path: str) -> dict[str, Any]:
        """What FastAPI is told of the call."""
        return {
            "status_code": self.status,
            "operation_id": self.operation_id,
            "tags": [path.removeprefix("/v1").split("/")[1]],
            "responses": {**dict(self._successes()), **dict(self._refusals())},
            "openapi_extra": self._extra(path),
        }

    def _extra(self, path: str) -> dict[str, Any]:
        names = [parameter for parameter in PATH if f"{{{parameter}" in path]
        parameters = [PATH[name] for name in names] + [QUERY[name] for name in self.query]
        parameters += [*self.wants, HEADERS_IN["X-Request-Id"]]
        extra: dict[str, Any] = {"parameters": parameters}
        if self.keyed:
            parameters.append(HEADERS_IN["Idempotency-Key"])
        if self.public:
            extra["security"] = []
        if self.takes:
            refs = [{"$ref": f"{REF}{form.__name__}"} for form in self.takes]
            schema = refs[0] if len(refs) == 1 else {"oneOf": refs}
            content = {JSON: {"schema": schema}, **{media_type: {} for media_type in self.files}}
            extra["requestBody"] = {"required": True, "content": content}
        return extra

    def _successes(self) -> Iterator[tuple[int, dict[str, Any]]]:
        headers = _headers("X-Request-Id")
        if self.keyed or self.status == HTTPStatus.ACCEPTED:
            headers |= _headers("Idempotent-Replayed")
        if self.saved:
            headers |= _headers("Content-Disposition")
        whole = {JSON: {"schema": _one_of(self.answers)}}
        content = whole if self.answers else {self.image or "*/*": {}}
        yield self.status, _success(self.status, headers, content)
        if self.created:
            content = {JSON: {"schema": _one_of(self.created)}}
            yield HTTPStatus.CREATED.value, _success(HTTPStatus.CREATED, headers, content)
        if self.leads_on:
            headers = _headers("X-Request-Id", "Location")
            yield HTTPStatus.SEE_OTHER.value, _success(HTTPStatus.SEE_OTHER, headers, {})

    def _refusals(self) -> Iterator[tuple[int, dict[str, Any]]]:
        codes = [*ANY_CALL, *(() if self.public else AUTHENTICATED), *self.codes]
        codes += ANY_FORM if self.takes else ()
        codes += (*ANY_BODY, "unknown_field") if self.bare else ()
        codes += KEYED if self.keyed else ()
        codes += () if self.public else ANY_QUERY
        for status in sorted({KINDS[code].status for code in codes}):
            named = sorted({code for code in codes if KINDS[code].status == status})
            yield status, _problem(status, named)


def document_of(api: FastAPI) -> dict[str, Any]:
    """The whole document."""
    document = get_openapi(
        title="Cross",
        version=__version__,
        openapi_version="3.1.0",
        summary="A switch between mobile-money operators.",
        description="Amounts are whole numbers of the currency's smallest unit.",
        routes=api.routes,
    )
    document["components"] = {
        "schemas": _schemas(),
        "headers": HEADERS_OUT,
        "securitySchemes": {
            "key": {"type": "http", "scheme": "bearer", "bearerFormat": "sk_test_… or sk_live_…"}
        },
    }
    document["security"] = [{"key": []}]
    document["webhooks"] = webhooks_described()
    return document


def _schemas() -> Mapping[str, Any]:
    shapes = [
        found
        for module in MODULES
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, BaseModel) and found is not BaseModel
    ]
    shapes = list(dict.fromkeys(shapes))
    for module in MODULES:
        shapes += getattr(module, "PAGES", {}).values()
    _, whole = models_json_schema(
        [(shape, "validation") for shape in shapes], ref_template=f"{REF}{{model}}"
    )
    found: dict[str, Any] = whole["$defs"]
    return found


def _one_of(names: tuple[str, ...]) -> dict[str, Any]:
    refs = [{"$ref": f"{REF}{name}"} for name in names]
    return {"oneOf": refs} if len(refs) > 1 else dict(*refs)


def _success(status: int, headers: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    told = {"description": HTTPStatus(status).phrase, "headers": headers}
    return {**told, "content": content} if content else told


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _problem(status: int, codes: list[str]) -> dict[str, Any]:
    headers = _headers("X-Request-Id")
    for name, statuses in (("Retry-After", (409, 429, 503)), ("WWW-Authenticate", (401,))):
        if status in statuses:
            headers |= _headers(name)
    return {
        "description": ", ".join(f"`{code}`" for code in codes),
        "headers": headers,
        "content": {PROBLEM_JSON: {"schema": {"$ref": f"{REF}Problem"}}},
    }
