"""Shows that the tests would notice: each planted defect, and what found it: `make power`.

Every patch of `patches/` is applied alone to a copy of the sources, and what its head names is run
there. A defect that nothing finds ends the program with 1. First all named tests are run on the
sources as they are: what fails there proves nothing.
"""

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path
from queue import SimpleQueue
from typing import Final

sys.path[0] = str(Path(__file__).parents[2])  # run as a program: modules of the library first

from tests.power.planted import Defect, Seeds, Tests, Tree, all_defects, tree  # noqa: E402  path

SECONDS_MAX: Final = 900.0
_SEED: Final = re.compile(r"(?m)^seed (\d+): (.*)$")
_FAILED: Final = re.compile(r"(?m)^(?:FAILED|ERROR) (\S+)")
NOTHING_NOTICED: Final = 0
NOTICED: Final = 1
"""What pytest and the hunt end with; anything else is no answer."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one defect."""

    defect: Defect
    is_found: bool
    told: str
    seconds: float


def try_one(defect: Defect, copy: Tree) -> Verdict:
    """Plants a defect and runs what should notice."""
    began_at = time.perf_counter()
    with copy.planted(defect):
        try:
            done = copy.run(_command(defect), seconds_max=SECONDS_MAX)
        except subprocess.TimeoutExpired:
            return Verdict(defect, is_found=False, told="no end", seconds=SECONDS_MAX)
    seconds = time.perf_counter() - began_at
    if done.returncode == NOTICED:
        return Verdict(defect, is_found=True, told=_by_whom(defect, done.stdout), seconds=seconds)
    if done.returncode == NOTHING_NOTICED:
        return Verdict(defect, is_found=False, told="MISSED", seconds=seconds)
    broken = (done.stdout + done.stderr).strip()[-300:]
    return Verdict(defect, is_found=False, told=f"did not run: {broken}", seconds=seconds)


def _command(defect: Defect) -> Sequence[str]:
    match defect.finder:
        case Seeds(first, count):
            return ("-m", "tests.power.hunt", str(first), str(count))
        case Tests(names):
            return pytest(names)


def pytest(names: Sequence[str]) -> tuple[str, ...]:
    """Runs tests in one process, until the first that fails."""
    options = (
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "--no-header",
        "--tb=line",
    )
    return ("-m", "pytest", *options, *names)


def _by_whom(defect: Defect, printed: str) -> str:
    if isinstance(defect.finder, Seeds):
        seed = _SEED.search(printed)
        return "?" if seed is None else f"{_seeds(defect.finder, int(seed[1]))}: {seed[2]:.70}"
    failed = _FAILED.search(printed)
    return "a test" if failed is None else failed[1].rpartition("/")[2]


def _seeds(tried: Seeds, failing: int) -> str:
    count = failing - tried.first + 1
    return f"seed {failing}, after {count} seed{'s' if count > 1 else ''}"


def all_verdicts(defects: Sequence[Defect], *, jobs: int) -> Iterator[Verdict]:
    """Each as soon as it is there, in their order."""
    free: SimpleQueue[Tree] = SimpleQueue()

    def one(defect: Defect) -> Verdict:
        copy = free.get()
        try:
            return try_one(defect, copy)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(jobs) as pool:
        copies = [tree() for _ in range(jobs)]
        try:
            for copy in copies:
                free.put(copy.__enter__())
            yield from pool.map(one, defects)
        finally:
            for copy in copies:
                copy.__exit__(None, None, None)


def _are_green(defects: Sequence[Defect]) -> bool:
    """Whether all tests that should find something pass where nothing is planted."""
    finders = [one.finder for one in defects]
    names = [name for one in finders if isinstance(one, Tests) for name in one.names]
    if not names:
        return True
    with tree() as copy:
        done = copy.run(pytest(list(dict.fromkeys(names))), seconds_max=SECONDS_MAX)
    if done.returncode:
        _say(f"not green before anything is planted:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return not done.returncode


def main() -> int:
    """The program; 1 where a defect was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=cpu_count() or 1, help="at once")
    parser.add_argument("names", nargs="*", help="parts of the patches' names; all without")
    asked = parser.parse_args()
    wanted = [
        one
        for one in all_defects()
        if not asked.names or any(part in one.name for part in asked.names)
    ]
    if not _are_green(wanted):
        return 1
    found = 0
    began_at = time.perf_counter()
    for verdict in all_verdicts(wanted, jobs=asked.jobs):
        found += verdict.is_found
        defect = verdict.defect
        _say(f"{','.join(defect.breaks):18} {defect.title:72} {verdict.told}")
    seconds = time.perf_counter() - began_at
    _say(f"\nfound {found} of {len(wanted)} planted defects in {seconds:.0f} s")
    return 0 if found == len(wanted) else 1


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
