"""A task may end at any of its waits: nothing is half done or left open (F-Y01, F-Y02, F-Y06).

Every handler is canceled at its first wait, then at its second, and so on until it has no more; on
both engines. Each time what was asked is asked again, and the books are compared (I-16 to I-18).
"""

import asyncio
import gc
import json
import warnings
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Final

import pytest
from psycopg.pq import TransactionStatus

from cross.domain.operator import RawCallback
from cross.outbound import HttpRequest
from cross.storage.postgres import PostgresStore
from cross.storage.postgres_connections import connect
from cross.storage.sqlite import SqliteStore
from cross.storage.store import Store
from cross.switch import callbacks, legs, recovery
from tests.conftest import NewStore
from tests.properties.canceling import canceled_at, sweep
from tests.world import SECRET, SWITCH_ADDRESS, World, quick_settings, small_world, until

TMONEY: Final = {"operator": "tmoney", "msisdn": "90112233"}
FLOOZ: Final = {"operator": "flooz", "msisdn": "96112233"}
MONEY: Final = {"amount": 5_000, "currency": "XOF"}
BODIES: Final[dict[str, Any]] = {
    "/v1/transfers": {"source": TMONEY, "destination": FLOOZ, **MONEY},
    "/v1/collections": {**FLOOZ, **MONEY},
    "/v1/payouts": {**TMONEY, **MONEY},
    "/v1/quotes": {"source": TMONEY, "destination": FLOOZ, **MONEY},
}
ELSE: Final = {
    "show": ("GET", "/v1/collections/{id}"),
    "recheck": ("POST", "/v1/collections/{id}/recheck"),
    "cancel": ("POST", "/v1/collections/{id}/cancel"),
    "list": ("GET", "/v1/collections"),
    "response": ("GET", "/v1/responses/{key}"),
}
Work = Callable[[World, int], Coroutine[Any, Any, Any]]


def play(folder: Path, store: Store, scene: Callable[[World], Awaitable[None]]) -> None:
    async def run() -> None:
        settings = quick_settings(only=("tmoney", "flooz"))
        async with small_world(folder, store=store, settings=settings) as world:
            await scene(world)
            await at_rest(world)
            await assert_nothing_is_open(store)
            await world.assert_in_agreement()

    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        asyncio.run(run())
        gc.collect()


async def at_rest(world: World) -> None:
    switch = world.switch
    await until(lambda: not switch.live and not switch.accepting)
    await world.network.settle()
    await until(lambda: not switch.tasks and not switch.is_looking)


async def assert_nothing_is_open(store: Store) -> None:
    """I-18, F-Y06: no connection waits for the next user in a transaction of the last one."""
    if isinstance(store, SqliteStore):
        assert not await store._in_writer(lambda: store._write.in_transaction)
        assert not await store._in_reader(lambda: store._read.in_transaction)
        return
    assert isinstance(store, PostgresStore)
    for pool in (store._writers, store._readers):
        for session in pool._free._queue:  # type: ignore[attr-defined]
            if session is not None and not session.connection.closed:
                assert session.connection.info.transaction_status is TransactionStatus.IDLE


def called(world: World, method: str, path: str, body: Any = None, key: str = "") -> Any:
    """A request in this very task: its waits are the handler's."""
    said: list[Any] = []
    content = b"" if body is None else json.dumps(body).encode()
    headers = [(b"authorization", f"Bearer {SECRET}".encode())]
    headers.append((b"content-type", b"application/json"))
    if key:
        headers.append((b"idempotency-key", key.encode()))
    pieces = [{"type": "http.request", "body": content, "more_body": False}]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 40_000),
        "server": ("switch", 80),
    }

    async def receive() -> Any:
        return pieces.pop() if pieces else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        said.append(message)

    async def conversed() -> Any:
        await world.network._routes[SWITCH_ADDRESS](scope, receive, send)
        return said

    return conversed()


async def _count(world: World) -> int:
    rows = await world.switch.store.rows("SELECT count(*) FROM movements", {})
    return int(rows[0][0])


def test_who_asks_and_leaves_gets_the_same_movement_when_he_asks_again(
    tmp_path: Path, new_store: NewStore
) -> None:
    """I-27, I-31: accepted or not, and never twice, wherever the handler was ended."""
    store, path = new_store(), "/v1/transfers"

    async def scene(world: World) -> None:
        async def one(at: int) -> bool:
            body, key = BODIES[path], f"key-{at}"
            heard = await canceled_at(called(world, "POST", path, body, key), at)
            await at_rest(world)
            await assert_nothing_is_open(store)
            answer, content = await world.ask("POST", path, body, key=key)
            assert answer.status == 202, content
            await at_rest(world)
            assert await _count(world) == at
            return heard is not None

        assert await sweep(one) > 0

    play(tmp_path, store, scene)


@pytest.mark.parametrize("engine", ["postgres"])  # it has more waits than a file has
def test_whatever_else_is_asked_and_left(tmp_path: Path, new_store: NewStore) -> None:
    store = new_store()

    async def scene(world: World) -> None:
        for what, (method, path) in ELSE.items():

            async def one(
                at: int, what: str = what, method: str = method, path: str = path
            ) -> bool:
                key = f"{what}-{at}"
                body = BODIES["/v1/collections"]
                _, opened = await world.ask("POST", "/v1/collections", body, key=key)
                named = path.format(id=opened["id"], key=key)
                heard = await canceled_at(called(world, method, named), at)
                await at_rest(world)
                await assert_nothing_is_open(store)
                return heard is not None

            await sweep(one)

    play(tmp_path, store, scene)


def test_a_callback_that_is_left_is_kept_or_comes_again(
    tmp_path: Path, new_store: NewStore
) -> None:
    """I-15: of every second one the movement is final, so that it has to be looked at."""
    store = new_store()

    async def scene(world: World) -> None:
        token = world.switch.callback_tokens["flooz"]

        async def one(at: int) -> bool:
            body = BODIES["/v1/collections"]
            _, opened = await world.ask("POST", "/v1/collections", body, key=f"k{at}")
            reference = (await world.stored_leg(opened["id"])).reference
            if at % 2:
                await at_rest(world)
            said = {"mrchrefid": reference, "status": "0", "message": f"again {at}"}
            heard = await canceled_at(called(world, "POST", f"/callbacks/flooz/{token}", said), at)
            await at_rest(world)
            await assert_nothing_is_open(store)
            return heard is not None

        assert await sweep(one) > 0

    play(tmp_path, store, scene)


async def _ask(world: World, at: int) -> None:
    """A query of an operator, while its movement is open."""
    body = {**BODIES["/v1/collections"], "msisdn": f"9611{at:02}01"}
    _, opened = await world.ask("POST", "/v1/collections", body, key=f"k{at}")
    live = world.switch.live.get(opened["id"])
    if live is not None:
        await legs.ask(world.switch, live)


async def _look(world: World, at: int) -> None:
    """What the worker does about callbacks that waited."""
    said = json.dumps({"mrchrefid": "CRX", "status": "0", "message": str(at)}).encode()
    callback = RawCallback("POST", "", (), said, "127.0.0.1")
    await callbacks.receive(world.switch, "flooz", callback)
    await callbacks.look_at_waiting(world.switch)


async def _take_up(world: World, at: int) -> None:
    """What the worker does when it begins."""
    await world.ask("POST", "/v1/payouts", BODIES["/v1/payouts"], key=f"k{at}")
    await recovery.take_up_all(world.switch)


@pytest.mark.parametrize("engine", ["postgres"])
def test_what_the_switch_does_by_itself_may_end_at_any_wait(
    tmp_path: Path, new_store: NewStore
) -> None:
    store = new_store()

    async def scene(world: World) -> None:
        for work in (_ask, _look, _take_up):

            async def one(at: int, work: Work = work) -> bool:
                ended = False

                async def whole() -> None:
                    nonlocal ended
                    await work(world, at)
                    ended = True

                await canceled_at(whole(), at)
                await at_rest(world)
                await assert_nothing_is_open(store)
                return ended

            assert await sweep(one) > 0

    play(tmp_path, store, scene)


def test_a_connection_that_is_given_up_while_it_is_made_is_closed(schema_url: str) -> None:
    """F-Y01: canceled at any wait, it leaves no server process behind."""

    async def one(at: int) -> bool:
        session = await canceled_at(connect(schema_url), at)
        if session is not None:
            await session.connection.close()
        return session is not None

    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        assert asyncio.run(sweep(one)) > 0
        gc.collect()


@pytest.mark.parametrize("engine", ["sqlite"])
def test_an_exception_while_a_connection_is_given_back_does_not_pool_it(
    tmp_path: Path, new_store: NewStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-Y06: what fails amid a transaction leaves no transaction to the next."""
    store = new_store()

    async def scene(world: World) -> None:
        real = type(world.switch.recorder).record

        async def failing(recorder: Any, write: Any) -> Any:
            await real(recorder, write)
            raise RuntimeError("amid it all")

        monkeypatch.setattr(type(world.switch.recorder), "record", failing)
        request = HttpRequest("POST", f"{SWITCH_ADDRESS}/callbacks/flooz/x", (), b"{}")
        await world.network.send(request)
        monkeypatch.undo()
        await assert_nothing_is_open(store)
        answer, _ = await world.ask("POST", "/v1/payouts", BODIES["/v1/payouts"], key="after")
        assert answer.status == 202

    play(tmp_path, store, scene)
