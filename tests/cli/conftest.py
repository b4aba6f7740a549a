"""A sandbox that runs while the tests of a module use it, as a person would have it running."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Running, Typed, sandbox


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this module's sandbox leaves its address: never in the home of whoever runs tests."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def running(home: Path) -> Iterator[Running]:
    """A sandbox whose payers answer at once."""
    with sandbox(home, "--prompt-delay", "0") as started:
        yield started


@pytest.fixture
def typed(home: Path) -> Typed:
    """Types commands, in English, where the sandbox can be found."""
    return Typed(home)
