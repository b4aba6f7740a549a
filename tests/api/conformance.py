"""schemathesis against the application in place: what the document allows, and what it forbids.

`run(…)` asks every operation of the served document with its examples, with each constraint kept
and broken in turn, with random data, and along the chains that the shapes suggest; always the
same, but for ids. The world is a small one: whatever an endpoint's address, nothing leaves it.
"""

import argparse
import asyncio
import hashlib
import json
import re
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final, TypeVar

import schemathesis
import structlog
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from starlette.types import Message, Receive, Scope, Send

from cross.api.app import create_app
from cross.storage.store import Store
from tests.api.till import Answer, hold_to_document
from tests.partner.bank import MERCHANTID, PASSWORD, open_bank
from tests.world import SECRET, SWITCH_ADDRESS, quick_settings, small_world

T = TypeVar("T")

SEED: Final = 8228
# What merchants know and a schema does not say: which operators there are, and their numbers.
KNOWN: Final[Mapping[str, Mapping[str, Any]]] = {
    "operator": {"enum": ["tmoney", "flooz"]},
    "msisdn": {"type": "string", "pattern": "^(\\+228)?9[0-36-9][0-9]{6}$"},
    "currency": {"enum": ["XOF"]},
    "amount": {"type": "integer", "minimum": 100, "maximum": 9_999},
}
VERSION_1: Final = {"merchantid": MERCHANTID, "password": PASSWORD}
UNTOLD: Final = {
    name: {"enabled": False}
    for name in (
        *("negative_data_rejection", "positive_data_acceptance", "missing_required_header"),
        *("ignored_auth", "ensure_resource_availability"),
    )
}
HEADERS_ALWAYS: Final = {"content-type", "content-length", "cache-control", "x-request-id"}
HEADERS_BESIDES: Final = {"allow", "connection"}
"""Those of 405 and 413, which no operation declares."""
SAFE: Final = {"content-security-policy", "referrer-policy", "x-content-type-options"}
"""Those of pages and pictures."""

_VISIBLE: Final = re.compile(rb"[!-~]{1,128}")
_ID: Final = re.compile(r"[a-z]{2,4}_[0-9A-Z]{26}")
_KEY: Final = re.compile(rb"[!-~]{1,255}")


@dataclass
class Found:
    """What a run saw: how many requests, the statuses, and whatever was not as documented."""

    requests: int = 0
    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)
    faults: dict[str, str] = field(default_factory=dict)


class Watched:
    """The application, on the world's own event loop, each of its answers looked at.

    A valid Idempotency-Key becomes one of its own for each body: one key for all would be refused.
    """

    def __init__(self, app: Any, loop: asyncio.AbstractEventLoop, found: Found) -> None:
        self._app = app
        self._loop = loop
        self._found = found
        self.narrow: Callable[[dict[str, Any]], dict[str, Any]] | None = None
        self.hold: Callable[[Scope, list[Message]], None] = _hold

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, that came on schemathesis's event loop."""
        if scope["type"] != "http":
            await _live(receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        answering = asyncio.run_coroutine_threadsafe(self._answer(scope, body), self._loop)
        for said in await asyncio.wrap_future(answering):
            await send(said)

    async def _answer(self, scope: Scope, body: bytes) -> list[Message]:
        said: list[Message] = []
        left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            return left.pop() if left else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            said.append(dict(message))

        await self._app({**scope, "headers": _with_own_key(scope, body)}, receive, send)
        self._look_at(scope, said)
        if self.narrow is not None and scope["path"].endswith("/openapi.json"):
            content = json.dumps(self.narrow(json.loads(said[1]["body"]))).encode()
            said[0]["headers"] = [(b"content-type", b"application/json")]
            said[1]["body"] = content
        return said

    def _look_at(self, scope: Scope, said: list[Message]) -> None:
        self._found.requests += 1
        self._found.statuses[said[0]["status"]] += 1
        try:
            self.hold(scope, said)
        except AssertionError as fault:
            place = f"{scope['method']} {_ID.sub('{id}', scope['path'])}"
            self._found.faults.setdefault(f"{place}: {str(fault)[:200]}", "by our own checks")


def run(*, examples: int, deeper: bool = False, store: Store | None = None) -> Found:
    """What came of so many random examples an operation; `deeper`: with what merchants know."""
    found = Found()
    began_at = monotonic()
    quiet = structlog.testing.capture_logs()
    with quiet, tempfile.TemporaryDirectory() as folder, _world_thread() as (loop, do):
        settings = quick_settings(only=("tmoney", "flooz"))
        world_of = small_world(Path(folder), store=store, settings=settings)
        world = do(world_of.__aenter__())
        try:
            app = Watched(create_app(world.switch), loop, found)
            app.narrow = narrowed if deeper else None
            _ask(app, "/openapi.json", _config(examples, deeper=deeper), found)
        finally:
            do(world_of.__aexit__(None, None, None))
    found.seconds = monotonic() - began_at
    return found


def run_gateway(*, examples: int) -> Found:
    """The same of the gateway's document, as a bank that is signed in.

    Refusals of both versions have the status 200, so that what was refused cannot be told by it.
    """
    found = Found()
    began_at = monotonic()
    quiet = structlog.testing.capture_logs()
    with quiet, tempfile.TemporaryDirectory() as folder, _world_thread() as (loop, do):
        bank_of = open_bank(Path(folder), wait_seconds=0.2)
        bank = do(bank_of.__aenter__())
        try:
            app = Watched(bank.world.network._routes[SWITCH_ADDRESS], loop, found)
            app.narrow = known_to_a_bank
            app.hold = _hold_gateway
            config = _config(examples, deeper=False, token=bank.token, checks=UNTOLD)
            _ask(app, "/mbanking/openapi.json", config, found)
        finally:
            do(bank_of.__aexit__(None, None, None))
    found.seconds = monotonic() - began_at
    return found


def known_to_a_bank(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the credentials of version 1 filled in."""
    for calls in document["paths"].values():
        for call in calls.values():
            for parameter in call.get("parameters", ()):
                if parameter["name"] in VERSION_1:
                    known = {"enum": [VERSION_1[parameter["name"]]]}
                    parameter |= {"required": True, "schema": known}
    return document


def narrowed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the fields of its forms narrowed to what is known."""
    for name, schema in document["components"]["schemas"].items():
        if name.endswith("Form"):
            for known in set(KNOWN) & set(schema["properties"]):
                schema["properties"][known] = dict(KNOWN[known])
    return document


def _config(
    examples: int,
    *,
    deeper: bool,
    token: str = f"Bearer {SECRET}",
    checks: Mapping[str, Any] | None = None,
) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "headers": {"Authorization": token},
            "generation": {
                "mode": "positive" if deeper else "all",
                "deterministic": True,
                "max-examples": examples,
                "no-shrink": True,
                "database": "none",
            },
            "checks": {
                # A number fits no pattern of ours: 422 is a right answer to what the schema allows.
                "positive_data_acceptance": {
                    "expected-statuses": ["2xx", "303", "401", "403", "404", "409", "422"]
                },
                **(checks or {}),
            },
        }
    )


def _ask(app: Watched, document: str, config: SchemathesisConfig, found: Found) -> None:
    schema = schemathesis.openapi.from_asgi(document, app, config=config)
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            found.faults.setdefault(f"schemathesis itself: {event!r}", "")
        if isinstance(event, events.ScenarioFinished):
            if event.label is not None and event.recorder.checks:
                found.operations.add(event.label)
            for checks in event.recorder.checks.values():
                for check in checks:
                    if check.failure_info is not None:
                        failure, sample = check.failure_info.failure, check.failure_info.code_sample
                        what = f"{check.name}: {failure.operation}: {failure.title}"
                        found.faults.setdefault(what, f"{failure.message}\n{sample}")


async def _live(receive: Receive, send: Send) -> None:
    """A lifespan in which nothing happens: the world has its own."""
    message: Message = {"type": ""}
    while not message["type"].endswith("shutdown"):
        message = await receive()
        await send({"type": f"{message['type']}.complete"})


def _with_own_key(scope: Scope, body: bytes) -> list[tuple[bytes, bytes]]:
    path = scope["path"].encode("utf-8", "surrogatepass")
    return [
        (name, hashlib.sha256(path + value + body).hexdigest().encode())
        if name == b"idempotency-key" and _KEY.fullmatch(value)
        else (name, value)
        for name, value in scope["headers"]
    ]


def _hold(scope: Scope, said: list[Message]) -> None:
    """M5's own checks: codes, RFC 9457, `no-store`, the request's id, no header besides."""
    headers = {name.decode(): value.decode("latin-1") for name, value in said[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in said[1:])
    is_json = "json" in headers["content-type"] and body
    answer = Answer(said[0]["status"], headers, body, json.loads(body) if is_json else None)
    asked = [value for name, value in scope["headers"] if name == b"x-request-id"]
    if len(asked) == 1 and _VISIBLE.fullmatch(asked[0]):
        assert headers["x-request-id"].encode() == asked[0], "another request id"
    if answer.status >= 400:
        assert headers["content-type"] == "application/problem+json", headers["content-type"]
    allowed = (
        HEADERS_ALWAYS | HEADERS_BESIDES | hold_to_document(scope["method"], scope["path"], answer)
    )
    if not is_json:
        allowed |= SAFE
    assert set(headers) <= allowed, sorted(set(headers) - allowed)


def _hold_gateway(scope: Scope, said: list[Message]) -> None:
    headers = {name.decode(): value.decode("latin-1") for name, value in said[0]["headers"]}
    assert headers["cache-control"] == "no-store"
    body = b"".join(message.get("body", b"") for message in said[1:])
    assert b"Traceback" not in body
    assert PASSWORD.encode() not in body, scope["path"]


@contextmanager
def _world_thread() -> Iterator[
    tuple[asyncio.AbstractEventLoop, Callable[[Coroutine[Any, Any, T]], T]]
]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def do(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result(60)

    try:
        yield loop, do
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


def main() -> int:
    """The long form: prints its figures, and every fault with the request that shows it."""
    parser = argparse.ArgumentParser(description="schemathesis, long form")
    parser.add_argument("--examples", type=int, default=60, help="random ones an operation")
    examples = parser.parse_args().examples
    faults: dict[str, str] = {}
    runs: dict[str, Callable[[], Found]] = {
        "as served": lambda: run(examples=examples),
        "narrowed": lambda: run(examples=examples, deeper=True),
        "gateway": lambda: run_gateway(examples=examples),
    }
    for name, asked in runs.items():
        found = asked()
        statuses = ", ".join(f"{status}: {n}" for status, n in sorted(found.statuses.items()))
        sys.stdout.write(
            f"{name}: {found.requests} requests in "
            f"{found.seconds:.0f} s, {len(found.faults)} faults; {statuses}\n"
        )
        faults |= found.faults
    for fault, shown in faults.items():
        sys.stdout.write(f"\n{fault}\n{shown}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
