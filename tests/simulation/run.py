"""Plays many seeds and tells what was tried: `make simulate SEEDS=2000`.

A seed that fails is printed with the one command that plays it again, line by line. On every run
some seeds are played twice, and their traces compared: a difference fails the run.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from os import cpu_count
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
sys.path[0] = str(ROOT)  # run as a program: its own folder would hide modules of the library

from tests.simulation.play import Report, Studio  # noqa: E402  after the path

CHUNK: Final = 25
TWICE_EVERY: Final = 50
"""One seed in so many is played once more."""


@dataclass
class Summary:
    """What all seeds came to."""

    seeds: int = 0
    virtual_seconds: float = 0.0
    steps: int = 0
    deaths: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    twice: int = 0
    unlike: list[int] = field(default_factory=list)
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
        if self.twice:
            alike = self.twice - len(self.unlike)
            yield f"played twice {self.twice} seeds, {alike} with the same trace"
        yield from (f"  seed {seed} told two stories: {command(seed)}" for seed in self.unlike)
        yield f"violations   {len(self.failed)} of {self.seeds} seeds"
        for report in self.failed:
            yield f"\nseed {report.seed}:"
            yield from (f"  {violation}" for violation in report.violations[:5])
            yield f"  {command(report.seed)}"


def command(seed: int) -> str:
    """What plays one seed again."""
    return f".venv/bin/python tests/simulation/run.py --first {seed} --seeds 1 --trace"


def play_chunk(seeds: range) -> list[Report]:
    """Some seeds, in this process; what cannot be wanted any more is left out."""
    with Studio() as studio:
        reports = [studio.play(seed) for seed in seeds]
    for report in reports:
        report.lines = []
    return reports


def played_again(end: range) -> list[int]:
    """Which of the seeds are played twice: one in fifty, two at least, spread over all."""
    every = max(1, min(TWICE_EVERY, len(end) // 2))
    return [seed for seed in end if (seed - end.start) % every == every - 1] or list(end)


def main() -> int:
    """The program; 1 where an invariant was violated."""
    asked = _arguments()
    seeds, began_at = range(asked.first, asked.first + asked.seeds), time.perf_counter()
    summary = Summary()
    if asked.trace:
        with Studio(keep_all=True) as studio:
            for seed in seeds:
                report = studio.play(seed)
                _say("\n".join(report.lines))
                summary.add(report)
    else:
        with ProcessPoolExecutor(asked.jobs) as pool:
            _play_all(pool, seeds, summary, says_digests=asked.digests)
    _say("\n".join(summary.lines(time.perf_counter() - began_at)))
    return 1 if summary.failed or summary.unlike else 0


def _play_all(pool: Executor, seeds: range, summary: Summary, *, says_digests: bool) -> None:
    """Every seed, and then some of them once more, in whichever process is free."""
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    digests = dict[int, str]()
    for reports in pool.map(play_chunk, chunks):
        for report in reports:
            summary.add(report)
            digests[report.seed] = report.digest
            if says_digests:
                _say(f"{report.seed} {report.digest}")
    again = [range(seed, seed + 1) for seed in played_again(seeds)]
    for [report] in pool.map(play_chunk, again):
        summary.twice += 1
        if report.digest != digests[report.seed]:
            summary.unlike.append(report.seed)


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
