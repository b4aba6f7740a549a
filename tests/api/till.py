"""A merchant's till: calls the real application in process, and holds every answer to the document.

Whatever a test asks for, the status, the headers and the shape of what comes back must be what
`/openapi.json` says of that call; a test that is about something else finds a lie there too.
"""

import asyncio
import json
import re
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from pydantic import BaseModel

from cross.api import schemas
from cross.api.app import create_api, create_app
from cross.api.document import MODULES, document_of
from cross.storage.store import ApiKeyRow, MerchantRow
from cross.switch.keys import SCOPES, hash_of
from cross.switch.switch import Switch
from tests.world import SECRET, World, until

T = TypeVar("T")

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
DOCUMENT: Final = document_of(create_api())
SHAPES: Final[Mapping[str, type[BaseModel]]] = {
    name: shape
    for module in MODULES
    for name, shape in {**vars(module), **getattr(module, "PAGES", {})}.items()
    if isinstance(shape, type)
}
PATHS: Final = {
    path: re.compile(
        re.sub(r"\\{key\\}", ".+", re.sub(r"\\{(?!key)\w+\\}", "[^/]+", re.escape(path)))
    )
    for path in sorted(DOCUMENT["paths"], key=lambda path: path.count("{"))
}

FINAL: Final = {"completed", "refunded", "failed", "succeeded", "expired", "canceled"}

TRANSFER: Final[Mapping[str, Any]] = {
    "source": {"operator": "tmoney", "msisdn": "90 11 22 33"},
    "destination": {"operator": "flooz", "msisdn": "+228 96112233"},
    "amount": 5000,
    "currency": "XOF",
}
COLLECTION: Final[Mapping[str, Any]] = {
    "operator": "flooz",
    "msisdn": "96 11 22 33",
    "amount": 5000,
    "currency": "XOF",
}
PAYOUT: Final[Mapping[str, Any]] = {**COLLECTION, "operator": "tmoney", "msisdn": "90 11 22 33"}
BODIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "/v1/transfers": TRANSFER,
    "/v1/collections": COLLECTION,
    "/v1/payouts": PAYOUT,
}


class Run(Protocol):
    """Runs a coroutine to its end on the till's event loop."""

    def __call__(self, work: Coroutine[Any, Any, T], /) -> T:
        """Its result."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; `content` is its JSON, `pieces_left` what of the body nobody asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    content: Any = None
    pieces_left: int = 0

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(self.content["code"])

    def refuses(self, status: int, code: str, param: str | None = None) -> bool:
        """Whether it is that refusal, said in full."""
        said = self.content
        return (self.status, said.get("code"), said.get("param")) == (status, code, param)


class Till:
    """Calls the API with one merchant's key."""

    def __init__(self, world: World, run: Run) -> None:
        self.world = world
        self.run = run
        self.secret = SECRET
        self._app = create_app(world.switch)
        self._keys = 0

    @property
    def switch(self) -> Switch:
        """The switch behind the API."""
        return self.world.switch

    def another(self, merchant: str, *, scopes: Iterable[str] = SCOPES) -> "Till":
        """The till of another merchant, or the same merchant's with fewer scopes."""
        till = Till(self.world, self.run)
        till.secret = f"sk_test_{merchant[4:]}{''.join(scopes)}"
        now = self.switch.clock()
        key = ApiKeyRow(
            id=f"key_{till.secret[8:]}",
            merchant=merchant,
            livemode=False,
            secret_hash=hash_of(till.secret),
            scopes=tuple(scopes),
            at=now,
        )
        self.run(self.switch.store.add_merchant(MerchantRow(merchant, "Autre", now), key))
        return till

    def get(self, path: str, **headers: str) -> Answer:
        """A GET."""
        return self.run(self.call("GET", path, headers=self.signed(**headers)))

    def post(
        self, path: str, content: object = None, *, key: str | None = None, **headers: str
    ) -> Answer:
        """A POST of JSON, under a key of its own unless one is given; bytes go as they are."""
        if key is None:
            self._keys += 1
            key = f"till-{self.secret[-6:]}-{self._keys}"
        return self.run(self.post_later(path, content, key=key, **headers))

    async def post_later(self, path: str, content: object, *, key: str, **headers: str) -> Answer:
        """The same, to be awaited."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        sent = {"idempotency-key": key, "content-type": JSON, **self.signed(**headers)}
        return await self.call("POST", path, body=b"" if content is None else body, headers=sent)

    def signed(self, **headers: str) -> dict[str, str]:
        """Headers with the merchant's key; a name is written with underscores, '' leaves it out."""
        named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        return {"authorization": f"Bearer {self.secret}", **named}

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | list[bytes] = b"",
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    ) -> Answer:
        """One request as it is; a list of bytes is sent in pieces, without Content-Length.

        A server has decoded the path: `%3F` in it stands for a question mark, and for nothing else.
        """
        pieces = [body] if isinstance(body, bytes) else body
        pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        if isinstance(body, bytes) and body:
            pairs.append(("content-length", str(len(body))))
        answer = await _converse(self._app, _scope(method, path, pairs), pieces)
        hold_to_document(method, path.partition("?")[0], answer)
        return answer

    def finished(self, path: str) -> Any:
        """The object once its status is final."""

        async def look() -> Any:
            async with asyncio.timeout(20):
                while True:
                    answer = await self.call("GET", path, headers=self.signed())
                    if answer.content["status"] in FINAL:
                        return answer.content
                    await asyncio.sleep(0.005)

        return self.run(look())

    def movements_stored(self) -> int:
        """How many movements there are, whoever's."""
        found = self.run(self.switch.store.rows("SELECT count(*) FROM movements", {}))
        return int(found[0][0])

    def a_moment_later(self) -> "Till":
        """The till in the next millisecond: two ids of one millisecond are in no order."""

        def millisecond() -> int:
            return int(self.switch.clock().timestamp() * 1000)

        before = millisecond()
        self.run(until(lambda: millisecond() > before))
        return self

    def at_rest(self) -> None:
        """Waits until no movement is open."""
        self.run(until(lambda: not self.switch.live))


async def _converse(app: Any, scope: dict[str, Any], pieces: list[bytes]) -> Answer:
    left, said = list(pieces), []

    async def receive() -> dict[str, Any]:
        if not left:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message: Any) -> None:
        said.append(message)

    await app(scope, receive, send)
    headers = {key.decode(): value.decode() for key, value in said[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in said[1:])
    content = json.loads(body) if headers["content-type"] in (JSON, PROBLEM) and body else None
    return Answer(said[0]["status"], headers, body, content, len(left))


def _scope(method: str, path: str, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    plain, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": plain.replace("%3F", "?"),
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(key.lower().encode(), value.encode("latin-1")) for key, value in pairs],
        "client": ("192.0.2.7", 40_000),
        "server": ("switch", 80),
    }


def hold_to_document(method: str, path: str, answer: Answer) -> set[str]:
    """Fails where the document does not say that of the call; the headers that it names."""
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]
    served = next((name for name, shape in PATHS.items() if shape.fullmatch(path)), None)
    call = {} if served is None else DOCUMENT["paths"][served].get(method.lower(), {})
    if answer.headers["content-type"] == PROBLEM:
        _hold_problem(answer)
    if not call:
        assert answer.status in (404, 405)
        return set()
    described = call["responses"].get(str(answer.status))
    assert described is not None, f"{method} {served} is not said to answer {answer.status}"
    declared = {name.lower() for name in described["headers"]}
    if answer.headers["content-type"] == PROBLEM:
        assert f"`{answer.code}`" in described["description"], f"{method} {served} {answer.code}"
        return declared
    schema = described.get("content", {}).get(JSON, {}).get("schema", {})
    names = [ref["$ref"].rpartition("/")[2] for ref in schema.get("oneOf", [schema]) if ref]
    shapes = [SHAPES[name] for name in names if name]
    assert set(answer.headers) & {"idempotent-replayed"} <= declared
    if len(shapes) > 1:
        said = answer.content["object"].replace("_", "")
        shapes = [shape for shape in shapes if shape.__name__.lower() == said]
    for shape in shapes:
        shape.model_validate(answer.content)
    return declared


def _hold_problem(answer: Answer) -> None:
    said = schemas.Problem.model_validate(answer.content)
    assert said.status == answer.status
    assert said.type == f"urn:cross:problem:{said.code}"
    assert said.request_id == answer.headers["x-request-id"]
    assert min(len(said.user_message.fr), len(said.user_message.en)) > 0
    assert "Traceback" not in answer.body.decode()
    for name, statuses in (("retry-after", {429, 503}), ("www-authenticate", {401})):
        assert answer.status not in statuses or name in answer.headers
