"""How much the simulation would notice: each planted defect, and the seeds that find it.

`python tests/simulation/power.py` prints the table; a defect that no seed finds ends it with 1.
"""

import argparse
import sys
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
sys.path[0] = str(ROOT)  # run as a program: its own folder would hide modules of the library

from tests.simulation.defects import DEFECTS  # noqa: E402  after the path
from tests.simulation.play import Studio  # noqa: E402  after the path


class Found(NamedTuple):
    """What a number of seeds made of a defect."""

    seeds: list[int]
    first_violation: str


def hunt(name: str, studio: Studio, *, seeds: range, finds_max: int) -> Found:
    """Play seeds with that defect planted, until it was found so often."""
    found, violation = list[int](), ""
    with DEFECTS[name]():
        for seed in seeds:
            violations = studio.play(seed).violations
            if violations:
                violation = violation or violations[0]
                found.append(seed)
            if len(found) == finds_max:
                break
    return Found(found, violation)


def main() -> int:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many to try at most")
    parser.add_argument("--finds", type=int, default=3, help="stop after so many")
    parser.add_argument("names", nargs="*", help="parts of the defects' names; all without")
    asked = parser.parse_args()
    missed = 0
    with Studio() as studio:
        for name in DEFECTS:
            if asked.names and not any(part in name for part in asked.names):
                continue
            found = hunt(name, studio, seeds=range(asked.seeds), finds_max=asked.finds)
            missed += not found.seeds
            told = f"{found.seeds} {found.first_violation:.80}" if found.seeds else "MISSED"
            sys.stdout.write(f"{name:60} {told}\n")
            sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
