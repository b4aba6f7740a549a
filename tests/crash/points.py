"""The points at which a process may die, numbered; what counts them is in the process that dies.

A point is named by what happens there, and by how often that has happened since the points were
armed: `commit> Advance transfer debit=succeeded:1` is reached when that step is durable and nobody
has been told. `<` is before, `>` is after, `~` in the middle: the request has left and no answer
was read, the server has the statement and nobody knows what it makes of it. `sync` is inside a
commit of SQLite, what it wrote still in memory.
"""

import asyncio
import json
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from random import Random
from typing import Any, Final

from cross import bootstrap, outbound_http
from cross.cli import serving
from cross.outbound import HttpRequest, HttpResponse
from cross.settings import Settings
from cross.storage import postgres, sqlite
from cross.storage.migrations import Migration, migrations_for
from cross.storage.sqlite import SqliteStore
from cross.storage.store import Advance, CallbackArrival, Opening, Write
from tests.power_loss import PowerLossDisk

REFERENCE: Final = re.compile(rb"CRX[0-9A-Z]{26}([DCR])")
ID: Final = re.compile(r"[0-9A-Za-z_]{12,}")
ONCE: Final = ("renew", "commit< BroughtForward", "commit> BroughtForward")
"""What happens by the clock alone: the first time of it is a point, later ones are the same."""

PLAN: Final[Mapping[str, Any]] = {
    "armed": None,
    "power": "kill",
    "synchronous": None,  # as the store has it by itself
    "seed": "",
    "checkpoint_pages": 24,  # so that a checkpoint is met in every run, and not every 4 000 pages
    "sync_seconds": 0.0,
}
"""How a process with numbered points is by itself."""

POWER: Final = ("kill", "lost", "torn", "broken")
"""`kill -9`; power that goes, what was not synced with it; or some sectors of that through; or a
disk whose next sync fails (F-D14), after which the process has to end by itself."""

_asked: ContextVar[str] = ContextVar("asked")


class Points:
    """Counts what is passed, and dies at the point that is armed."""

    def __init__(self, die: Callable[[], None]) -> None:
        self._die = die
        self._often: Counter[str] = Counter()
        self._armed: str | None = None
        self.passed: list[str] = []

    def arm(self, point: str | None) -> None:
        """Counts from one again."""
        self._often.clear()
        self.passed = []
        self._armed = point

    def cross(self, kind: str) -> None:
        """Passes a point of that kind, or dies there."""
        self._often[kind] += 1
        if self._often[kind] > 1 and kind.startswith(ONCE):
            return
        name = f"{kind}:{self._often[kind]}"
        self.passed.append(name)
        if name == self._armed:
            self._die()


def install(points: Points, plan: Mapping[str, Any], disk: PowerLossDisk | None) -> None:
    """Makes whatever switch this process opens pass the points; for good."""
    made = bootstrap.real_surroundings

    def watched(settings: Settings) -> bootstrap.Surroundings:
        around = made(settings)
        _watch_store(points, around.store, plan)
        _watch_outbound(points, around.outbound, "send")
        if around.webhooks is not None:
            _watch_outbound(points, around.webhooks, "hook")
        return around

    bootstrap.real_surroundings = watched
    _watch_migrations(points)
    _watch_what_leaves(points)
    _watch_what_is_in_flight(points)
    if disk is not None:
        _watch_syncs(points, disk, seconds=plan["sync_seconds"])


def death_by(power: str, disk: PowerLossDisk | None, seed: str) -> Callable[[], None]:
    """How this process dies at its point: SIGKILL, after which a disk keeps what it keeps."""

    def die() -> None:
        if power == "broken" and disk is not None:
            disk.broken_syncs = 1
            return
        try:
            if power == "torn" and disk is not None:
                disk.is_off = True
                disk.lose_power(torn=Random(seed))  # noqa: S311  nothing secret
        finally:
            os.kill(os.getpid(), signal.SIGKILL)

    return die


class Doomed:
    """The application, its answers numbered; `/points` tells what was passed, and arms another."""

    def __init__(self, app: serving.App, points: Points) -> None:
        self._app = app
        self._points = points

    async def __call__(
        self, scope: serving.Message, receive: serving.Receive, send: serving.Send
    ) -> None:
        """Any event of ASGI."""
        if scope["type"] == "http" and scope["path"] == "/points":
            await self._tell(scope, receive, send)
        elif scope["type"] == "http" and _moves_something(scope):
            await self._answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(
        self, scope: serving.Message, receive: serving.Receive, send: serving.Send
    ) -> None:
        label = " ".join([scope["method"], *scope["path"].split("/")[1:3]])
        loop = asyncio.get_running_loop()

        async def crossed(message: serving.Message) -> None:
            if message["type"] == "http.response.start":
                self._points.cross(f"answer< {label}")
            await send(message)
            if message["type"] == "http.response.body":
                loop.call_soon(self._points.cross, f"answer> {label}")

        await self._app(scope, receive, crossed)

    async def _tell(
        self, scope: serving.Message, receive: serving.Receive, send: serving.Send
    ) -> None:
        body = json.dumps(self._points.passed).encode()
        if scope["method"] == "PUT":
            self._points.arm(json.loads((await receive())["body"])["armed"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})


def _moves_something(scope: serving.Message) -> bool:
    return scope["method"] == "POST" or str(scope["path"]).startswith("/callbacks/")


def _watch_store(points: Points, store: Any, plan: Mapping[str, Any]) -> None:
    record = store.record

    async def recorded(writes: list[Write]) -> Any:
        labels = [label_of(write) for write in writes]
        for label in labels:
            points.cross(f"commit< {label}")
        verdicts = await record(writes)
        for label in labels:
            points.cross(f"commit> {label}")
        return verdicts

    store.record = recorded
    for name in ("open", "enlist", "adopt", "renew", "answered", "add_merchant"):
        _watch_call(points, store, name)
    if isinstance(store, SqliteStore):
        store._synchronous = plan["synchronous"] or store._synchronous
        _watch_commits(points, store, checkpoint_pages=plan["checkpoint_pages"])


def _watch_call(points: Points, thing: Any, name: str) -> None:
    call = getattr(thing, name)

    async def called(*arguments: Any, **named: Any) -> Any:
        points.cross(f"{name}<")
        result = await call(*arguments, **named)
        points.cross(f"{name}>")
        return result

    setattr(thing, name, called)


def _watch_commits(points: Points, store: Any, *, checkpoint_pages: int) -> None:
    """Where SQLite is about to write a transaction to its log, all of it still in memory."""
    prepare = store._prepare

    def committing() -> bool:
        points.cross("commit~")
        return False  # it may go on

    def prepared() -> None:
        store._write.set_commit_hook(committing)
        prepare()
        store._write.pragma("wal_autocheckpoint", checkpoint_pages)

    store._prepare = prepared


def label_of(write: Write) -> str:
    """What a write does, the same in every run."""
    if isinstance(write, Opening):
        return f"Opening {write.movement.kind}"
    if isinstance(write, Advance):
        movement = write.movement
        legs = (leg for leg in movement.legs if leg.kind.value in write.legs)
        return " ".join(["Advance", movement.kind, *(f"{leg.kind}={leg.status}" for leg in legs)])
    if isinstance(write, CallbackArrival):
        return f"CallbackArrival {write.operator}"
    return type(write).__name__


def _watch_outbound(points: Points, outbound: Any, verb: str) -> None:
    send = outbound.send

    async def sent(request: HttpRequest) -> HttpResponse:
        label = _label_of_request(request, verb)
        points.cross(f"{label[0]}< {label[1]}")
        token = _asked.set(f"{label[0]}~ {label[1]}")
        try:
            response: HttpResponse = await send(request)
        finally:
            _asked.reset(token)
        points.cross(f"{label[0]}> {label[1]}")
        return response

    outbound.send = sent


def _label_of_request(request: HttpRequest, verb: str) -> tuple[str, str]:
    if verb == "hook":
        return verb, str(json.loads(request.body)["type"])
    leg = REFERENCE.search(request.url.encode() + request.body)
    path = ID.sub("*", request.url.partition("?")[0].partition("://")[2].partition("/")[2])
    kind = "" if leg is None else leg.group(1).decode()
    return verb, f"{request.method} {path} {kind}".strip()


class _Tapped:
    """A transport that says when what was written has gone out."""

    def __init__(self, transport: Any, points: Points) -> None:
        self._transport = transport
        self._points = points

    def write(self, data: bytes) -> None:
        self._transport.write(data)
        asyncio.get_running_loop().call_soon(self._points.cross, _asked.get("send~"))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _Crossed:
    """A migration that says when it begins, and when it is done and not committed (F-D23)."""

    def __init__(self, migration: Migration, points: Points) -> None:
        self._migration = migration
        self._points = points
        self._has_begun = False
        self.name = migration.name

    @property
    def sql(self) -> str:
        self._points.cross(f"migrate< {self.name}")
        self._has_begun = True
        return self._migration.sql

    @property
    def number(self) -> int:
        if self._has_begun:
            self._points.cross(f"migrate~ {self.name}")
        return self._migration.number


def _watch_migrations(points: Points) -> None:
    def crossed(engine: str) -> Any:
        return tuple(_Crossed(migration, points) for migration in migrations_for(engine))

    for module in (sqlite, postgres):
        vars(module)["migrations_for"] = crossed


def _watch_what_leaves(points: Points) -> None:
    connection: Any = outbound_http._Connection
    made = connection.connection_made

    def connection_made(self: outbound_http._Connection, transport: asyncio.BaseTransport) -> None:
        made(self, _Tapped(transport, points))

    connection.connection_made = connection_made


def _watch_what_is_in_flight(points: Points) -> None:
    call = postgres._call

    async def called(connection: Any, writes: list[Write]) -> Any:
        calling = asyncio.ensure_future(call(connection, writes))
        for _ in range(3):
            await asyncio.sleep(0)
        for write in writes:
            points.cross(f"commit~ {label_of(write)}")
        return await calling

    vars(postgres)["_call"] = called


def _watch_syncs(points: Points, disk: PowerLossDisk, *, seconds: float) -> None:
    must_fail = disk.must_fail

    def failed() -> bool:
        points.cross("sync")
        time.sleep(seconds)  # the thread of the books waits, as for any disk (F-D12)
        return must_fail()

    disk.must_fail = failed  # type: ignore[method-assign]
