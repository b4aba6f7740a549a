"""Plays seeds until one notices that something is wrong, and tells which: `hunt FIRST COUNT`."""

import sys

from tests.simulation.play import Studio


def main(first: int, count: int) -> int:
    """The program; 1 where a seed noticed."""
    with Studio() as studio:
        for seed in range(first, first + count):
            violations = studio.play(seed).violations
            if violations:
                sys.stdout.write(f"seed {seed}: {violations[0]}\n")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
