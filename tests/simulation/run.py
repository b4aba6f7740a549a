"""Plays many seeds and tells what was tried: `make simulate SEEDS=2000`.

A seed that fails is printed with the one command that plays it again, line by line.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from os import cpu_count
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
sys.path[0] = str(ROOT)  # run as a program: its own folder would hide modules of the library

from tests.simulation.play import Report, Studio  # noqa: E402  after the path

CHUNK: Final = 10


@dataclass
class Summary:
    """What all seeds came to."""

    seeds: int = 0
    virtual_seconds: float = 0.0
    steps: int = 0
    deaths: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    failed: list[Report] = field(default_factory=list)

    def add(self, report: Report) -> None:
        """One more seed."""
        self.seeds += 1
        self.virtual_seconds += report.virtual_seconds
        self.steps += report.steps
        self.deaths += report.deaths
        self.faults += report.faults
        self.ends += report.ends
        if report.violations:
            self.failed.append(report)

    def lines(self, seconds: float) -> Iterator[str]:
        """For people."""
        yield f"seeds        {self.seeds} in {seconds:.1f} s: {self.seeds / seconds:.1f} a second"
        yield (
            f"virtual time {self.virtual_seconds / 3600:.1f} h, "
            f"{self.virtual_seconds / seconds:,.0f} times real time, {self.steps:,} steps"
        )
        for title, counts in (
            ("deaths", self.deaths),
            ("faults", self.faults),
            ("ends", self.ends),
        ):
            told = ", ".join(f"{name} {n}" for name, n in sorted(counts.items()))
            yield f"{title:12} {sum(counts.values())}: {told}"
        yield f"violations   {len(self.failed)} of {self.seeds} seeds"
        for report in self.failed:
            yield f"\nseed {report.seed}:"
            yield from (f"  {violation}" for violation in report.violations[:5])
            yield f"  {command(report.seed)}"


def command(seed: int) -> str:
    """What plays one seed again."""
    return f".venv/bin/python tests/simulation/run.py --first {seed} --seeds 1 --trace"


def play_chunk(first: int, *, end: int) -> list[Report]:
    """Some seeds, in this process; what cannot be wanted any more is left out."""
    with Studio() as studio:
        reports = [studio.play(seed) for seed in range(first, min(first + CHUNK, end))]
    for report in reports:
        report.lines = []
    return reports


def main() -> int:
    """The program; 1 where an invariant was violated."""
    asked = _arguments()
    end, began_at = asked.first + asked.seeds, time.perf_counter()
    summary = Summary()
    if asked.trace:
        with Studio(keep_all=True) as studio:
            for seed in range(asked.first, end):
                report = studio.play(seed)
                _say("\n".join(report.lines))
                summary.add(report)
    else:
        with ProcessPoolExecutor(asked.jobs) as pool:
            starts = range(asked.first, end, CHUNK)
            for reports in pool.map(partial(play_chunk, end=end), starts):
                for report in reports:
                    summary.add(report)
                    if asked.digests:
                        _say(f"{report.seed} {report.digest}")
    _say("\n".join(summary.lines(time.perf_counter() - began_at)))
    return 1 if summary.failed else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--jobs", type=int, default=cpu_count(), help="processes")
    parser.add_argument("--trace", action="store_true", help="print every line of what happens")
    parser.add_argument("--digests", action="store_true", help="print the trace's hash of each")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
