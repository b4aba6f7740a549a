"""I-18: while somebody is asked over the network, no transaction of ours is open."""

import ast
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cross.clock import system_clock
from cross.outbound import HttpRequest, HttpResponse
from cross.storage import postgres_connections
from cross.storage.postgres import PostgresStore
from cross.storage.postgres_connections import Connections, Session
from cross.storage.sqlite import SqliteStore, in_line
from tests.conftest import Run, short_pause
from tests.switch import asking
from tests.world import World, quick_settings, small_world, until, wallet

STORAGE = Path(postgres_connections.__file__).parent
PAYER = wallet("tmoney", "+22890110101")
PAYEE = wallet("flooz", "+22896110101")
REFUSED = wallet("flooz", "+22896110114")


class Watch:
    """What goes out, and whether whoever sends it holds a transaction meanwhile."""

    def __init__(self, world: World) -> None:
        self._send = world.network.send
        self._store = world.switch.store
        self.sent = 0
        self.open: list[str] = []
        world.network.send = self.send  # type: ignore[method-assign]

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.sent += 1
        store, task = self._store, asyncio.current_task()
        is_open = store._write.in_transaction if isinstance(store, SqliteStore) else task in HOLDERS
        if is_open:
            self.open.append(request.url)
        return await self._send(request)


HOLDERS: dict["asyncio.Task[Any] | None", int] = {}
"""Tasks that hold a connection to PostgreSQL at the moment."""


@pytest.fixture
def holders_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who holds one of the server's connections is in `HOLDERS`."""
    borrow = Connections.one

    @asynccontextmanager
    async def noted(self: Connections, **how: Any) -> AsyncIterator[Session]:
        async with borrow(self, **how) as session:
            task = asyncio.current_task()
            HOLDERS[task] = HOLDERS.get(task, 0) + 1
            try:
                yield session
            finally:
                HOLDERS[task] -= 1
                if not HOLDERS[task]:
                    del HOLDERS[task]

    monkeypatch.setattr(Connections, "one", noted)
    HOLDERS.clear()


async def moved(world: World) -> Watch:
    """A transfer, one that is given back, a collection and a payout, to their ends."""
    watch = Watch(world)
    await asking.transfer(world.switch, PAYER, PAYEE)
    await asking.transfer(world.switch, wallet("tmoney", "+22890120101"), REFUSED)
    await asking.collection(world.switch, wallet("tmoney", "+22890130101"))
    await asking.payout(world.switch, PAYEE)
    await until(lambda: not world.switch.live)
    await world.assert_in_agreement()
    return watch


def test_no_transaction_of_sqlite_is_open_at_any_send(tmp_path: Path, run: Run) -> None:
    """I-18, I-13: each statement of the books is made and committed where it stands."""
    store = SqliteStore(tmp_path / "b.db", clock=system_clock, writer=in_line, reader=in_line)

    async def scenario() -> Watch:
        settings = quick_settings(only=("tmoney", "flooz"))
        async with small_world(tmp_path, store=store, settings=settings) as world:
            return await moved(world)

    watch = run(scenario())

    assert watch.sent > 10
    assert watch.open == []


@pytest.mark.usefixtures("holders_known")
def test_nobody_who_sends_holds_a_connection_of_postgresql(
    schema_url: str, tmp_path: Path, run: Run
) -> None:
    """I-18: a transaction needs a connection, and who sends has given its own back."""
    store = PostgresStore(schema_url, clock=system_clock, pause=short_pause)

    async def scenario() -> Watch:
        settings = quick_settings(only=("tmoney", "flooz"))
        async with small_world(tmp_path, store=store, settings=settings) as world:
            return await moved(world)

    watch = run(scenario())

    assert watch.sent > 10
    assert watch.open == []


@pytest.mark.parametrize("path", sorted(STORAGE.glob("*.py")), ids=lambda path: path.name)
def test_storage_knows_nobody_to_send_to(path: Path) -> None:
    """I-18, S-SUP-04: transactions begin and end in storage, and it imports no door out."""
    imported = [
        name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module]
        )
    ]

    assert not [
        name
        for name in imported
        if name and name.startswith(("cross.outbound", "cross.switch", "cross.operators"))
    ]


def test_only_storage_begins_a_transaction() -> None:
    """I-18, S-SUP-04: nothing above it can keep one open while it sends."""
    words = ("BEGIN IMMEDIATE", ".transaction(", "autocommit", "in_transaction")
    source = STORAGE.parent

    assert not [
        f"{path.relative_to(source)}: {word}"
        for path in sorted(source.rglob("*.py"))
        if STORAGE not in path.parents and "tests" not in path.parts
        for word in words
        if word in path.read_text(encoding="utf-8")
    ]
