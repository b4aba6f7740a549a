"""Fuzzing, long form: `make fuzz SECONDS=60`, each target in a process of its own.

    python -m tests.fuzz.run --seconds 60 [TARGET …]

With atheris (requirements/fuzz.txt) the code is watched and inputs are bred towards what has not
run yet; without it they are changed at random. What is found is kept in `corpus/`.
"""

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.fuzz.corpus import keep
from tests.fuzz.targets import TARGETS

_EXECUTED: Final = re.compile(
    r"stat::number_of_executed_units:\s+([0-9]+)|^executed ([0-9]+)$", re.MULTILINE
)


def fuzz(target: str, seconds: int) -> tuple[int, list[bytes], str]:
    """How many inputs a target was given, those that it stumbled over, and what was told of it."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.inside", target, str(seconds), folder],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds + 120,
            check=False,
        )
        found = [file.read_bytes() for file in sorted(Path(folder).glob("found-*"))]
    told = f"{done.stdout}\n{done.stderr}"
    executed = sum(int(one or other) for one, other in _EXECUTED.findall(told))
    if done.returncode and not found:
        raise SystemExit(f"{target} did not run: {told[-2_000:]}")
    return executed, found, told


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzzes each target, prints what came of it, keeps what was found; 1 where there is any."""
    parser = argparse.ArgumentParser(description="fuzzing")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("targets", nargs="*")
    given = parser.parse_args(arguments)
    how = "changed at random" if importlib.util.find_spec("atheris") is None else "atheris"
    sys.stdout.write(f"{how}, {given.seconds} s each\n")
    whole, stumbled = 0, 0
    for target in given.targets or TARGETS:
        executed, found, told = fuzz(target, given.seconds)
        whole, stumbled = whole + executed, stumbled + len(found)
        sys.stdout.write(f"{target:<22}{executed:>12} executions, {len(found)} found\n")
        for data in found:
            keep(target, data)
            sys.stdout.write(f"  {data[:200]!r}\n{told[-1_500:]}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{'in all':<22}{whole:>12} executions, {stumbled} found\n")
    return 1 if stumbled else 0


if __name__ == "__main__":
    sys.exit(main())
