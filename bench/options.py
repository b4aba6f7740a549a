"""Options: how much to measure. What is not given is enough for the table, in some minutes."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

SECTIONS: Final = ("transfers", "naive", "postings", "sizes")
ENGINES: Final = ("sqlite", "postgres")

QUICK: Final = {
    "transfers": 1_500,
    "warm_up": 200,
    "offered_seconds": 2.0,
    "naive": 60,
    "postings": 1_280,
    "sizes": [1_000, 10_000],
    "size_transfers": 400,
}


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """The options of a command line; ends the program where one is wrong."""
    parser = _parser()
    if "--quick" in arguments:
        parser.set_defaults(**QUICK)
    return parser.parse_args(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bench/run.py",
        description="The performance table. How to read it: docs/explanation/performance.md.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="a minute instead of several")
    parser.add_argument("--only", nargs="+", default=SECTIONS, choices=SECTIONS)
    parser.add_argument("--engines", nargs="+", default=ENGINES, choices=ENGINES)
    count: dict[str, Any] = {"type": int, "metavar": "N"}
    parser.add_argument("--transfers", default=10_000, help="sent in the closed loop", **count)
    parser.add_argument("--window", default=256, help="under way at a time", **count)
    parser.add_argument("--warm-up", default=500, help="sent before, not counted", **count)
    parser.add_argument(
        "--offered-seconds", type=float, default=15.0, metavar="S", help="at each fixed rate"
    )
    parser.add_argument("--naive", default=300, help="sent to the naive variant", **count)
    parser.add_argument("--postings", default=6_400, help="transfers written to stores", **count)
    parser.add_argument(
        "--sizes", nargs="+", default=[1_000, 100_000, 1_000_000], help="movements stored", **count
    )
    parser.add_argument("--size-transfers", default=2_000, help="sent at each size", **count)
    parser.add_argument(
        "--no-webhooks", dest="webhooks", action="store_false", help="nobody hears of transfers"
    )
    parser.add_argument("--bank-rate", default=10, help="a bank's credits a second", **count)
    parser.add_argument("--profile", type=Path, metavar="FILE", help="the switch under cProfile")
    parser.add_argument("--folder", type=Path, help="where databases are made; removed after")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures for a program")
    return parser
