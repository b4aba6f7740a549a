"""A shop for each test, or one for a module that only looks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.web.shop import Shop, shop_settings
from tests.world import small_world


@contextmanager
def shop_in(folder: Path, run: Run, **changed: Any) -> Iterator[Shop]:
    """A shop on the test's event loop; `changed` are settings of the switch."""
    settings = shop_settings(**changed)
    world = small_world(folder, settings=settings)
    try:
        yield Shop(run(world.__aenter__()), settings)
    finally:
        run(world.__aexit__(None, None, None))


@pytest.fixture
def shop(tmp_path: Path, run: Run) -> Iterator[Shop]:
    """A shop in a world of this test's own."""
    with shop_in(tmp_path, run) as shop:
        yield shop
