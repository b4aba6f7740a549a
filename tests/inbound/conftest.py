"""Everything here runs on asyncio's own event loop and on uvloop's."""

import asyncio
from collections.abc import Iterator

import pytest
import uvloop

from tests.conftest import Run


@pytest.fixture(params=[None, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """One event loop of each kind for the whole test."""
    with asyncio.Runner(loop_factory=request.param) as runner:
        yield runner.run
