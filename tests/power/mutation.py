"""The mutation score of the money modules: `make mutation`; survivors are listed, to be explained.

mutmut changes one thing at a time, a sign, a bound, a word, and runs the domain's tests on it. It
works on a copy that has nothing but those modules, their tests and the settings below.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from os import cpu_count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

sys.path[0] = str(Path(__file__).parents[2])  # run as a program: modules of the library first

from tests.power.planted import Tree  # noqa: E402  after the path

MODULES: Final = (
    *("collection", "conversion", "fees", "late", "ledger", "leg", "money", "movement"),
    *("msisdn", "order", "payout", "quote", "refund", "steps", "transfer"),
)
"""Of the domain: what amounts, legs, states and entries are, and what follows from what."""

SETTINGS: Final = """
[project]
name = "cross"
version = "0"

[tool.mutmut]
source_paths = [{modules}]
pytest_add_cli_args_test_selection = ["tests/domain"]
also_copy = ["src", "tests"]

[tool.pytest.ini_options]
addopts = "-q -p no:cacheprovider -p no:schemathesis -p no:xdist --import-mode=importlib"
pythonpath = ["."]
"""
SURVIVED: Final = 0
"""The exit code of pytest in mutmut's record; whatever else is there, a timeout too, noticed."""


def main() -> int:
    """The program; it has no bound of its own: the score is for people to judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=cpu_count() or 1, help="at once")
    parser.add_argument("modules", nargs="*", default=MODULES, help="of cross.domain; all without")
    asked = parser.parse_args()
    began_at = time.perf_counter()
    with TemporaryDirectory(prefix="cross-mutation-") as folder:
        copy = Tree(Path(folder))
        files = [f"src/cross/domain/{module}.py" for module in asked.modules]
        named = ", ".join(f'"{file}"' for file in files)
        (copy.folder / "pyproject.toml").write_text(SETTINGS.format(modules=named), "utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "mutmut", "run", "--max-children", str(asked.jobs)],
            cwd=copy.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        records = [copy.folder / "mutants" / f"{file}.meta" for file in files]
        if done.returncode:
            _say(f"mutmut ended with {done.returncode}: {done.stderr[-2000:]}")
            return 1
        _tell(asked.modules, records, seconds=time.perf_counter() - began_at)
    return 0


def _tell(modules: list[str], records: list[Path], *, seconds: float) -> None:
    found, survivors = Counter[str](), list[str]()
    for module, record in zip(modules, records, strict=True):
        codes = json.loads(record.read_text("utf-8"))["exit_code_by_key"]
        alive = [name for name, code in codes.items() if code == SURVIVED]
        found.update(made=len(codes), killed=len(codes) - len(alive))
        _say(f"{module:12} {len(codes) - len(alive):4} of {len(codes):4} noticed")
        survivors += alive
    _say(f"{'all':12} {found['killed']:4} of {found['made']:4} noticed in {seconds:.0f} s")
    for name in survivors:
        _say(f"  survived: {name}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
