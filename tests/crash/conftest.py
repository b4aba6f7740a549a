"""Where the processes of these tests are born, and the books that they die on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NewUrl
from tests.crash.process import Nursery
from tests.crash.stage import url_of


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Where the processes of all these tests are born."""
    nursery = Nursery(tmp_path_factory.mktemp("nursery"))
    yield nursery
    nursery.close()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A database file that is not there yet."""
    return f"sqlite:{tmp_path / 'books.db'}"


@pytest.fixture
def shared_url(postgres_server: str, new_postgres_url: NewUrl) -> str:
    """A fresh database on a server, as a setting names it."""
    database = dict(part.split("=", 1) for part in new_postgres_url().split())["dbname"]
    return url_of(postgres_server, database)


@pytest.fixture
def books_url(engine: str, request: pytest.FixtureRequest) -> str:
    """A fresh database on each engine in turn."""
    name = "sqlite_url" if engine == "sqlite" else "shared_url"
    return str(request.getfixturevalue(name))
