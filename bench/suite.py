"""The suite: one run, one table, on both engines."""

import argparse
import pstats
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.databases import Server, postgres
from bench.figures import Figure
from bench.machine import describe
from bench.options import read_options
from bench.postings import measure_on_postgres, measure_on_sqlite
from bench.process import Failed
from bench.proof import Disagreement
from bench.sizes import Growth, measure_sizes
from bench.table import print_table, write_json
from bench.transfers import COMPLETE, Measure, measure_transfers
from bench.webhooks import signing
from bench.yardstick import compared, measure_naive

EXIT_FAILED: Final = 1
EXIT_DISAGREEMENT: Final = 4
LOG_TAIL: Final = 2_000
PROFILE_LINES: Final = 40


def main(arguments: Sequence[str]) -> int:
    """Measures and prints; 4, and no figure, where journals and books disagree."""
    asked = read_options(arguments)
    folder = Path(tempfile.mkdtemp(prefix="cross-bench-", dir=asked.folder))
    try:
        with ExitStack() as stack:
            wants_server = "postgres" in asked.engines
            server = stack.enter_context(postgres(folder)) if wants_server else None
            facts = describe(folder, server)
            figures = Suite(asked, server, folder).measure()
    except Disagreement as disagreement:
        _tell("journals and books disagree; no figure is printed:", *disagreement.args)
        return EXIT_DISAGREEMENT
    except Failed as failure:
        _tell(f"the benchmark failed, no figure is printed: {failure}")
        for log in sorted(folder.glob("*.log")):
            _tell(f"{log.name}: {log.read_text(errors='replace')[-LOG_TAIL:]}")
        return EXIT_FAILED
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print_table(figures, facts)
    if asked.json is not None:
        write_json(figures, facts, asked.json)
    return 0


class Suite:
    """Every section, on every engine that was asked for."""

    def __init__(self, asked: argparse.Namespace, server: Server | None, folder: Path) -> None:
        self._asked = asked
        self._server = server
        self._folder = folder

    def measure(self) -> list[Figure]:
        """Every figure asked for; raises `Disagreement` or `Failed`."""
        asked, figures = self._asked, list[Figure]()
        for engine in asked.engines if "transfers" in asked.only else ():
            _tell(f"transfers on {engine} …")
            figures += self._transfers(engine)
        if "transfers" in asked.only and asked.webhooks:
            figures.append(signing())
        if self._server is not None and "naive" in asked.only:
            _tell("the naive variant …")
            figures += measure_naive(self._server, count=asked.naive, folder=self._folder)
        for engine in asked.engines if "postings" in asked.only else ():
            _tell(f"postings on {engine} …")
            figures += self._postings(engine)
        for engine in asked.engines if "sizes" in asked.only else ():
            _tell(f"many movements on {engine} …")
            figures += self._sizes(engine)
        return figures + compared(figures, ours=COMPLETE)

    def _transfers(self, engine: str) -> list[Figure]:
        asked = self._asked
        profile = asked.profile and asked.profile.with_suffix(f".{engine}.pstats")
        measure = Measure(
            asked.transfers,
            asked.offered_seconds,
            asked.window,
            asked.warm_up,
            profile,
            webhooks=asked.webhooks,
            bank_rate=asked.bank_rate,
        )
        figures = measure_transfers(
            engine,
            self._new_database(engine, "transfers"),
            server=self._server_of(engine),
            measure=measure,
            folder=self._folder,
        )
        if profile is not None:
            statistics = pstats.Stats(str(profile), stream=sys.stderr)
            statistics.sort_stats("tottime").print_stats(PROFILE_LINES)
        return figures

    def _postings(self, engine: str) -> list[Figure]:
        count = self._asked.postings
        server = self._server_of(engine)
        if server is None:
            return measure_on_sqlite(count=count, folder=self._folder)
        return measure_on_postgres(server, count=count, folder=self._folder)

    def _sizes(self, engine: str) -> list[Figure]:
        return measure_sizes(
            engine,
            self._new_database(engine, "sizes"),
            server=self._server_of(engine),
            growth=Growth(self._asked.sizes, self._asked.size_transfers),
            folder=self._folder,
        )

    def _server_of(self, engine: str) -> Server | None:
        return self._server if engine == "postgres" else None

    def _new_database(self, engine: str, name: str) -> str:
        server = self._server_of(engine)
        return f"sqlite:{self._folder / name}.db" if server is None else server.create(name)


def _tell(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr, flush=True)
