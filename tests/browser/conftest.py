"""A browser, a sandbox that runs, and a payer who looks at both; every test leaves its pictures."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.shop import Shop
from tests.cli.running import sandbox

PICTURES = Path(__file__).parents[2] / "build" / "screenshots"


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window; in CI it must be there (.ci/run installs it).

    One a test: while Playwright is open its event loop counts as running in this thread, and no
    other test of the process could run its own.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None and "CI" not in os.environ:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the sandbox leaves its address: never in the home of whoever runs tests."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def shop(chromium: Browser, home: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    """A merchant with a sandbox of its own, and a payer with a phone of 360 by 740."""
    pictures = PICTURES / request.node.name
    shutil.rmtree(pictures, ignore_errors=True)
    with sandbox(home, "--prompt-delay", "0.2") as running:
        opened = Shop(running, chromium, pictures)
        yield opened
        opened.close()
