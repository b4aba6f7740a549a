"""The suite: one run, one table, on both engines."""

import argparse
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
from bench.postings import measure_on_postgres, measure_on_sqlite
from bench.process import Failed
from bench.proof import Disagreement
from bench.sizes import Growth, measure_sizes
from bench.table import print_table, write_json
from bench.transfers import COMPLETE, Measure, measure_transfers
from bench.yardstick import compared, measure_naive

SECTIONS: Final = ("transfers", "naive", "postings", "sizes")
EXIT_FAILED: Final = 1
EXIT_DISAGREEMENT: Final = 4
LOG_TAIL: Final = 2_000


def main(arguments: Sequence[str]) -> int:
    """Measures and prints; 4, and no figure, where journals and books disagree."""
    asked = _parser().parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="cross-bench-", dir=asked.folder))
    try:
        with ExitStack() as stack:
            wants_server = "postgres" in asked.engines
            server = stack.enter_context(postgres(folder)) if wants_server else None
            facts = describe(folder, server)
            figures = measure_all(asked, server, folder)
    except Disagreement as disagreement:
        print("journals and books disagree; no figure is printed:", file=sys.stderr)
        for difference in disagreement.args:
            print(f"  {difference}", file=sys.stderr)
        return EXIT_DISAGREEMENT
    except Failed as failure:
        print(f"the benchmark failed: {failure}", file=sys.stderr)
        for log in sorted(folder.glob("*.log")):
            print(f"{log.name}: {log.read_text(errors='replace')[-LOG_TAIL:]}", file=sys.stderr)
        return EXIT_FAILED
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print_table(figures, facts)
    if asked.json is not None:
        write_json(figures, facts, asked.json)
    return 0


def measure_all(asked: argparse.Namespace, server: Server | None, folder: Path) -> list[Figure]:
    """Every figure asked for; raises `Disagreement` or `Failed`."""
    figures: list[Figure] = []
    for engine in asked.engines if "transfers" in asked.only else ():
        on = server if engine == "postgres" else None
        url = server.create("transfers") if server and on else _file(folder, "transfers")
        measure = Measure(
            asked.transfers, asked.offered_seconds, asked.window, profile=asked.profile
        )
        figures += measure_transfers(engine, url, server=on, measure=measure, folder=folder)
    if server is not None and "naive" in asked.only:
        figures += measure_naive(server, count=asked.naive, folder=folder)
    if "postings" in asked.only:
        figures += measure_postings(asked, server, folder)
    for engine in asked.engines if "sizes" in asked.only else ():
        figures += measure_sizes(
            engine,
            server.create("sizes") if server and engine == "postgres" else _file(folder, "sizes"),
            server=server if engine == "postgres" else None,
            growth=Growth(asked.sizes, asked.size_transfers),
            folder=folder,
        )
    return figures + compared(figures, ours=COMPLETE)


def _file(folder: Path, name: str) -> str:
    return f"sqlite:{folder / name}.db"


def measure_postings(
    asked: argparse.Namespace, server: Server | None, folder: Path
) -> list[Figure]:
    """What the store alone can write."""
    figures: list[Figure] = []
    if "sqlite" in asked.engines:
        figures += measure_on_sqlite(count=asked.postings, folder=folder)
    if server is not None:
        figures += measure_on_postgres(server, count=asked.postings, folder=folder)
    return figures


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench/run.py", description=__doc__)
    parser.add_argument("--transfers", type=int, default=10_000, metavar="N")
    parser.add_argument("--window", type=int, default=256, metavar="N")
    parser.add_argument("--offered-seconds", type=float, default=15.0, metavar="S")
    parser.add_argument(
        "--engines", nargs="+", default=["sqlite", "postgres"], choices=("sqlite", "postgres")
    )
    parser.add_argument("--naive", type=int, default=300, metavar="N")
    parser.add_argument("--only", nargs="+", default=SECTIONS, choices=SECTIONS)
    parser.add_argument("--postings", type=int, default=6_400, metavar="N")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 100_000], metavar="N")
    parser.add_argument("--size-transfers", type=int, default=2_000, metavar="N")
    parser.add_argument("--profile", type=Path, metavar="FILE")
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser
