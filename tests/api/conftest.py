"""A till in a small world: one for a module that only asks, or one for each test that changes."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cross.storage.store import Store
from tests.api.till import Till
from tests.world import quick_settings, small_world


@contextmanager
def till_in(
    folder: Path,
    *,
    store: Store | None = None,
    only: Collection[str] = ("tmoney", "flooz"),
    **changed: object,
) -> Iterator[Till]:
    """A till on an event loop of its own; `changed` are settings of the switch."""
    world = small_world(folder, store=store, settings=quick_settings(only=only, **changed))
    with asyncio.Runner() as runner:
        till = Till(runner.run(world.__aenter__()), runner.run)
        try:
            yield till
        finally:
            runner.run(world.__aexit__(None, None, None))


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    """A till in a world of this test's own."""
    with till_in(tmp_path) as till:
        yield till


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """A till shared by the tests of a module that open nothing, or do not mind what others open."""
    with till_in(tmp_path_factory.mktemp("world")) as till:
        yield till
